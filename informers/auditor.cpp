#include "informers/auditor.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "informers/audit_decoder.hpp"
#include "informers/request_path.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr double kJitter = 0.1;

Audited inconclusive(Audited audited, std::string why) {
  audited.result = AuditResult::Inconclusive;
  audited.why = {std::move(why)};
  return audited;
}

Audited judged(Audited audited, AuditVerdict verdict, AuditDifferences found) {
  if (verdict == AuditVerdict::Undecided) {
    return inconclusive(std::move(audited), "the versions can't be compared, or too much ended meanwhile");
  }
  const bool consistent = verdict == AuditVerdict::Consistent;
  audited.result = consistent ? AuditResult::Consistent : AuditResult::Inconsistent;
  audited.rewound = verdict == AuditVerdict::Rewound;
  audited.why = std::move(found.told);
  if (audited.rewound && audited.why.empty()) audited.why = {"the list is older than what was delivered before it"};
  return audited;
}

}  // namespace

Auditor::Auditor(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
                 AuditSubject& subject, std::uint64_t seed, AuditorOptions options)
    : executor_(executor),
      subject_(subject),
      options_(std::move(options)),
      random_(seed),
      connection_(executor, std::move(config)) {}

awaitable<void> Auditor::run() {
  try {
    for (;;) {
      const double period = static_cast<double>(options_.period.count());
      const double jittered = period * (1 - kJitter + 2 * kJitter * random_unit(random_));
      co_await sleep(std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(jittered)));
      co_await round();
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
  }
}

awaitable<void> Auditor::round() {
  const std::vector<Target> streams = subject_.to_audit();
  for (const Target& stream : streams) co_await audit(stream);
}

awaitable<void> Auditor::audit(const Target& stream) {
  if (subject_.version(stream).empty()) co_return;  // gone since the round began
  Audited audited = co_await examine(stream);
  // A cancellation that ended the list is thrown here.
  co_await sleep(std::chrono::milliseconds{0});
  subject_.audited(stream, std::move(audited));
}

awaitable<Audited> Auditor::examine(const Target& stream) {
  const std::string before = subject_.version(stream);
  Audited audited;
  audited.at = options_.clock();
  AuditList list;
  Why failure = co_await this->list(stream, list);
  if (failure) co_return inconclusive(std::move(audited), std::move(*failure));
  audited.resource_version = list.resource_version;
  for (bool late = false;; late = true) {
    const std::string now = subject_.version(stream);
    if (now.empty()) co_return inconclusive(std::move(audited), "it is not followed any more");
    AuditDifferences found = subject_.compare(stream, list);
    const AuditVerdict verdict = judge(list, found, before, now);
    if (verdict != AuditVerdict::Early) co_return judged(std::move(audited), verdict, std::move(found));
    if (late || !co_await reaches(stream, list.resource_version)) {
      co_return inconclusive(std::move(audited), "the watch did not come as far as the list in time");
    }
  }
}

/// Waits until the stream has come that far; false if it takes too long.
awaitable<bool> Auditor::reaches(const Target& stream, const std::string& resource_version) {
  for (auto waited = std::chrono::milliseconds{0}; waited < options_.patience; waited += options_.look) {
    co_await sleep(options_.look);
    const std::string now = subject_.version(stream);
    if (now.empty() || compare_resource_versions(now, resource_version) >= 0) co_return true;
  }
  co_return false;
}

/// In the first version of the resource's API that is served.
awaitable<Auditor::Why> Auditor::list(const Target& stream, AuditList& into) {
  const objects::Resource& resource = objects::resource_of(stream.kind);
  Why why;
  bool absent = true;
  for (std::size_t index = 0; absent && !resource.version_at(index).empty(); ++index) {
    into = {};
    why = co_await list_pages(stream, resource.version_at(index), into, absent);
  }
  into.sort();
  co_return why;
}

awaitable<Auditor::Why> Auditor::list_pages(const Target& stream, std::string_view version, AuditList& into,
                                            bool& absent) {
  absent = false;
  std::string token;
  for (unsigned page = 0; page < kMaxPages; ++page) {
    AuditPageDecoder decoder(into);
    const kube::BodySink sink = [&decoder](std::string_view piece) { return decoder.write(piece); };
    const command::ListPage request{options_.page_limit, token};
    std::string path = request_path(stream, request, version);
    const auto answer = co_await connection_.get(std::move(path), options_.limits, sink, kAcceptMetadata);
    if (!decoder.error().empty()) co_return "the answer is no list: " + decoder.error();
    if (!answer) {
      absent = answer.error().code == kube::Errc::not_found;
      co_return answer.error().message;
    }
    if (!decoder.finish()) co_return "the answer is no list: " + decoder.error();
    if (decoder.malformed() > 0) co_return "an item could not be read";
    if (page == 0) into.resource_version = decoder.resource_version();
    if (!is_version(into.resource_version)) co_return "the list has no resourceVersion";
    token = decoder.continue_token();
    if (token.empty()) co_return std::nullopt;
  }
  co_return "the list has no end";
}

awaitable<void> Auditor::sleep(std::chrono::milliseconds duration) {
  asio::steady_timer timer(executor_, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace snaptrail::informers
