#include "controller/file_watch.hpp"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "kube/files.hpp"

namespace snaptrail::controller {
namespace {

using Contents = FileWatch::Contents;

/// Between two looks at files that are just changing.
constexpr std::chrono::milliseconds kSettle{50};
/// Files that never settle are told all the same.
constexpr int kMostLooks = 20;

bool alike(const kube::Result<std::string>& a, const kube::Result<std::string>& b) {
  if (a.has_value() != b.has_value()) return false;
  return a.has_value() ? *a == *b : a.error().message == b.error().message;
}

bool alike(const Contents& a, const Contents& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!alike(a[i], b[i])) return false;
  }
  return true;
}

struct Group {
  std::vector<std::filesystem::path> files;
  std::string what;
  FileWatch::Changed changed;
  std::optional<Contents> told;

  Contents read() const {
    Contents contents;
    for (const auto& file : files) contents.push_back(kube::read_file(file, what, FileWatch::kMaxBytes));
    return contents;
  }
};

}  // namespace

struct FileWatch::State {
  /// Waits; false once the watch ends.
  bool pause(std::chrono::milliseconds time, bool until_asked) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, time, [&] { return ended || (until_asked && asked); });
    return !ended;
  }

  Contents settled(const Group& group, Contents seen) {
    for (int looks = 0; looks < kMostLooks && pause(kSettle, false); ++looks) {
      Contents again = group.read();
      if (alike(again, seen)) break;
      seen = std::move(again);
    }
    return seen;
  }

  void look(Group& group, bool tell_always) {
    Contents seen = group.read();
    const bool is_news = !group.told || !alike(seen, *group.told);
    if (is_news && group.told) seen = settled(group, std::move(seen));
    if (!is_news && !tell_always) return;
    group.told = seen;
    boost::asio::post(executor, [changed = group.changed, seen = std::move(seen)] { changed(seen); });
  }

  void run() {
    do {
      bool tell_always = false;
      {
        const std::lock_guard lock(mutex);
        tell_always = std::exchange(asked, false);
      }
      for (Group& group : groups) look(group, tell_always);
    } while (pause(interval, true));
  }

  boost::asio::any_io_executor executor;
  std::chrono::milliseconds interval;
  std::vector<Group> groups;  ///< the thread's own once it runs
  std::mutex mutex;           ///< guards the two below
  bool asked = false;
  bool ended = false;
  std::condition_variable wake;
  std::thread thread;
};

FileWatch::FileWatch(boost::asio::any_io_executor executor, std::chrono::milliseconds interval)
    : state_(std::make_unique<State>()) {
  state_->executor = std::move(executor);
  state_->interval = interval;
}

FileWatch::~FileWatch() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->wake.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void FileWatch::add(std::vector<std::filesystem::path> files, std::string what, Changed changed) {
  state_->groups.push_back({std::move(files), std::move(what), std::move(changed), std::nullopt});
}

void FileWatch::start() {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void FileWatch::look_now() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->asked = true;
  }
  state_->wake.notify_all();
}

}  // namespace snaptrail::controller
