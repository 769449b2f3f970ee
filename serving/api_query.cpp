#include "serving/api_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "serving/params.hpp"

namespace snaptrail::serving {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// The story that is named by any of its chains, or by its handle.
ChainWanted story_of(const Params& params) {
  ChainWanted wanted;
  wanted.chain = params.text("chain");
  wanted.handle = params.text("handle");
  wanted.driver = params.text("driver");
  if (wanted.chain.empty() == wanted.handle.empty()) throw ApiProblem{"give either chain or handle"};
  return wanted;
}

}  // namespace

std::string to_token(const Continue& place) { return fmt::format("{}.{}", place.after, place.last); }

std::optional<Continue> parse_token(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto after = number_in(text.substr(0, dot));
  const auto last = number_in(text.substr(dot + 1));
  if (!after || !last || *after < 0 || *last < 0) return std::nullopt;
  return Continue{*after, *last};
}

StatusPage parse_status(const Request& request) {
  const Params params(request, {"ns", "name", "kind", "handle", "backup", "restore", "all", "limit", "continue"});
  StatusPage page;
  auto& query = page.query;
  query.ns = params.text("ns");
  query.name = params.text("name");
  query.kind = params.kind("kind");
  query.handle = params.text("handle");
  query.backup = params.text("backup");
  query.restore = params.text("restore");
  query.headlines = !params.flag("all") && !query.kind;
  query.first = limit_of(params);
  if (const auto place = params.place()) query.after = place->after;
  return page;
}

StoryWanted parse_story(const Request& request) {
  const Params params(request, {"backup", "restore", "at"});
  const std::string backup = params.text("backup"), restore = params.text("restore");
  if (backup.empty() == restore.empty()) throw ApiProblem{"give either backup or restore, the name of one"};
  return {backup.empty(), backup.empty() ? restore : backup, params.time("at")};
}

CoveragePage parse_coverage(const Request& request) {
  const Params params(request, {"ns", "name", "status", "skipped", "at", "limit", "continue"});
  CoveragePage page;
  page.at = params.time("at");
  page.ns = params.text("ns");
  page.name = params.text("name");
  page.status = params.coverage_status("status");
  page.skipped = params.flag("skipped");
  page.first = limit_of(params);
  std::tie(page.after_ns, page.after_name) = params.claim_place();
  return page;
}

objects::MaybeInstant parse_protection(const Request& request) { return Params(request, {"at"}).time("at"); }

FindingsPage parse_findings(const Request& request) {
  const Params params(request, {"ns", "name", "kind", "uid", "reason", "category", "at", "worst", "limit", "continue"});
  FindingsPage page;
  auto& query = page.query;
  query.kind = params.kind("kind");
  query.ns = params.text("ns");
  query.name = params.text("name");
  query.uid = params.text("uid");
  query.reason = params.text("reason");
  query.category = params.text("category");
  query.at = params.time("at");
  query.worst_first = params.flag("worst");
  query.first = limit_of(params);
  if (const auto place = params.place()) {
    if (query.worst_first) throw ApiProblem{"continue goes with the order of the list, not with worst"};
    query.after_seq = place->after;
  }
  return page;
}

TimelinePage parse_timeline(const Request& request) {
  const Params params(request, {"ns", "name", "kind", "handle", "backup", "restore", "chain", "since", "until",
                                "newest", "afterSeq", "limit", "continue"});
  TimelinePage page;
  auto& query = page.query;
  query.ns = params.text("ns");
  query.name = params.text("name");
  query.kind = params.kind("kind");
  query.handle = params.text("handle");
  query.backup = params.text("backup");
  query.restore = params.text("restore");
  query.chain = params.text("chain");
  query.since = params.time("since");
  query.until = params.time("until");
  query.newest = static_cast<std::size_t>(params.number("newest", 0, 1, kMost));
  query.after_seq = params.number("afterSeq", 0, 0, kMost);
  query.first = limit_of(params);
  if (const auto place = params.place()) {
    // The first page has found where the newest ones begin.
    query.newest = 0;
    query.after_seq = place->after;
    query.last_seq = place->last;
  }
  return page;
}

ChainsPage parse_chains(const Request& request) {
  const Params params(request,
                      {"ns", "driver", "state", "kind", "initiator", "text", "ended", "at", "limit", "offset"});
  ChainsPage page;
  auto& query = page.query;
  query.headlines = true;
  query.ns = params.text("ns");
  query.driver = params.text("driver");
  query.state = params.state("state");
  query.kind = params.kind("kind");
  query.initiator = params.text("initiator");
  query.text = params.text("text");
  query.ended_too = params.flag("ended") || query.state == objects::State::Deleted;
  query.at = params.time("at");
  query.first = limit_of(params);
  query.skip = static_cast<std::size_t>(params.number("offset", 0, 0, kMost));
  return page;
}

ledger::RecordQuery parse_stats(const Request& request) {
  const Params params(request, {"ns", "driver", "at"});
  ledger::RecordQuery query;
  query.at = params.time("at");
  query.headlines = true;
  query.ns = params.text("ns");
  query.driver = params.text("driver");
  return query;
}

void parse_nothing(const Request& request) { const Params params(request, {}); }

ChainWanted parse_chain(const Request& request) {
  const Params params(request, {"chain", "handle", "driver", "at"});
  ChainWanted wanted = story_of(params);
  wanted.at = params.time("at");
  return wanted;
}

ChainWanted parse_events(const Request& request) { return story_of(Params(request, {"chain", "handle", "driver"})); }

ExportWanted parse_export(const Request& request) {
  const Params params(request, {"chain", "handle", "driver", "format"});
  ExportWanted wanted;
  wanted.chain = story_of(params);
  const std::string format = params.text("format");
  wanted.markdown = format == "markdown";
  if (!format.empty() && format != "json" && !wanted.markdown) {
    throw ApiProblem{fmt::format("format must be json or markdown, not \"{}\"",
                                 objects::to_printable(std::string_view(format).substr(0, 80)))};
  }
  return wanted;
}

StreamWanted parse_stream(const Request& request) {
  const Params params(request, {"afterSeq", "afterEvent"});
  StreamWanted wanted;
  if (!params.text("afterSeq").empty()) wanted.seq = params.number("afterSeq", 0, 0, kMost);
  if (!params.text("afterEvent").empty()) wanted.event = params.number("afterEvent", 0, 0, kMost);
  // What the client has got since counts more than where it began.
  const std::string_view id = request.last_event_id;
  const auto dot = std::min(id.find('.'), id.size());
  if (const auto seq = number_in(id.substr(0, dot)); seq && *seq >= 0) {
    wanted.seq = seq;
    const auto event = number_in(id.substr(std::min(dot + 1, id.size())));
    if (event && *event >= 0) wanted.event = event;
  }
  return wanted;
}

}  // namespace snaptrail::serving
