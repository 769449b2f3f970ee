#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::informers {

/// Lines of a file or of memory, plain or gzip (recognised by its first bytes; any number of members). Holds one line and one
/// piece at a time. Throws std::runtime_error, with what is wrong but not where, for what can't be read, a
/// broken or cut gzip stream, and lines longer than max_line.
class LineSource {
 public:
  explicit LineSource(const std::filesystem::path& path, std::size_t max_line = 16u << 20);
  explicit LineSource(std::string_view bytes, std::size_t max_line = 16u << 20);
  ~LineSource();
  LineSource(LineSource&&) noexcept;
  LineSource& operator=(LineSource&&) noexcept;

  /// The next line without its newline, or nullopt at the end. Valid until the next call.
  std::optional<std::string_view> next();
  /// Whether the line that next() gave last ended with a newline. Only the last one may not.
  bool ended() const;
  /// Whether next() threw because the gzip stream just ends too early: what came before is all that was written.
  bool cut_off() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::informers
