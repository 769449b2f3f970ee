#pragma once

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "diagnosed_replay.hpp"

/// What a recording's findings are held to.
namespace snaptrail::test {

struct Expected {
  std::string subject;
  std::string reason;
  double began_after, began_before;  ///< seconds from the start
  double ended_before;               ///< -1: it stands at the end
};

inline std::string describe(const DiagnosedReplay& replay) {
  std::string text;
  for (const auto& story : replay.stories()) {
    text += story.subject + " " + story.reason + " " + std::to_string(story.began) + " " + std::to_string(story.ended) +
            "\n";
  }
  return text;
}

/// Each of these, and none besides.
inline void check(const DiagnosedReplay& replay, const std::vector<Expected>& expected) {
  INFO(describe(replay));
  CHECK(replay.stories().size() == expected.size());
  for (const Expected& one : expected) {
    CAPTURE(one.subject, one.reason);
    const auto& stories = replay.stories();
    const auto found = std::ranges::find_if(
        stories, [&](const auto& story) { return story.subject == one.subject && story.reason == one.reason; });
    REQUIRE(found != stories.end());
    CHECK(found->began >= one.began_after);
    CHECK(found->began <= one.began_before);
    if (one.ended_before < 0) {
      CHECK(found->ended < 0);
    } else {
      CHECK(found->ended >= found->began);
      CHECK(found->ended <= one.ended_before);
    }
  }
}

}  // namespace snaptrail::test
