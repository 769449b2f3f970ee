#include "informers/recording_repair.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "informers/gzip_stream.hpp"
#include "informers/line_source.hpp"

namespace snaptrail::informers {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, std::string_view doing, int error) {
  throw RecordingError{fmt::format("{}: {}: {}", path.string(), doing, std::generic_category().message(error))};
}

bool is_gzip(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "can't be read", errno);
  char magic[2] = {};
  file.read(magic, sizeof magic);
  return file.gcount() == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
}

/// The size of the file up to its last newline.
std::uintmax_t size_of_whole_lines(const fs::path& path) {
  constexpr std::uintmax_t kPiece = 64u << 10;
  std::ifstream file(path, std::ios::binary);
  std::uintmax_t end = fs::file_size(path);
  std::string piece;
  while (end > 0) {
    const std::uintmax_t begin = end > kPiece ? end - kPiece : 0;
    piece.resize(static_cast<std::size_t>(end - begin));
    file.seekg(static_cast<std::streamoff>(begin));
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!file) fail(path, "can't be read", errno);
    if (const auto newline = piece.rfind('\n'); newline != std::string::npos) return begin + newline + 1;
    end = begin;
  }
  return 0;
}

void mend_plain(const fs::path& path) {
  const auto size = size_of_whole_lines(path);
  if (size == fs::file_size(path)) return;
  std::error_code error;
  fs::resize_file(path, size, error);
  if (error) fail(path, "the cut line at its end can't be removed", error.value());
}

/// A file that is written beside another one and takes its place when it is complete.
class Replacement {
 public:
  explicit Replacement(const fs::path& path)
      : path_(path), name_(path.string() + ".mending"), fd_(create(name_.c_str())) {
    if (fd_ < 0) fail(name_, "can't be created", errno);
  }
  ~Replacement() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail(name_, "can't be written", errno);
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void take_place() {
    if (::fsync(fd_) != 0) fail(name_, "can't be brought to the disk", errno);
    if (::rename(name_.c_str(), path_.c_str()) != 0) fail(path_, "can't be replaced", errno);
    ::close(std::exchange(fd_, -1));
  }

 private:
  /// In the place of one that a killed program left, but not of what somebody else made: a link, a folder.
  static int create(const char* name) {
    struct stat info {};
    if (::lstat(name, &info) == 0 && S_ISREG(info.st_mode)) ::unlink(name);
    return ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }

  fs::path path_;
  std::string name_;
  int fd_;
};

void mend_gzip(const fs::path& path) {
  constexpr std::size_t kEnough = 1u << 20;
  LineSource source(path);
  Replacement replacement(path);
  GzipStream gzip;
  std::string lines;
  bool whole = true;
  try {
    while (const auto line = source.next()) {
      whole = source.ended();
      if (!whole) break;
      lines.append(*line).append("\n");
      if (lines.size() < kEnough) continue;
      replacement.write(gzip.compress(lines, GzipStream::End::Flush));
      lines.clear();
    }
  } catch (const std::runtime_error& error) {
    if (!source.cut_off()) throw RecordingError{fmt::format("{}: {}", path.string(), error.what())};
    whole = false;
  }
  if (whole) return;  // as it is
  replacement.write(gzip.compress(lines, GzipStream::End::Finish));
  replacement.take_place();
}

}  // namespace

RecordingSummary mend_recording(const fs::path& path) {
  if (is_gzip(path)) {
    mend_gzip(path);
  } else {
    mend_plain(path);
  }
  return scan_recording(RecordingReader(path));
}

}  // namespace snaptrail::informers
