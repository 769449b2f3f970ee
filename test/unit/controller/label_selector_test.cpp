#include "controller/label_selector.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace snaptrail::controller;

namespace {

bool is_taken(const std::string& text) {
  try {
    return label_selector({text, std::nullopt}) == text;
  } catch (const ValueError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("a label selector in kubectl's notation is taken as it is", "[label_selector]") {
  for (const char* text :
       {"team=payments", "team==payments", "team = payments", "team!=payments", "team", "!team", "! team",
        "team=", "example.com/team=payments,env!=test", "tier in (gold, silver)", "tier notin (bronze)",
        "a,b=c , d in (e),!f", "kubernetes.io/metadata.name=shop", "a in (b),c", "a in ()"}) {
    CAPTURE(text);
    CHECK(is_taken(text));
  }
}

TEST_CASE("no selector is none", "[label_selector]") {
  CHECK(label_selector({"", std::nullopt}).empty());
  CHECK(label_selector({"  ", std::nullopt}).empty());
}

TEST_CASE("a mistake in a label selector is found before the API server is asked", "[label_selector]") {
  for (const char* text : {",",
                           "team=payments,",
                           "=payments",
                           "team=a b",
                           "te am=payments",
                           "team in gold",
                           "team in (gold",
                           "team in gold)",
                           "team (gold)",
                           "in (gold)",
                           "team=(gold)",
                           "team in (gold) more",
                           "-team=a",
                           "team=-a",
                           "a/b/c=d",
                           "/name=a",
                           "UPPER.example.com/name=a",
                           "team in ((a))",
                           "team\n=a",
                           "!",
                           "team=payments=more",
                           "team<3"}) {
    CAPTURE(text);
    CHECK_FALSE(is_taken(text));
  }
  CHECK_FALSE(is_taken("team=" + std::string(64, 'a')));
  CHECK_FALSE(is_taken(std::string(5'000, 'a')));
}
