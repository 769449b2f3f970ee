#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/row.hpp"

/// Recordings, format version 1 (docs/recordings.md): NDJSON, .gz read too.
namespace snaptrail::informers {

/// The optional first line.
struct RecordingHeader {
  int version = 1;
  std::string cluster;
  std::string server;
  std::optional<objects::Instant> started_at;
};

/// One line with a watch event. `event` holds the event's bytes as they stand in the file, for WatchDecoder; valid until the
/// next call of next().
struct RecordedEvent {
  objects::Instant at;
  std::string resource;               ///< plural as written
  std::optional<objects::Kind> kind;  ///< none: a resource that we don't know, to be left out and counted
  std::string_view event;
};

/// One line saying that the recorder lost sight.
struct RecordedGap {
  objects::Instant at;
  std::string resource;
  objects::GapCause cause;
  /// Whether the recorder listed the resource anew after it; who merges recordings knows it of each, a reader alone doesn't.
  bool list_follows = true;
};

using RecordedLine = std::variant<RecordedEvent, RecordedGap>;

/// Why a recording can't be used: `file:line: what is wrong`. Always complete enough for a person.
struct RecordingError {
  std::string message;
};

/// Reads a recording line by line. One thread.
class RecordingReader {
 public:
  /// Opens `path`; gzip is recognised by its bytes, not by the name. Throws RecordingError if it can't be read.
  explicit RecordingReader(const std::filesystem::path& path);
  /// Reads from memory (the bundled recording); `name` is used in messages, `bytes` must outlive the reader.
  RecordingReader(std::string name, std::string_view bytes);
  ~RecordingReader();
  RecordingReader(RecordingReader&&) noexcept;
  RecordingReader& operator=(RecordingReader&&) noexcept;

  const RecordingHeader& header() const;
  /// The next line, nullopt at the end. Throws RecordingError for a line that is garbled, cut, goes back in time by more than
  /// a second, is of a newer format version, or for a broken gzip stream.
  std::optional<RecordedLine> next();
  /// Number of the line that next() gave last, from 1.
  std::uint64_t line() const;
  /// Where that line stands, for messages: `file:line`.
  std::string where() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a first pass over a recording tells, before any of it is applied: every line is readable and decodes ("nothing
/// half-done"), and which resources have an end of the initial list.
struct RecordingSummary {
  RecordingHeader header;
  std::optional<objects::Instant> first;
  std::optional<objects::Instant> last;
  std::uint64_t lines = 0;
  std::uint64_t unknown_resources = 0;
  std::array<bool, objects::kAllKinds.size()> has_initial_end{};  ///< by Kind: there is a list in it
  std::array<bool, objects::kAllKinds.size()> has_events{};       ///< by Kind: at least one line
  /// By Kind: what comes first is the list. The same, unless several recordings were merged.
  std::array<bool, objects::kAllKinds.size()> begins_with_list{};

  /// From the first to the last line of one resource.
  struct Span {
    std::optional<objects::Instant> first;
    std::optional<objects::Instant> last;
  };
  std::array<Span, objects::kAllKinds.size()> spans{};  ///< by Kind
};

/// Reads a whole recording to its end, checking each line as next() does, and that each event decodes. Throws RecordingError.
RecordingSummary scan_recording(RecordingReader reader);

}  // namespace snaptrail::informers
