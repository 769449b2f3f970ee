#include "informers/line_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace snaptrail::informers {
namespace {

constexpr std::size_t kPiece = 64u << 10;

/// The raw bytes, a piece at a time.
class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error(std::generic_category().message(errno));
    piece_.resize(kPiece);
  }
  explicit Bytes(std::string_view memory) : memory_(memory) {}
  ~Bytes() {
    if (fd_ >= 0) ::close(fd_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// Empty at the end. Valid until the next call.
  std::string_view next() {
    if (fd_ < 0) return std::exchange(memory_, {});
    for (;;) {
      const ssize_t got = ::read(fd_, piece_.data(), piece_.size());
      if (got >= 0) return {piece_.data(), static_cast<std::size_t>(got)};
      if (errno != EINTR) throw std::runtime_error(std::generic_category().message(errno));
    }
  }

 private:
  int fd_ = -1;
  std::string_view memory_;
  std::vector<char> piece_;
};

/// Inflates a gzip stream of one or more members.
class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib can't be set up");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Appends to `out` what can be had from the front of `in`, which gets shorter.
  void run(std::string_view& in, std::string& out) {
    if (between_members_) {
      if (inflateReset(&stream_) != Z_OK) throw std::runtime_error("zlib can't be reset");
      between_members_ = false;
    }
    // zlib's interface isn't const-correct; it doesn't write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(in.size(), 1u << 30));
    const uInt offered = stream_.avail_in;
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = kPiece;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    in.remove_prefix(offered - stream_.avail_in);
    if (code == Z_STREAM_END) {
      between_members_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      throw std::runtime_error("the gzip stream is broken here");
    }
    more_ = stream_.avail_out == 0 && code == Z_OK;
  }

  bool complete() const { return between_members_; }
  /// There may be output left that had no room.
  bool more() const { return more_; }

 private:
  z_stream stream_{};
  bool between_members_ = false;
  bool more_ = false;
};

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

}  // namespace

struct LineSource::Impl {
  template <class From>
  Impl(From from, std::size_t limit) : bytes(from), max_line(limit) {}

  Bytes bytes;
  std::size_t max_line;
  std::string_view raw;  ///< what is left of the piece that was read last
  std::unique_ptr<Inflater> inflater;
  bool started = false;
  bool at_end = false;
  bool ended = true;
  bool cut_off = false;
  std::string buffer;
  std::size_t begin = 0;    ///< of the bytes in `buffer` that were not handed out
  std::size_t scanned = 0;  ///< up to here there is no newline behind `begin`

  void start() {
    started = true;
    raw = bytes.next();
    // A pipe may give less than the two bytes; a recording that starts so slowly is no gzip.
    if (is_gzip(raw)) inflater = std::make_unique<Inflater>();
  }

  /// Appends more bytes to `buffer`, or sets at_end.
  void fill() {
    if (!started) start();
    if (raw.empty() && !(inflater && inflater->more())) raw = bytes.next();
    if (!inflater) {
      at_end = raw.empty();
      buffer.append(raw.substr(0, kPiece));
      raw.remove_prefix(std::min(raw.size(), kPiece));
      return;
    }
    if (raw.empty() && !inflater->more()) {
      cut_off = !inflater->complete();
      if (cut_off) throw std::runtime_error("the gzip stream is cut off here");
      at_end = true;
      return;
    }
    inflater->run(raw, buffer);
  }

  std::optional<std::string_view> next() {
    for (;;) {
      const std::size_t newline = buffer.find('\n', scanned);
      if (newline != std::string::npos) return take(newline, 1);
      scanned = buffer.size();
      if (scanned - begin > max_line) throw std::runtime_error(fmt::format("a line longer than {} bytes", max_line));
      if (at_end) return begin < buffer.size() ? std::optional(take(buffer.size(), 0)) : std::nullopt;
      scanned -= begin;
      buffer.erase(0, std::exchange(begin, 0));
      fill();
    }
  }

  std::string_view take(std::size_t end, std::size_t newline) {
    if (end - begin > max_line) throw std::runtime_error(fmt::format("a line longer than {} bytes", max_line));
    std::string_view line(buffer.data() + begin, end - begin);
    begin = scanned = end + newline;
    ended = newline > 0;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
};

LineSource::LineSource(const std::filesystem::path& path, std::size_t max_line)
    : impl_(std::make_unique<Impl>(path, max_line)) {}
LineSource::LineSource(std::string_view bytes, std::size_t max_line) : impl_(std::make_unique<Impl>(bytes, max_line)) {}
LineSource::~LineSource() = default;
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;

std::optional<std::string_view> LineSource::next() { return impl_->next(); }
bool LineSource::ended() const { return impl_->ended; }
bool LineSource::cut_off() const { return impl_->cut_off; }

}  // namespace snaptrail::informers
