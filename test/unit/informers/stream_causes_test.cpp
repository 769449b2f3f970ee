#include "informers/stream_causes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "informers/call_input.hpp"
#include "informers/watch_rules.hpp"
#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using namespace std::chrono_literals;
using snaptrail::kube::Errc;

namespace {

const std::chrono::steady_clock::time_point kBegin{};

Input error(int code, const char* reason) { return input::StreamFailed{{code, reason, ""}}; }

/// A stream that is listed and watched, and then ends with `input`.
StreamCauses ended_with(const Input& input, StreamTraffic& traffic) {
  StreamCauses causes(false);
  causes.list_begins(kBegin);
  causes.list_finished(kBegin, traffic);
  causes.watch_begins(traffic);
  causes.ended(input);
  return causes;
}

}  // namespace

TEST_CASE("a watch asked for again is counted by how the last one ended", "[stream causes]") {
  const auto [input, cause] = GENERATE(table<Input, ReconnectCause>({
      {input::StreamEnded{}, ReconnectCause::Ended},
      {failed(Errc::timed_out, ""), ReconnectCause::TimedOut},
      {failed(Errc::disconnected, ""), ReconnectCause::Disconnected},
      {failed(Errc::tls, ""), ReconnectCause::Unreachable},
      {failed(Errc::unavailable, ""), ReconnectCause::Busy},
      {error(429, "TooManyRequests"), ReconnectCause::Busy},
      {error(500, "InternalError"), ReconnectCause::ErrorEvent},
      {failed(Errc::bad_request, ""), ReconnectCause::Refused},
  }));
  StreamTraffic traffic;
  StreamCauses causes = ended_with(input, traffic);
  causes.ended(failed(Errc::unreachable, ""));  // what fails before the next watch is no other end
  causes.watch_begins(traffic);
  CHECK(traffic.reconnects[cause] == 1);
  CHECK(traffic.reconnects.total() == 1);
  CHECK(traffic.relists.total() == 0);
}

TEST_CASE("a list after the first one is counted by what led to it, once it is complete", "[stream causes]") {
  const auto [input, cause] = GENERATE(table<Input, RelistCause>({
      {failed(Errc::gone, ""), RelistCause::Expired},
      {error(410, "Expired"), RelistCause::Expired},
      {failed(Errc::resource_version_too_large, ""), RelistCause::Behind},
      {input::PageDone{"7", ""}, RelistCause::Behind},
      {error(0, "Unreadable"), RelistCause::Unreadable},
      {error(500, "StorageReadError"), RelistCause::ErrorEvent},
      {failed(Errc::forbidden, ""), RelistCause::Unavailable},
      {failed(Errc::bad_request, ""), RelistCause::Refused},
  }));
  StreamTraffic traffic;
  StreamCauses causes = ended_with(input, traffic);
  causes.ended(input::TimerFired{});
  causes.list_begins(kBegin);
  causes.ended(failed(Errc::forbidden, ""));  // that it does not succeed at once is another matter
  causes.list_begins(kBegin + 1s);
  CHECK(traffic.relists.total() == 0);
  causes.list_finished(kBegin + 3500ms, traffic);
  CHECK(traffic.relists[cause] == 1);
  CHECK(traffic.relists.total() == 1);
  CHECK(traffic.last_sync == 2500ms);
  causes.watch_begins(traffic);  // the first one after a list resumes nothing
  CHECK(traffic.reconnects.total() == 0);
}

TEST_CASE("a first list that is tried again and again is no list anew", "[stream causes]") {
  StreamTraffic traffic;
  StreamCauses causes(false);
  causes.list_begins(kBegin);
  causes.ended(failed(Errc::unreachable, ""));
  causes.list_begins(kBegin);
  causes.rewound();
  causes.list_finished(kBegin, traffic);
  CHECK(traffic.relists.total() == 0);
}

TEST_CASE("a list of what is polled is one of the poll", "[stream causes]") {
  StreamTraffic traffic;
  StreamCauses causes(true);
  causes.list_begins(kBegin);
  causes.list_finished(kBegin, traffic);
  causes.ended(input::TimerFired{});
  causes.list_begins(kBegin);
  causes.list_finished(kBegin, traffic);
  CHECK(traffic.relists[RelistCause::Poll] == 1);
  CHECK(traffic.relists.total() == 1);
}

TEST_CASE("a reflector counts the list of a history that went back as that", "[reflector]") {
  Harness h({list("100", {}), stream({}, End::Clean), list("70", {}), list("70", {}), list("70", {})});
  h.run();
  CHECK(h.intake.seen.back() == "list_finished 70");
  CHECK(h.stats.relists[RelistCause::Rewound] == 1);
  CHECK(h.stats.relists.total() == 1);
  CHECK(h.stats.reconnects.total() == 0);
}

TEST_CASE("a reflector whose list was streamed counts the next watch as a reconnect", "[reflector]") {
  Harness h({stream({end_bookmark("100")}, End::Cut), list("100", {}), stream({}, End::Clean)});
  h.options.timings.stream_lists = true;
  h.run();
  CHECK(h.stats.reconnects[ReconnectCause::Disconnected] == 1);
  CHECK(h.stats.reconnects.total() == 1);
  CHECK(h.stats.last_sync > 0ms);
}

TEST_CASE("a reflector counts what it can't read by what is wrong with it", "[reflector]") {
  Harness h({list("100", {R"({"metadata":{"name":"no uid"}})"}), stream({std::string(300, 'x') + "\n"}, End::Open),
             list("120", {}), stream({"{cut\n"}, End::Open), list("130", {})});
  h.options.max_line = 200;
  h.run();
  CHECK(h.stats.malformed == 2);
  CHECK(h.stats.oversized == 1);
  CHECK(h.stats.relists[RelistCause::Unreadable] == 2);
  CHECK(h.stats.relists.total() == 2);
}

TEST_CASE("traffic of several streams is their sum, and the longest of their last syncs", "[stream causes]") {
  StreamTraffic sum, one, other;
  one.bytes = 10;
  one.relists[RelistCause::Poll] = 1;
  one.last_sync = 300ms;
  other.bytes = 5;
  other.relists[RelistCause::Poll] = 2;
  other.reconnects[ReconnectCause::Busy] = 3;
  other.malformed = other.oversized = 4;
  sum.add(one);
  sum.add(other);
  CHECK(sum.bytes == 15);
  CHECK(sum.relists[RelistCause::Poll] == 3);
  CHECK(sum.reconnects[ReconnectCause::Busy] == 3);
  CHECK(sum.malformed + sum.oversized == 8);
  CHECK(sum.last_sync == 300ms);
}
