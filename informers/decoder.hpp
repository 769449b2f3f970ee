#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "objects/types.hpp"

namespace snaptrail::informers {

enum class EventType : std::uint8_t { Added, Modified, Deleted };

/// ADDED, MODIFIED or DELETED of one object.
struct ObjectEvent {
  EventType type;
  objects::Object object;
};

/// BOOKMARK: everything up to resource_version has been delivered.
struct Bookmark {
  std::string resource_version;     ///< may be empty: some servers send none
  bool initial_events_end = false;  ///< annotation k8s.io/initial-events-end is "true"
};

/// ERROR: a Status that ends the watch, whatever its code.
struct WatchError {
  int code = 0;
  std::string reason;
  std::string message;
};

/// A line that is skipped and counted: why, in a few words without the line's own bytes.
struct Malformed {
  std::string why;
  /// It may have told of an object that was asked for. False: it is about something else, and nothing was missed.
  bool loses = true;
};

using Decoded = std::variant<ObjectEvent, Bookmark, WatchError, Malformed>;

/// Turns the bytes of one watch event into a typed, projected object, without a DOM: a handler on Boost.JSON's
/// basic_parser keeps the fields that objects/types.hpp names and skips the rest as they pass by.
/// Reused from line to line to keep its buffers. One thread. Never throws on any input: hostile bytes, odd types
/// and depths give Malformed. An object of another kind than asked for, or without a usable
/// metadata.uid, is Malformed.
class WatchDecoder {
 public:
  explicit WatchDecoder(objects::Kind kind);
  ~WatchDecoder();
  WatchDecoder(WatchDecoder&&) noexcept;
  WatchDecoder& operator=(WatchDecoder&&) noexcept;

  /// `line`: one watch event, `{"type":…,"object":…}`, without its newline (spaces around are fine).
  Decoded decode(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a list's answer says beside its items.
struct ListMeta {
  std::string resource_version;
  std::string continue_token;  ///< empty on the last page
};

/// Decodes a list answer (`{"kind":…List,"metadata":…,"items":[…]}`) from pieces as they arrive, handing out each
/// item as soon as it is complete: the list is never whole in memory. Kind and apiVersion of items may be absent.
class ListDecoder {
 public:
  /// `on_item` gets each projected object; `malformed` counts items that were skipped.
  ListDecoder(objects::Kind kind, std::function<void(objects::Object)> on_item);
  ~ListDecoder();
  ListDecoder(ListDecoder&&) noexcept;
  ListDecoder& operator=(ListDecoder&&) noexcept;

  /// Takes the next piece; false once the bytes are known to be no such list (error() says why).
  bool write(std::string_view piece);
  /// Ends the document; false if it is incomplete or no such list.
  bool finish();
  const ListMeta& meta() const;
  std::size_t malformed() const;
  const std::string& error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Splits a byte stream into lines (a watch's events), whatever its pieces. A line longer than max_line is dropped
/// as a whole and counted.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line = 16u << 20);
  /// Calls `on_line` for each complete line, without its newline; empty lines are left out. The view is valid during
  /// the call. Stops early and returns false if on_line does.
  bool write(std::string_view piece, const std::function<bool(std::string_view)>& on_line);
  /// Bytes of a line that has no end yet: after the end of the stream, a cut line, which is never an event.
  std::size_t pending() const { return buffer_.size(); }
  std::size_t oversized() const { return oversized_; }
  void reset();

 private:
  std::string buffer_;
  std::size_t max_line_;
  std::size_t oversized_ = 0;
  bool skipping_ = false;
};

}  // namespace snaptrail::informers
