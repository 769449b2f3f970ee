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

std::string World::error_line(int code, const std::string& reason) {
  return "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":"
         "\"no\","
         "\"reason\":\"" +
         reason + "\",\"code\":" + std::to_string(code) + "}}\n";
}

std::string World::bookmark_line(const Resource& resource, const std::string& version, const std::string& end) const {
  return "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"" + resource.kind + "\",\"apiVersion\":\"" +
         resource.api_version + "\",\"metadata\":{\"resourceVersion\":\"" + version + "\"" +
         (end.empty() ? "" : ",\"annotations\":{\"k8s.io/initial-events-end\":\"" + end + "\"}") + "}}}\n";
}

Answer World::status(int code, const std::string& reason, const std::string& details) {
  return {code, "",
          "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"no\",\"reason\":\"" +
              reason + "\"" + (details.empty() ? "" : ",\"details\":" + details) + ",\"code\":" + std::to_string(code) +
              "}",
          Answer::End::Complete};
}

std::optional<Answer> World::closed(std::size_t resource) const {
  const Resource& of = resources[resource];
  if (of.forbidden_until > now) return status(403, "Forbidden");
  if (of.absent_until > now) return Answer{404, "", "404 page not found\n", Answer::End::Complete};
  if (of.closed_until > now) return Answer{429, "1", "storage is (re)initializing", Answer::End::Complete};
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
    number = number_of(question.token.substr(colon + 1, second - colon - 1));
    const bool other = number_of(question.token.substr(0, colon)) != static_cast<std::int64_t>(of.branches.size());
    if (other || number < oldest) return status(410, "Expired");
    after = question.token.substr(second + 1);
  } else if (!question.not_older_than.empty()) {
    if (!is_number(question.not_older_than)) return status(400, "BadRequest");
    number = visible[api];
    if (number_of(question.not_older_than) > number) {
      return status(504, "Timeout", "{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}],\"retryAfterSeconds\":1}");
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

std::optional<Answer> World::watch(std::size_t resource, std::size_t api, const std::string& from, Stream& stream) {
  if (auto refusal = closed(resource)) return refusal;
  if (!is_number(from)) return status(400, "BadRequest");
  stream = {};
  stream.resource = resource;
  stream.api = api;
  stream.cursor = number_of(from);
  stream.next_bookmark = now + 60'000;
  if (stream.cursor + 1 < oldest) {
    stream.pending = {error_line(410, "Expired")};
    stream.ended = true;
  }
  return std::nullopt;
}

std::optional<Answer> World::stream_list(std::size_t resource, std::size_t api, const std::string& at_least,
                                         Stream& stream) {
  if (auto refusal = closed(resource)) return refusal;
  if (!streams_lists) return status(422, "Invalid");
  stream = {};
  stream.resource = resource;
  stream.api = api;
  stream.next_bookmark = now + 60'000;
  if (!at_least.empty() && !is_number(at_least)) return status(400, "BadRequest");
  if (number_of(at_least) > visible[api]) {
    stream.pending = {error_line(504, "Timeout")};
    stream.ended = true;
    return std::nullopt;
  }
  // From the cache, as old as it is; the end is marked once it has come as far as etcd was at the start.
  stream.cursor = visible[api];
  stream.end_of_list = at_least.empty() ? revision : visible[api];
  for (const Version& version : at(resource, stream.cursor)) {
    stream.pending.push_back(event(resources[resource], version, "ADDED"));
  }
  return std::nullopt;
}

std::vector<std::string> World::poll(Stream& stream) {
  std::vector<std::string> lines = std::exchange(stream.pending, {});
  if (stream.ended) return lines;
  const Resource& of = resources[stream.resource];
  const std::int64_t until = visible[stream.api];
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
  const bool last = now >= stream.deadline;
  if (stream.end_of_list < 0 && stream.bookmarks && !behind && (last || now >= stream.next_bookmark)) {
    lines.push_back(bookmark_line(of, std::to_string(stream.cursor)));
    stream.next_bookmark = now + 60'000;
  }
  stream.ended = last;
  return lines;
}

}  // namespace snaptrail::simulation
