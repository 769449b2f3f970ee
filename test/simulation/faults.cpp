#include "faults.hpp"

namespace snaptrail::simulation {
namespace {

const std::string kForeign =
    "{\"type\":\"MODIFIED\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"uid\":"
    "\"0000ffff-0000-4000-8000-000000000000\",\"resourceVersion\":\"999999\"}}}\n";

/// An event that nobody can read, in the place of a real one.
std::string unreadable(Fault fault) {
  const std::string head = "{\"type\":\"MODIFIED\",\"object\":";
  switch (fault) {
    case Fault::Oversized: return head + "{\"x\":\"" + std::string(9000, 'x') + "\"}}\n";
    case Fault::DeepNesting: return head + std::string(2000, '[') + std::string(2000, ']') + "}\n";
    case Fault::NoNumber: return head + "{\"metadata\":{\"generation\":NaN}}}\n";
    default: return "<html>\xff\n";
  }
}

Answer code(int status, const char* reason, std::string retry_after = "") {
  Answer answer = World::status(status, reason);
  answer.retry_after = std::move(retry_after);
  return answer;
}

}  // namespace

std::optional<Fault> Faults::pick(int percent, Fault first, Fault last) {
  const bool happens = chance_.percent(percent);
  const auto fault =
      static_cast<Fault>(static_cast<int>(first) + chance_.below(static_cast<int>(last) - static_cast<int>(first) + 1));
  if (!happens || !on || !allowed_.test(static_cast<std::size_t>(fault))) return std::nullopt;
  return fault;
}

Answer Faults::spoil(Fault fault, Answer good) const {
  switch (fault) {
    case Fault::Refused: return {0, "", "", Answer::End::Refused};
    case Fault::Reset: return {200, "", "", Answer::End::Cut};
    case Fault::TimedOut: return {0, "", "", Answer::End::Silent};
    case Fault::CutBody: return {200, "", good.body.substr(0, good.body.size() / 2), Answer::End::Cut};
    case Fault::Html200: return {200, "", "<html>Welcome</html>\n", Answer::End::Complete};
    case Fault::Table200: return {200, "", "{\"kind\":\"Table\",\"rows\":[]}\n", Answer::End::Complete};
    case Fault::Text404: return {404, "", "404 page not found\n", Answer::End::Complete};
    case Fault::Code401: return code(401, "Unauthorized");
    case Fault::Code403: return code(403, "Forbidden");
    case Fault::Code409: return code(409, "Conflict");
    case Fault::Code410: return code(410, "Expired");
    case Fault::Code413: return code(413, "RequestEntityTooLarge");
    case Fault::Code422: return code(422, "Invalid");
    case Fault::Code429: return code(429, "TooManyRequests");
    case Fault::Retry0: return code(429, "TooManyRequests", "0");
    case Fault::Retry1: return code(429, "TooManyRequests", "1");
    case Fault::RetryDay: return code(503, "ServiceUnavailable", "86400");
    case Fault::RetryDate: return code(503, "ServiceUnavailable", "Fri, 01 Jan 2100 00:00:00 GMT");
    case Fault::Code500: return code(500, "InternalError");
    case Fault::Code503: return code(503, "ServiceUnavailable");
    case Fault::Code504: return code(504, "Timeout");
    case Fault::TooLarge: {
      Answer answer = World::status(504, "Timeout", "{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}]}");
      answer.retry_after = "1";
      return answer;
    }
    case Fault::ListWithoutVersion: {
      const auto at = good.body.find("\"metadata\":{\"resourceVersion\":\"");
      const auto items = good.body.find("},\"items\"");
      if (good.status == 200 && at != std::string::npos && items != std::string::npos) {
        good.body.replace(at, items - at, "\"metadata\":{");
      }
      return good;
    }
    default: return good;
  }
}

std::vector<std::string> Faults::spoil(std::optional<Fault> fault, std::vector<std::string> lines, Stream& stream) {
  const Resource& resource = world_.resources[stream.resource];
  const std::string cursor = std::to_string(stream.cursor);
  const bool listing = stream.end_of_list >= 0;
  if (fault) {
    bool happened = true;
    switch (*fault) {
      case Fault::StreamCut: stream.cut = true; break;
      case Fault::CutInLine:
        happened = !lines.empty();
        if (!happened) break;
        lines.back() = lines.back().substr(0, lines.back().size() / 2);
        stream.cut = true;
        break;
      case Fault::HalfOpen:
        stream.silent = true;
        lines.clear();
        break;
      case Fault::Blanks: lines.insert(lines.begin(), "\n\r\n"); break;
      case Fault::Duplicate:
        happened = !stream.sent.empty();
        if (happened) lines.push_back(stream.sent.back());
        break;
      case Fault::Replay:
        happened = !stream.sent.empty();
        lines.insert(lines.end(), stream.sent.begin(), stream.sent.end());
        break;
      case Fault::ForeignKind: lines.push_back(kForeign); break;
      case Fault::UnknownType: lines.push_back("{\"type\":\"SOMETHING\",\"object\":{}}\n"); break;
      case Fault::Garbage:
      case Fault::Oversized:
      case Fault::DeepNesting:
      case Fault::NoNumber:
        if (lines.empty()) lines.emplace_back();
        lines.front() = unreadable(*fault);
        break;
      case Fault::DuplicateKeys:
        happened = !lines.empty() && lines.front().find("\"status\":{") != std::string::npos;
        if (happened) lines.front().insert(lines.front().find("\"status\":{"), "\"status\":{\"phase\":\"Wrong\"},");
        break;
      case Fault::CleanEnd: stream.ended = true; break;
      case Fault::BookmarkBare: lines.push_back(world_.bookmark_line(resource, "")); break;
      case Fault::BookmarkStorm:
        happened = !listing && world_.visible[stream.api] >= stream.cursor;
        for (int i = 0; happened && i < 20; ++i) lines.push_back(world_.bookmark_line(resource, cursor));
        break;
      case Fault::BookmarkGarbage: lines.push_back(world_.bookmark_line(resource, "a-12")); break;
      case Fault::BookmarkOlder:
        happened = !listing && stream.cursor > 9;
        if (happened) lines.push_back(world_.bookmark_line(resource, std::to_string(stream.cursor - 7)));
        break;
      case Fault::NoBookmarks: stream.bookmarks = false; break;
      case Fault::Error410:
        lines.push_back(World::error_line(410, "Expired"));
        stream.ended = true;
        break;
      case Fault::Error429:
        lines.push_back(World::error_line(429, "TooManyRequests"));
        stream.ended = true;
        break;
      case Fault::Error500:
        lines.push_back(World::error_line(500, "InternalError"));
        stream.ended = true;
        break;
      case Fault::Error504:
        lines.push_back(World::error_line(504, "Timeout"));
        stream.ended = true;
        break;
      case Fault::ErrorOdd:
        lines.push_back(World::error_line(799, "Unheard"));
        stream.ended = true;
        break;
      case Fault::ErrorStorage:
        happened = world_.remove_unseen(stream.resource);
        lines.push_back(World::error_line(500, "StorageReadError"));
        stream.ended = true;
        break;
      default: break;
    }
    if (happened) note(*fault);
  }
  std::string all;
  for (const std::string& line : lines) all += line;
  std::vector<std::string> pieces;
  const std::size_t size = fault == Fault::SingleBytes ? 1 : fault == Fault::Merged ? all.size() + 1 : 700;
  for (std::size_t at = 0; at < all.size(); at += size) pieces.push_back(all.substr(at, size));
  return pieces;
}

}  // namespace snaptrail::simulation
