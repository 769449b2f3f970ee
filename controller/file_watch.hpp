#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/error.hpp"

namespace snaptrail::controller {

/// Reads a few small files again and again, and tells when they hold something else. By contents, so that it does not matter
/// whether a file was written, replaced, or moved by the links of a volume that Kubernetes projects.
///
/// The reading is done on a thread of its own, which a disk may hold up; what is told is posted to `executor`.
class FileWatch {
 public:
  /// Of each file its text, or why it can't be read; at most kMaxBytes of one.
  using Contents = std::vector<kube::Result<std::string>>;
  using Changed = std::function<void(const Contents&)>;

  static constexpr std::size_t kMaxBytes = 1u << 20;
  /// A ConfigMap's way into a pod takes a minute or so: a few seconds more are not noticed.
  static constexpr std::chrono::milliseconds kInterval{5'000};

  explicit FileWatch(boost::asio::any_io_executor executor, std::chrono::milliseconds interval = kInterval);
  /// Ends the thread. What was posted before may still come.
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Files that belong together are told together, once two looks at all of them are alike: not half of a rotation. What they
  /// hold at the first look is told as well. Before start().
  void add(std::vector<std::filesystem::path> files, std::string what, Changed changed);
  void start();
  /// Looks at once, and tells whether or not anything has changed. Any thread.
  void look_now();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace snaptrail::controller
