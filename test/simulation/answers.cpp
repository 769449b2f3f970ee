// What the API servers make of the history: objects, answers and streams.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "world.hpp"

namespace snaptrail::simulation {
namespace {

std::int64_t number_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }
bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The details of a Status.
std::string causes(const std::vector<std::string>& reasons) {
  std::string list;
  for (const std::string& reason : reasons) list += (list.empty() ? "" : ",") + ("{\"reason\":\"" + reason + "\"}");
  return "{\"causes\":[" + list + "]}";
}
/// In a token's place for a version: go on with whatever is the newest (what comes with an expired token's refusal).
const std::string kNewest = "newest";
const std::string kTooLarge = "{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}],\"retryAfterSeconds\":1}";

/// A Status, as an answer's body and as an ERROR's object.
std::string status_object(int code, const std::string& reason, const std::string& details,
                          const std::string& continue_token) {
  return "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{" +
         (continue_token.empty() ? "" : "\"continue\":\"" + continue_token + "\"") +
         "},\"status\":\"Failure\",\"message\":\"no\"," + (reason.empty() ? "" : "\"reason\":\"" + reason + "\",") +
         (details.empty() ? "" : "\"details\":" + details + ",") + "\"code\":" + std::to_string(code) + "}";
}

/// What validation says of a watch's parameters; nothing if they go together.
std::optional<Answer> invalid(const WatchQuestion& question, bool streams_lists) {
  if (!question.initial_events && question.match.empty()) return std::nullopt;
  if (!question.initial_events || !streams_lists || question.match.empty()) {
    return World::status(422, "Invalid", causes({"FieldValueForbidden"}));
  }
  if (question.match == "NotOlderThan") return std::nullopt;
  return World::status(422, "Invalid", causes({"FieldValueForbidden", "FieldValueNotSupported"}));
}

}  // namespace

std::string World::object(const Resource& resource, const Version& version) const {
  const bool deleting = version.state == "Deleting";
  return "{\"apiVersion\":\"" + resource.api_version + "\",\"kind\":\"" + resource.kind +
         "\",\"metadata\":{\"name\":\"" + version.name + "\"," +
         (resource.ns.empty() ? "" : "\"namespace\":\"" + resource.ns + "\",") + "\"uid\":\"" + version.uid +
         "\",\"resourceVersion\":\"" + std::to_string(version.number) +
         "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"" +
         (deleting ? ",\"deletionTimestamp\":\"2026-01-02T00:00:00Z\"" : "") + "},\"status\":{\"phase\":\"" +
         (deleting ? resource.states.back() : version.state) + "\"}}";
}

std::string World::event(const Resource& resource, const Version& version, const char* type) const {
  return std::string("{\"type\":\"") + type + "\",\"object\":" + object(resource, version) + "}\n";
}

std::string World::error_line(int code, const std::string& reason, const std::string& details) {
  return "{\"type\":\"ERROR\",\"object\":" + status_object(code, reason, details, "") + "}\n";
}

std::string World::bookmark_line(const Resource& resource, const std::string& version, const std::string& end) const {
  return "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"" + resource.kind + "\",\"apiVersion\":\"" +
         resource.api_version + "\",\"metadata\":{\"resourceVersion\":\"" + version + "\"" +
         (end.empty() ? "" : ",\"annotations\":{\"k8s.io/initial-events-end\":\"" + end + "\"}") + "}}}\n";
}

Answer World::status(int code, const std::string& reason, const std::string& details,
                     const std::string& continue_token) {
  return {code, "", status_object(code, reason, details, continue_token), Answer::End::Complete};
}

std::optional<Answer> World::closed(std::size_t resource) const {
  const Resource& of = resources[resource];
  if (of.forbidden_until > now) return status(403, "Forbidden");
  if (of.absent_until > now) return Answer{404, "", "404 page not found\n", Answer::End::Complete};
  if (of.closed_until > now) {
    Answer answer = status(429, "TooManyRequests");
    answer.retry_after = "1";
    return answer;
  }
  return std::nullopt;
}

Answer World::list(std::size_t resource, std::size_t api, const ListQuestion& question) {
  if (auto refusal = closed(resource)) return *refusal;
  const Resource& of = resources[resource];
  std::int64_t number = revision;  // consistent
  std::string after;
  if (!question.token.empty()) {
    const auto colon = question.token.find(':');
    const auto second = question.token.find(':', colon + 1);
    const std::string branch = question.token.substr(0, colon);
    const std::string then = question.token.substr(colon + 1, second - colon - 1);
    after = question.token.substr(second + 1);
    if (!question.not_older_than.empty()) return status(400, "BadRequest");
    if (then != kNewest) {
      number = number_of(then);
      const bool other = number_of(branch) != static_cast<std::int64_t>(of.branches.size());
      if (other || number < oldest) return status(410, "Expired", "", branch + ":" + kNewest + ":" + after);
    }
  } else if (!question.not_older_than.empty()) {
    if (!is_number(question.not_older_than)) return status(400, "BadRequest");
    number = visible[api];
    if (number_of(question.not_older_than) > number) {
      Answer answer = status(504, "Timeout", kTooLarge);
      answer.retry_after = "1";
      return answer;
    }
  }
  std::string items, token;
  std::size_t count = 0;
  for (const Version& version : at(resource, number)) {
    if (!after.empty() && version.name <= after) continue;
    if (count == question.limit) {
      token = std::to_string(of.branches.size()) + ":" + std::to_string(number) + ":" + after;
      break;
    }
    items += (items.empty() ? "" : ",") + object(of, version);
    after = version.name;
    ++count;
  }
  return {200, "",
          "{\"kind\":\"" + of.kind + "List\",\"apiVersion\":\"" + of.api_version +
              "\",\"metadata\":{\"resourceVersion\":\"" + std::to_string(number) + "\"" +
              (token.empty() ? "" : ",\"continue\":\"" + token + "\"") + "},\"items\":[" + items + "]}",
          Answer::End::Complete};
}

std::optional<Answer> World::watch(std::size_t resource, std::size_t api, const WatchQuestion& question,
                                   Stream& stream) {
  if (auto refusal = closed(resource)) return refusal;
  if (auto refusal = invalid(question, streams_lists)) return refusal;
  const bool any = question.initial_events && question.from.empty();
  if (!any && !is_number(question.from)) return status(500, "");  // where a list's is 400
  stream = {};
  stream.resource = resource;
  stream.api = api;
  stream.storage = resources[resource].storage;
  stream.bookmarks = question.bookmarks;
  stream.next_bookmark = now + 60'000;
  if (question.initial_events) {
    stream_objects(question.from, stream);
    return std::nullopt;
  }
  stream.cursor = number_of(question.from);
  if (stream.cursor + 1 < oldest) {
    stream.pending = {error_line(410, "Expired")};
    stream.ended = true;
  }
  return std::nullopt;
}

void World::stream_objects(const std::string& at_least, Stream& stream) const {
  const std::int64_t here = visible[stream.api];
  if (number_of(at_least) > here) {
    stream.pending = {error_line(504, "Timeout", kTooLarge)};
    stream.ended = true;
    return;
  }
  // From the cache, as old as it is; the end is marked once it has come as far as etcd was at the start.
  stream.cursor = here;
  if (stream.bookmarks) stream.end_of_list = at_least.empty() ? revision : here;
  for (const Version& version : at(stream.resource, here)) {
    stream.pending.push_back(event(resources[stream.resource], version, "ADDED"));
  }
}

std::vector<std::string> World::poll(Stream& stream) {
  std::vector<std::string> lines = std::exchange(stream.pending, {});
  if (stream.ended) return lines;
  const Resource& of = resources[stream.resource];
  const bool outlived = stream.storage != of.storage;
  const std::int64_t until = outlived ? std::min(visible[stream.api], of.storage_since - 1) : visible[stream.api];
  for (const Version& version : of.history()) {
    if (version.number <= stream.cursor || version.number > until) continue;
    if (version.unseen) {  // a cache that comes upon it reads etcd anew, and ends all that follow it
      lines.push_back(error_line(500, "StorageReadError"));
      stream.ended = true;
      return lines;
    }
    const bool first = std::none_of(of.history().begin(), of.history().end(), [&](const Version& other) {
      return other.uid == version.uid && other.number < version.number;
    });
    lines.push_back(event(of, version, version.deleted ? "DELETED" : first ? "ADDED" : "MODIFIED"));
    stream.sent.push_back(lines.back());
  }
  if (stream.sent.size() > 5) stream.sent.erase(stream.sent.begin(), stream.sent.end() - 5);
  const bool behind = until < stream.cursor;  // a version of the future: silence
  if (!behind) stream.cursor = until;
  if (stream.end_of_list >= 0 && stream.cursor >= stream.end_of_list) {
    lines.push_back(bookmark_line(of, std::to_string(stream.cursor), "true"));
    stream.end_of_list = -1;
  }
  if (outlived) {
    stream.ended = true;
    return lines;
  }
  const bool last = now >= stream.deadline;
  if (stream.end_of_list < 0 && stream.bookmarks && !behind && (last || now >= stream.next_bookmark)) {
    lines.push_back(bookmark_line(of, std::to_string(stream.cursor)));
    stream.next_bookmark = now + 60'000;
  }
  stream.ended = last;
  return lines;
}

}  // namespace snaptrail::simulation
