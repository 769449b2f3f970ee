#include "probes.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "world.hpp"

namespace snaptrail::simulation {
namespace {

namespace json = boost::json;

constexpr std::size_t kResource = 1, kApi = 0;
constexpr std::int64_t kFarAhead = 1000, kNoDeadline = 3'600'000, kPatience = 10'000, kStep = 100;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }
std::int64_t version_of(const json::object& object) {
  return std::stoll(text_of(object.at("metadata").at("resourceVersion")));
}
std::string name_of(const json::object& object) { return text_of(object.at("metadata").at("name")); }

std::vector<std::string> causes_of(const json::object& status) {
  std::vector<std::string> causes;
  const json::value* details = status.if_contains("details");
  if (details == nullptr) return causes;
  for (const json::value& cause : details->at("causes").as_array()) causes.push_back(text_of(cause.at("reason")));
  return causes;
}

/// An answer that is no success, in words.
json::object failure(const Answer& answer) {
  json::object outcome{{"status", answer.status}};
  if (!answer.retry_after.empty()) outcome["retryAfter"] = answer.retry_after;
  json::error_code no_json;
  const json::value body = json::parse(answer.body, no_json);
  if (no_json) {
    outcome["body"] = "text";
    return outcome;
  }
  const json::object& status = body.as_object();
  if (const json::value* reason = status.if_contains("reason")) outcome["reason"] = *reason;
  if (const auto causes = causes_of(status); !causes.empty()) outcome["causes"] = json::value_from(causes);
  if (status.at("metadata").as_object().contains("continue")) outcome["continue"] = true;
  return outcome;
}

struct Event {
  std::string type;
  json::object object;
};

/// An event in words: its type, and what matters of its object.
std::string word(const Event& event) {
  if (event.type == "ERROR") {
    std::string words = "ERROR " + json::serialize(event.object.at("code")) + ' ' + text_of(event.object.at("reason"));
    for (const std::string& cause : causes_of(event.object)) words += ' ' + cause;
    return words;
  }
  if (event.type != "BOOKMARK") return event.type + ' ' + name_of(event.object);
  const json::value* annotations = event.object.at("metadata").as_object().if_contains("annotations");
  return annotations == nullptr ? "BOOKMARK" : "BOOKMARK end=" + text_of(annotations->at("k8s.io/initial-events-end"));
}

struct Page {
  json::object outcome;
  json::object body{};  ///< of a success
  std::int64_t version() const { return version_of(body); }
  std::string token() const {
    const json::value* token = body.at("metadata").as_object().if_contains("continue");
    return token == nullptr ? "" : text_of(*token);
  }
};

bool are_rising(const std::vector<std::int64_t>& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end();
}

class Probes {
 public:
  /// In the same order as the real one is asked; the last deletes the CRD.
  void ask() {
    world_.delete_all(kResource);
    for (const char* name : {"c", "b", "a"}) write(name);  // so that the order of names is not the order of versions
    ask_at_rest();
    ask_for_pages();
    ask_while_written();
    ask_after_compaction();
    ask_of_deleted_crd();
  }

 private:
  /// A watch, open from here on.
  struct Watch {
    std::optional<Answer> refusal;
    Stream stream;
    std::vector<Event> events;
  };

  static void tell(std::string_view probe, json::object outcome) {
    const json::object line{{"probe", probe}, {"outcome", std::move(outcome)}};
    std::printf("%s\n", json::serialize(line).c_str());
  }

  // ---- what the questions are made of ----

  std::int64_t write(const std::string& name, bool remove = false) {
    world_.write_version(kResource, name, remove);
    world_.catch_up();
    return world_.revision;
  }

  Page list(const ListQuestion& question) {
    const Answer answer = world_.list(kResource, kApi, question);
    if (answer.status != 200) return {failure(answer)};
    json::object body = json::parse(answer.body).as_object();
    json::array names;
    for (const json::value& item : body.at("items").as_array()) names.emplace_back(name_of(item.as_object()));
    return {{{"status", 200}, {"names", std::move(names)}}, std::move(body)};
  }

  Watch open(const WatchQuestion& question, std::int64_t timeout = kNoDeadline) {
    Watch watch;
    watch.refusal = world_.watch(kResource, kApi, question, watch.stream);
    watch.stream.deadline = world_.now + timeout;
    return watch;
  }

  /// Until the stream ends or the time is over.
  json::object read(Watch& watch) {
    if (watch.refusal) return failure(*watch.refusal);
    for (const std::int64_t end = world_.now + kPatience; world_.now < end; world_.now += kStep) {
      const bool over = watch.stream.ended && watch.stream.pending.empty();
      if (over) break;
      for (const std::string& line : world_.poll(watch.stream)) {
        const json::object event = json::parse(line).as_object();
        watch.events.push_back({text_of(event.at("type")), event.at("object").as_object()});
      }
    }
    std::vector<std::string> words;
    for (const Event& event : watch.events) {
      if (words.empty() || words.back() != "BOOKMARK" || word(event) != "BOOKMARK") words.push_back(word(event));
    }
    return {{"status", 200}, {"events", json::value_from(words)}, {"end", watch.stream.ended ? "clean" : "open"}};
  }

  static std::vector<std::int64_t> versions(const Watch& watch) {
    std::vector<std::int64_t> numbers;
    for (const Event& event : watch.events) numbers.push_back(version_of(event.object));
    return numbers;
  }

  void ask_watch(std::string_view probe, const WatchQuestion& question) {
    Watch watch = open(question);
    tell(probe, read(watch));
  }

  // ---- the questions ----

  void ask_at_rest() {
    const std::string here = std::to_string(world_.revision), ahead = std::to_string(world_.revision + kFarAhead);
    const std::string match = "NotOlderThan";
    ask_watch("a watch from a version ahead", {ahead});
    tell("a list of one, not older than a version ahead", list({1, "", ahead}).outcome);
    ask_watch("a streamed list, not older than a version ahead", {ahead, true, match});
    ask_streamed_list();
    ask_watch("a streamed list without bookmarks", {"", true, match, false});
    ask_watch("a streamed list without resourceVersionMatch", {"", true, ""});
    ask_watch("a streamed list with resourceVersionMatch=Exact", {here, true, "Exact"});
    ask_watch("a plain watch with resourceVersionMatch", {here, false, match});
    ask_watch("a watch from garbage", {"garbage"});
    tell("a list, not older than garbage", list({500, "", "garbage"}).outcome);
    ask_watch("a streamed list, not older than garbage", {"garbage", true, match});

    Watch watch = open({std::to_string(world_.revision - 1)}, 5'000);  // before the last object
    ++world_.revision;                                                 // something else is written
    world_.catch_up();
    json::object outcome = read(watch);
    const auto numbers = versions(watch);
    outcome["bookmark newer than the object"] = numbers.back() > numbers.front();
    tell("a watch that the server ends", std::move(outcome));
  }

  void ask_streamed_list() {
    Watch watch = open({"", true, "NotOlderThan"});
    json::object outcome = read(watch);
    auto numbers = versions(watch);
    const std::int64_t end = numbers.back();
    numbers.pop_back();
    outcome["objects in the order of versions"] = are_rising(numbers);
    outcome["end as new as the objects"] = end >= *std::max_element(numbers.begin(), numbers.end());
    tell("a streamed list", std::move(outcome));
  }

  void ask_for_pages() {
    Page page = list({1, "", ""});
    const std::int64_t first = page.version();
    const std::string after_first = page.token();
    bool same = true;
    json::array pages{page.outcome.at("names")};
    write("c");
    while (!page.token().empty()) {
      page = list({1, page.token(), ""});
      same = same && page.version() == first;
      pages.push_back(page.outcome.at("names"));
    }
    tell("a list in pages, with a write between them", {{"pages", std::move(pages)}, {"of one version", same}});
    tell("a page by a token and a version", list({1, after_first, std::to_string(world_.revision)}).outcome);
  }

  void ask_while_written() {
    const std::int64_t here = world_.revision;
    const Version first = world_.resources[kResource].live.at("a");
    write("b");
    write("a", true);
    write("a");
    Watch watch = open({std::to_string(here), false, "", false}, 1'000);
    json::object outcome = read(watch);
    const auto uid = [&](std::size_t at) { return text_of(watch.events.at(at).object.at("metadata").at("uid")); };
    outcome["each newer than the one before"] = are_rising(versions(watch));
    outcome["deletion newer than the object"] = version_of(watch.events.at(1).object) > first.number;
    outcome["uid of the deleted"] = uid(1) == first.uid;
    outcome["another uid again"] = uid(2) != uid(1);
    tell("a watch over a deletion and the same name again", std::move(outcome));

    const std::int64_t ahead = world_.revision + 4;
    watch = open({std::to_string(ahead), false, "", false}, 2'000);
    for (int i = 0; i < 10; ++i) write("c");
    read(watch);
    const auto numbers = versions(watch);
    tell(
        "a watch from a version ahead that writes overtake",
        {{"tells some", !numbers.empty()},
         {"tells all", numbers.size() == 10},
         {"tells only newer ones", std::ranges::all_of(numbers, [&](std::int64_t number) { return number > ahead; })}});
  }

  void ask_after_compaction() {
    const Page first = list({1, "", ""});
    write("c");
    world_.oldest = write("c");
    Watch watch = open({std::to_string(world_.revision)});
    world_.change_crd(kResource, world_.now + kStep);
    tell("a list while the CRD changes", list({}).outcome);
    tell("a watch while the CRD changes", read(watch));
    world_.now += kStep;

    const Answer refusal = world_.list(kResource, kApi, {5, first.token(), ""});
    tell("a page by a token that expired", failure(refusal));
    const json::value body = json::parse(refusal.body);
    Page page = list({5, text_of(body.at("metadata").at("continue")), ""});
    page.outcome["newer than the first page"] = page.version() > first.version();
    tell("a page by the token that comes with the refusal", std::move(page.outcome));
    ask_watch("a watch from a version that is compacted", {std::to_string(first.version())});
  }

  void ask_of_deleted_crd() {
    Watch watch = open({std::to_string(world_.revision)});
    world_.delete_crd(kResource, world_.now + kNoDeadline);
    tell("a watch while the CRD is deleted", read(watch));
    tell("a list without the CRD", list({}).outcome);
  }

  World world_{1};
};

}  // namespace

void print_probes() { Probes().ask(); }

}  // namespace snaptrail::simulation
