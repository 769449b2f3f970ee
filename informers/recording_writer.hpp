#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "informers/gzip_stream.hpp"
#include "informers/recording.hpp"
#include "objects/instant.hpp"
#include "objects/row.hpp"

namespace snaptrail::informers {

/// Writes a recording of format version 1 (docs/recordings.md). Lines are collected and reach the file with flush(), which the
/// recorder calls after each group of lines that belong together, or when 64 KiB are collected. A file whose name ends in `.gz` is
/// compressed, so that what was flushed can be read even if the end is missing. One thread; blocking writes. Every failure throws
/// RecordingError. After a write that failed nothing more is written: part of it may be in the file, and a repetition, or what comes
/// later, would make a line that can't be read.
class RecordingWriter {
 public:
  enum class Content : std::uint8_t {
    Redacted,    ///< without what informers/redaction.hpp leaves out
    Everything,  ///< each event as the server sent it
  };

  /// Creates `path`, readable by its owner only, and writes the header. A file that is there already is never
  /// overwritten: that is an error. (A pipe or terminal may be written to.)
  RecordingWriter(const std::filesystem::path& path, const RecordingHeader& header,
                  Content content = Content::Redacted);
  /// Goes on with a recording that mend_recording() has seen.
  struct Resume {};
  RecordingWriter(Resume, const std::filesystem::path& path, Content content = Content::Redacted);
  /// Flushes as far as possible; call close() to learn of errors.
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  /// One watch event, by its bytes. False if they are no JSON object: then nothing is written.
  bool event(objects::Instant at, std::string_view resource, std::string_view event);
  /// The recorder lost sight of `resource`.
  void gap(objects::Instant at, std::string_view resource, objects::GapCause cause);

  /// Bytes of the file, as far as they were handed to the system.
  std::uint64_t bytes() const { return bytes_; }

  /// Hands the collected lines to the system.
  void flush();
  /// Flushes, waits until all is on the disk, and closes. Nothing may be written afterwards; calling it again is fine.
  void close();

 private:
  void line(std::string_view text);
  void write(std::string_view left);
  [[noreturn]] void fail(std::string_view doing, int error) const;

  std::string path_;
  Content content_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
  std::string buffer_;
  bool broken_ = false;               ///< a write failed
  std::unique_ptr<GzipStream> gzip_;  ///< null: not compressed
};

}  // namespace snaptrail::informers
