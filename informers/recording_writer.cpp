#include "informers/recording_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "informers/redaction.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::informers {
namespace {

constexpr std::size_t kFlushSize = 64u << 10;

/// `text` as a JSON string, with its quotes.
std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::value(objects::to_valid_utf8(text)));
}

/// Seconds with three digits of fraction.
std::string json_seconds(objects::Instant at) {
  const auto millis = at.time_since_epoch().count();
  return fmt::format("{}.{:03}", millis / 1000, millis % 1000);
}

std::unique_ptr<GzipStream> gzip_for(const std::filesystem::path& path) {
  return path.extension() == ".gz" ? std::make_unique<GzipStream>() : nullptr;
}

/// A new file; or, if there is something that is no file, that. -1 and errno as open(2).
int create(const char* path) {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC;
  const int fd = ::open(path, kFlags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (fd >= 0 || errno != EEXIST) return fd;
  struct stat info {};
  if (::stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return ::open(path, kFlags);
  errno = EEXIST;
  return -1;
}

}  // namespace

RecordingWriter::RecordingWriter(const std::filesystem::path& path, const RecordingHeader& header, Content content)
    : path_(path.string()), content_(content), fd_(create(path_.c_str())), gzip_(gzip_for(path)) {
  if (fd_ < 0 && errno == EEXIST) {
    throw RecordingError{path_ + ": there is such a file already; name another one, or remove it"};
  }
  if (fd_ < 0) fail("can't be created", errno);
  std::string text = fmt::format(R"({{"recording":1,"cluster":{})", json_text(header.cluster));
  if (header.started_at) text += fmt::format(R"(,"startedAt":"{}")", objects::format_rfc3339(*header.started_at));
  line(text + fmt::format(R"(,"server":{}}})", json_text(header.server)));
  try {
    flush();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

RecordingWriter::RecordingWriter(Resume, const std::filesystem::path& path, Content content)
    : path_(path.string()),
      content_(content),
      fd_(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND)),
      gzip_(gzip_for(path)) {
  if (fd_ < 0) fail("can't be opened", errno);
  const auto size = ::lseek(fd_, 0, SEEK_END);
  if (size > 0) bytes_ = static_cast<std::uint64_t>(size);
}

RecordingWriter::~RecordingWriter() {
  try {
    close();
  } catch (const RecordingError&) {
    // close() tells; who didn't call it is unwinding from another error already.
  }
}

bool RecordingWriter::event(objects::Instant at, std::string_view resource, std::string_view event) {
  const auto text = content_ == Content::Redacted ? redact(event) : on_one_line(event);
  if (!text) return false;
  line(fmt::format(R"({{"at":{},"resource":{},"event":{}}})", json_seconds(at), json_text(resource), *text));
  return true;
}

void RecordingWriter::gap(objects::Instant at, std::string_view resource, objects::GapCause cause) {
  line(fmt::format(R"({{"at":{},"resource":{},"gap":{{"cause":"{}"}}}})", json_seconds(at), json_text(resource),
                   objects::to_string(cause)));
}

void RecordingWriter::flush() {
  if (broken_ || buffer_.empty()) return;
  write(gzip_ ? gzip_->compress(buffer_, GzipStream::End::Flush) : buffer_);
  buffer_.clear();
}

void RecordingWriter::write(std::string_view left) {
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
      bytes_ += static_cast<std::uint64_t>(written);
    } else if (errno != EINTR) {
      const int error = errno;
      broken_ = true;
      fail("can't be written", error);
    }
  }
}

void RecordingWriter::close() {
  if (fd_ < 0) return;
  const int fd = fd_;
  try {
    flush();
    if (gzip_ && !broken_) write(gzip_->compress({}, GzipStream::End::Finish));
  } catch (...) {
    ::close(std::exchange(fd_, -1));
    throw;
  }
  fd_ = -1;
  // Pipes and terminals can't be synchronised, and say so.
  const int sync_error = ::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS ? 0 : errno;
  const int close_error = ::close(fd) == 0 || errno == EINTR ? 0 : errno;
  if (sync_error != 0) fail("can't be brought to the disk", sync_error);
  if (close_error != 0) fail("can't be closed", close_error);
}

void RecordingWriter::line(std::string_view text) {
  if (broken_) return;
  buffer_ += text;
  buffer_ += '\n';
  if (buffer_.size() >= kFlushSize) flush();
}

void RecordingWriter::fail(std::string_view doing, int error) const {
  throw RecordingError{fmt::format("{}: {}: {}", path_, doing, std::generic_category().message(error))};
}

}  // namespace snaptrail::informers
