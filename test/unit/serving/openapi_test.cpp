#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "filled_ledger.hpp"
#include "serving/api.hpp"
#include "serving/page_assets.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace json = boost::json;

namespace {

using Names = std::set<std::string>;

const json::value& whole_document() {
  static const json::value parsed = json::parse(openapi_document().body);
  return parsed;
}
const json::object& document() { return whole_document().as_object(); }

const json::value& resolved(const json::value& value) {
  const auto* link = value.is_object() ? value.as_object().if_contains("$ref") : nullptr;
  return link == nullptr ? value : whole_document().at_pointer(std::string_view(link->as_string()).substr(1));
}

Names parameters_of(const json::object& operation) {
  Names names;
  for (const auto& parameter : operation.at("parameters").as_array()) {
    const auto& one = resolved(parameter).as_object();
    if (one.at("in").as_string() == "query") names.emplace(one.at("name").as_string());
  }
  return names;
}

/// What the code itself says that it knows.
Names known_to_code(const Response& refusal) {
  const std::string text(json::parse(refusal.body).at("error").as_string());
  const auto list = text.find("known are ");
  REQUIRE(list != std::string::npos);
  Names names;
  std::istringstream words(text.substr(list + 10));
  for (std::string word; std::getline(words, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    if (!word.empty()) names.insert(word);
  }
  return names;
}

/// Why a value isn't what the schema says; empty where it is.
std::string mismatch(const json::value& schema_or_link, const json::value& value, const std::string& where) {
  const auto& schema = resolved(schema_or_link).as_object();
  if (const auto* all = schema.if_contains("allOf")) return mismatch(all->as_array().front(), value, where);
  const auto* nullable = schema.if_contains("nullable");
  if (value.is_null()) return nullable != nullptr && nullable->as_bool() ? "" : where + " is null";
  const std::string type(schema.at("type").as_string());
  if (type == "array") {
    if (!value.is_array()) return where + " is no array";
    for (const auto& item : value.as_array()) {
      if (auto why = mismatch(schema.at("items"), item, where + "[]"); !why.empty()) return why;
    }
    return {};
  }
  if (type == "object") {
    if (!value.is_object()) return where + " is no object";
    const auto* properties = schema.if_contains("properties");
    if (properties == nullptr) return {};
    for (const auto& member : value.as_object()) {
      const auto* known = properties->as_object().if_contains(member.key());
      if (known == nullptr) {
        if (!schema.contains("additionalProperties"))
          return where + " has the unknown member " + std::string(member.key());
        continue;
      }
      if (auto why = mismatch(*known, member.value(), where + "." + std::string(member.key())); !why.empty())
        return why;
    }
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& name : required->as_array()) {
        if (!value.as_object().contains(name.as_string())) return where + " lacks " + std::string(name.as_string());
      }
    }
    return {};
  }
  const bool fits = type == "string" ? value.is_string() : type == "boolean" ? value.is_bool() : value.is_number();
  if (!fits) return where + " is no " + type + ": " + json::serialize(value);
  if (const auto* choices = schema.if_contains("enum")) {
    for (const auto& choice : choices->as_array()) {
      if (choice == value) return {};
    }
    return where + " is none of its values: " + json::serialize(value);
  }
  return {};
}

const json::value& answer_schema(const json::object& operation) {
  return operation.at("responses").at("200").at("content").at("application/json").at("schema");
}

}  // namespace

TEST_CASE("the OpenAPI document has the API's paths and no others", "[openapi]") {
  Names documented,
      served = {"/api/v1/version", "/api/v1/openapi.json", "/api/v1/stream", "/api/v1/coverage", "/api/v1/protection"};
  for (const auto& path : document().at("paths").as_object()) documented.emplace(path.key());
  for (const auto& path : ledger_paths()) served.emplace(path.path);
  CHECK(documented == served);
}

TEST_CASE("the OpenAPI document has each path's parameters and no others", "[openapi]") {
  const FilledLedger filled;
  for (const auto& path : ledger_paths()) {
    CAPTURE(path.path);
    const auto& operation = document().at("paths").at(path.path).at("get").as_object();
    const auto refusal = path.answer(filled.ledger, {*parse_target(std::string(path.path) + "?bogus=1"), {}});
    REQUIRE(refusal.status == 400);
    CHECK(parameters_of(operation) == known_to_code(refusal));
  }
}

TEST_CASE("answers are as the OpenAPI document says", "[openapi]") {
  const FilledLedger filled;
  for (const std::string target :
       {"/api/v1/status?all=true", "/api/v1/timeline", "/api/v1/findings", "/api/v1/chains?ended=true", "/api/v1/stats",
        "/api/v1/overview", "/api/v1/namespaces", "/api/v1/chain?handle=h1", "/api/v1/events?handle=h1",
        "/api/v1/export?handle=h1", "/api/v1/story?backup=b1"}) {
    CAPTURE(target);
    const Request request{*parse_target(target), {}};
    const auto answer = api_answer(filled.ledger, request);
    REQUIRE(answer.status == 200);
    const auto& operation = document().at("paths").at(request.target.path).at("get").as_object();
    const auto difference = mismatch(answer_schema(operation), json::parse(answer.body), "answer");
    CAPTURE(difference);
    CHECK(difference.empty());
  }
  const auto version = api_version({"1", "prod", "then", false}, {7, 3});
  const auto difference = mismatch(answer_schema(document().at("paths").at("/api/v1/version").at("get").as_object()),
                                   json::parse(version.body), "answer");
  CAPTURE(difference);
  CHECK(difference.empty());
}

TEST_CASE("docs/api.md tells of every path and parameter", "[openapi]") {
  std::ifstream file(std::string(SNAPTRAIL_DOCS) + "/api.md");
  REQUIRE(file);
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (const auto& path : document().at("paths").as_object()) {
    CAPTURE(std::string(path.key()));
    const std::string title = "## GET " + std::string(path.key()) + "\n";
    const auto begin = page.find(title);
    REQUIRE(begin != std::string::npos);
    const auto section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
    for (const auto& name : parameters_of(path.value().at("get").as_object())) {
      CAPTURE(name);
      if (name == "limit" || name == "continue") continue;  // of all lists, in "Pages"
      CHECK(section.find("`" + name + "`") != std::string::npos);
    }
  }
}
