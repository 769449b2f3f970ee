#include "kube/status_error.hpp"

#include "kube/retry_after.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::seconds;

const CallSite kSite{"GET /api/v1/persistentvolumes", "https://10.0.0.1:6443", "prod"};
constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) +
                                          std::chrono::hours(8) + std::chrono::minutes(49) + seconds(30);

Error error_of(int status, std::string_view body, std::string_view retry_after = {}) {
  return status_error({.status = status, .retry_after = retry_after, .location = {}, .body = body}, kSite, kNow);
}

}  // namespace

TEST_CASE("each HTTP status has its own code, whatever the body", "[status_error]") {
  const std::vector<std::pair<int, Errc>> expected = {{301, Errc::unexpected_status}, {400, Errc::bad_request},
                                                      {401, Errc::unauthorized},      {403, Errc::forbidden},
                                                      {404, Errc::not_found},         {405, Errc::unexpected_status},
                                                      {409, Errc::conflict},          {410, Errc::gone},
                                                      {418, Errc::unexpected_status}, {422, Errc::bad_request},
                                                      {429, Errc::too_many_requests}, {500, Errc::server_error},
                                                      {502, Errc::server_error},      {503, Errc::unavailable},
                                                      {504, Errc::unavailable},       {599, Errc::server_error},
                                                      {600, Errc::unexpected_status}, {999, Errc::unexpected_status}};
  const std::vector<std::string> bodies = {"",
                                           "404 page not found",
                                           "<html></html>",
                                           "{",
                                           "[]",
                                           "{\"kind\":\"Table\"}",
                                           R"({"kind":"Status","reason":"Expired","code":200})"};
  for (const auto& [status, code] : expected) {
    for (const std::string& body : bodies) {
      INFO(status << " " << body);
      const Error error = error_of(status, body);
      CHECK(error.code == code);
      CHECK(error.http_status == status);
      CHECK_THAT(error.message, ContainsSubstring("GET /api/v1/persistentvolumes at https://10.0.0.1:6443: HTTP " +
                                                  std::to_string(status)));
    }
  }
}

TEST_CASE("a Status gives its reason, message and continue token", "[status_error]") {
  // As kube-apiserver 1.36 answers to an expired continue token.
  const Error error = error_of(410, R"({"kind":"Status","apiVersion":"v1","metadata":{"continue":"eyJ2Ijoib..."},)"
                                    R"("status":"Failure","message":"The provided continue parameter is too old",)"
                                    R"("reason":"Expired","code":410})");
  CHECK(error.code == Errc::gone);
  CHECK(error.reason == "Expired");
  CHECK(error.server_message == "The provided continue parameter is too old");
  CHECK(error.continue_token == "eyJ2Ijoib...");
  CHECK_THAT(error.message, ContainsSubstring("HTTP 410 Expired: The provided continue parameter is too old ("));
}

TEST_CASE("a resourceVersion that is too large is known by its cause and by the words of older servers",
          "[status_error]") {
  const std::vector<std::string> bodies = {
      R"({"kind":"Status","message":"Timeout: Too large resource version: 9, current: 5","reason":"Timeout","details":)"
      R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}})",
      R"({"kind":"Status","reason":"Timeout","details":{"causes":[{"message":"Too large resource version"}]}})",
      R"({"kind":"Status","message":"Too large resource version: 9, current: 5","reason":"Timeout"})",
      R"({"kind":"Status","reason":"Timeout","details":{"causes":[7,{"reason":"ResourceVersionTooLarge"}]}})"};
  for (const std::string& body : bodies) {
    INFO(body);
    CHECK(error_of(504, body).code == Errc::resource_version_too_large);
    CHECK(error_of(500, body).code == Errc::server_error);
  }
  CHECK(error_of(504, R"({"kind":"Status","message":"request timed out","reason":"Timeout"})").code ==
        Errc::unavailable);
  CHECK(error_of(504, "Too large resource version").code == Errc::unavailable);  // a page of who knows whom
  CHECK(error_of(504, bodies[0]).retry_after == seconds(1));
}

TEST_CASE("advice names what to do and for which context", "[status_error]") {
  CHECK_THAT(error_of(401, "Unauthorized").message,
             ContainsSubstring("the credentials of context prod were refused; check its token or client certificate"));
  CHECK_THAT(
      error_of(403, R"({"kind":"Status","message":"cannot list resource \"persistentvolumes\""})").message,
      ContainsSubstring("cannot list resource \"persistentvolumes\" (the user of context prod lacks this right"));
  CHECK_THAT(error_of(404, "404 page not found\n").message,
             ContainsSubstring(": 404 page not found (nothing is served at this path"));
  const Error redirect = status_error({302, "", "https://login.example/?x\r\n", ""}, kSite, kNow);
  CHECK_THAT(redirect.message, ContainsSubstring("redirects to https://login.example/?x;"));
}

TEST_CASE("the text of strangers is cut, on one line and visible", "[status_error]") {
  const Error page = error_of(502, "<html>\r\n<head>\n   <title>502</title>" + std::string(5000, '.') + "\x1b[31m");
  CHECK(page.server_message.size() < 220);
  CHECK(page.server_message.starts_with("<html> <head> <title>502</title>..."));
  CHECK(page.server_message.ends_with("..."));
  CHECK(error_of(502, "a\x1b[31mb").server_message == "a\\x1b[31mb");
  CHECK(error_of(502, "\xff").server_message == "\xEF\xBF\xBD");
  // Not cut in the middle of a letter.
  CHECK(error_of(502, std::string(199, 'a') + "\xC3\xA9\xC3\xA9").server_message == std::string(199, 'a') + "...");
  const Error status = error_of(403, R"({"kind":"Status","reason":"For\nbidden","message":"one\ntwo\u202ethree"})");
  CHECK(status.server_message == "one two\\u202ethree");
  CHECK(status.reason == "For bidden");
  for (const char c : status.message) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("a hostile Status is taken for text or read as far as it makes sense", "[status_error]") {
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "{\"kind\":";
  CHECK(error_of(500, deep).reason.empty());
  CHECK(error_of(500, "{\"kind\":\"Status\",\"message\":\"" + std::string(70000, 'x') + "\"}").server_message.size() <
        220);
  const Error types = error_of(500, R"({"kind":"Status","reason":7,"message":[],"metadata":"x","details":{"causes":{},)"
                                    R"("retryAfterSeconds":"soon"}})");
  CHECK(types.reason.empty());
  CHECK(types.server_message.empty());
  CHECK_FALSE(types.retry_after);
  CHECK(error_of(500, R"({"kind":"Status","details":[]})").code == Errc::server_error);
  CHECK_FALSE(error_of(500, R"({"kind":"Status","details":{"retryAfterSeconds":-5}})").retry_after);
  CHECK(error_of(500, R"({"kind":"Status","details":{"retryAfterSeconds":9223372036854775807}})").retry_after ==
        kLongestRetryAfter);
}

TEST_CASE("Retry-After is read as seconds or as a date, and anything else is no advice", "[status_error]") {
  const std::vector<std::pair<std::string, std::optional<seconds>>> cases = {
      {"0", seconds(0)},
      {" 7 ", seconds(7)},
      {"86400", seconds(86400)},
      {"86401", seconds(86400)},
      {"99999999999999999999999", seconds(86400)},
      {"Sun, 06 Nov 1994 08:49:37 GMT", seconds(7)},
      {"Sunday, 06-Nov-94 08:49:37 GMT", seconds(7)},
      {"Sun Nov  6 08:49:37 1994", seconds(7)},
      {"Sun, 06 Nov 1994 08:49:00 GMT", seconds(0)},
      {"Fri, 31 Dec 9999 23:59:59 GMT", seconds(86400)},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 CET", std::nullopt},
      {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 25:49:37 GMT", std::nullopt},
      {"Sun, 06 Now 1994 08:49:37 GMT", std::nullopt},
      {"Sun, -6 Nov 1994 08:49:37 GMT", std::nullopt},
      {std::string(5000, '1'), std::nullopt}};
  for (const auto& [field, expected] : cases) {
    INFO(field.substr(0, 80));
    CHECK(parse_retry_after(field, kNow) == expected);
  }
}

TEST_CASE("the header's Retry-After goes before the Status's", "[status_error]") {
  const std::string body = R"({"kind":"Status","details":{"retryAfterSeconds":30}})";
  CHECK(error_of(429, body, "2").retry_after == seconds(2));
  CHECK(error_of(429, body, "garbage").retry_after == seconds(30));
}

TEST_CASE("every code has a name of its own", "[error]") {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Errc::unexpected_status); ++i) {
    const auto name = to_string(static_cast<Errc>(i));
    CHECK(name != "unknown");
    CHECK(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
  }
  CHECK(to_string(Errc::resource_version_too_large) == "resource_version_too_large");
}

TEST_CASE("the value of a failed result throws with the message", "[error]") {
  Error error;
  error.message = "what, where, what to do";
  const Result<int> failed = error;
  CHECK_THROWS_WITH(failed.value(), "what, where, what to do");
}

}  // namespace snaptrail::kube
