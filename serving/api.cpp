#include "serving/api.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>

#include "objects/record_json.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::serving {
namespace {

/// The parameters of one request. The first that can't be used becomes `problem`.
class Params {
 public:
  Params(const Request& request, std::initializer_list<std::string_view> known) : request_(request) {
    for (const auto& [name, value] : request.target.query) {
      if (std::ranges::find(known, name) == known.end()) {
        say(fmt::format("there is no parameter \"{}\"; known are {}", objects::to_printable(name),
                        fmt::join(known, ", ")));
      }
    }
  }

  std::string text(std::string_view name) const {
    const std::string* value = request_.param(name);
    return value == nullptr ? std::string() : *value;
  }

  std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    const std::string* value = request_.param(name);
    if (value == nullptr || value->empty()) return otherwise;
    std::int64_t result = 0;
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, result);
    if (error == std::errc() && stop == end && result >= least && result <= most) return result;
    say(fmt::format("{} must be a number from {} to {}, not \"{}\"", name, least, most, objects::to_printable(*value)));
    return otherwise;
  }

  const std::optional<std::string>& problem() const { return problem_; }

 private:
  void say(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
  }

  const Request& request_;
  std::optional<std::string> problem_;
};

/// One more than the limit was asked for, so that the answer can say whether there is more. `surplus_first`: the one too many
/// is the oldest, which comes first.
template <class Item>
Response items_json(const std::vector<Item>& items, std::size_t limit, bool surplus_first) {
  Response response;
  response.content_type = kJson;
  const bool truncated = items.size() > limit;
  const std::size_t first = truncated && surplus_first ? items.size() - limit : 0;
  const std::size_t last = std::min(items.size(), first + limit);
  response.body = R"({"items":[)";
  for (std::size_t i = first; i < last; ++i) {
    if (i != first) response.body += ",\n";
    response.body += objects::to_json(items[i]);
  }
  response.body += truncated ? "],\"truncated\":true}\n" : "],\"truncated\":false}\n";
  return response;
}

std::size_t limit_of(Params& params) {
  return static_cast<std::size_t>(params.number("limit", kDefaultItems, 1, kMaxItems));
}

}  // namespace

Response api_status(const ApiSource& source, const Request& request) {
  Params params(request, {"ns", "name", "limit"});
  const std::size_t limit = limit_of(params);
  const StatusQuery query{params.text("ns"), params.text("name"), limit + 1};
  if (params.problem()) return json_error(400, *params.problem());
  return items_json(source.status(query), limit, false);
}

Response api_timeline(const ApiSource& source, const Request& request) {
  Params params(request, {"ns", "name", "handle", "backup", "restore", "chain", "afterSeq", "limit"});
  const std::size_t limit = limit_of(params);
  ledger::Query query;
  query.ns = params.text("ns");
  query.name = params.text("name");
  query.handle = params.text("handle");
  query.backup = params.text("backup");
  query.restore = params.text("restore");
  query.chain = params.text("chain");
  query.after_seq = params.number("afterSeq", 0, 0, std::numeric_limits<std::int64_t>::max());
  query.limit = limit + 1;
  if (params.problem()) return json_error(400, *params.problem());
  return items_json(source.timeline(query), limit, query.after_seq == 0);
}

}  // namespace snaptrail::serving
