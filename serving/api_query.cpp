#include "serving/api_query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "objects/kind_argument.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::serving {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t result = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return result;
}

/// The parameters of one request. An empty value is as good as none.
class Params {
 public:
  Params(const Request& request, std::initializer_list<std::string_view> known) : request_(request) {
    for (const auto& [name, value] : request.target.query) {
      if (std::ranges::find(known, name) == known.end()) {
        throw ApiProblem{fmt::format("there is no parameter \"{}\"; known are {}", objects::to_printable(name),
                                     fmt::join(known, ", "))};
      }
    }
  }

  std::string text(std::string_view name) const {
    const std::string* value = request_.param(name);
    return value == nullptr ? std::string() : *value;
  }

  std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
    const std::string value = text(name);
    if (value.empty()) return otherwise;
    const auto result = number_in(value);
    if (result && *result >= least && *result <= most) return *result;
    refuse(name, fmt::format("a number from {} to {}", least, most), value);
  }

  bool flag(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty() || value == "false") return false;
    if (value == "true") return true;
    refuse(name, "true or false", value);
  }

  std::optional<objects::Kind> kind(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    if (const auto kind = objects::kind_of_argument(value)) return kind;
    refuse(name, "a kind such as VolumeSnapshot, vsc or persistentvolumeclaims", value);
  }

  objects::MaybeInstant time(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return {};
    if (const auto at = objects::parse_rfc3339(value)) return *at;
    refuse(name, "a time as in RFC 3339, such as 2026-11-22T23:11:07Z", value);
  }

  std::optional<Continue> place() const {
    const std::string value = text("continue");
    if (value.empty()) return std::nullopt;
    if (const auto place = parse_token(value)) return place;
    refuse("continue", "what the page before gave", value);
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, std::string_view wanted, std::string_view value) {
    throw ApiProblem{
        fmt::format("{} must be {}, not \"{}\"", name, wanted, objects::to_printable(value.substr(0, 80)))};
  }

  const Request& request_;
};

std::size_t limit_of(const Params& params) {
  return static_cast<std::size_t>(params.number("limit", kDefaultItems, 1, kMaxItems));
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
  const Params params(request, {"backup", "restore"});
  const std::string backup = params.text("backup"), restore = params.text("restore");
  if (backup.empty() == restore.empty()) throw ApiProblem{"give either backup or restore, the name of one"};
  return {backup.empty(), backup.empty() ? restore : backup};
}

FindingsPage parse_findings(const Request& request) {
  const Params params(request, {"ns", "name", "kind", "uid", "reason", "category", "limit", "continue"});
  FindingsPage page;
  page.kind = params.kind("kind");
  page.ns = params.text("ns");
  page.name = params.text("name");
  page.uid = params.text("uid");
  page.reason = params.text("reason");
  page.category = params.text("category");
  page.first = limit_of(params);
  if (const auto place = params.place()) page.after = place->after;
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

}  // namespace snaptrail::serving
