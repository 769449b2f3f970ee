#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serving/router.hpp"

/// What only a demo serves: which recordings there are, and a way to switch between them.
namespace snaptrail::serving {

struct DemoRecording {
  std::string name;                ///< in addresses: `hazards`
  std::string title;               ///< for people
  std::string text;                ///< what is to be seen, one sentence
  std::chrono::seconds length{0};  ///< how long it plays
};

struct DemoShow {
  std::vector<DemoRecording> recordings;
  std::string playing;                 ///< name of the one that plays
  std::chrono::milliseconds pause{0};  ///< between its end and its next beginning; 0: it plays once
};

/// Adds `GET /demo`, which tells of the show, and `GET /demo/play?recording=NAME`, which calls `play` with a name that exists
/// (else 404). A new one begins with a new ledger, so that each ledger tells of one cluster only.
void add_demo(Router& router, DemoShow show, std::function<void(const std::string& name)> play);

}  // namespace snaptrail::serving
