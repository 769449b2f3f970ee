#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "informers/path_tree.hpp"
#include "objects/instant.hpp"

namespace snaptrail::informers {

/// The members of one line of a recording, as they stand there. Members that format version 1 doesn't know are left out.
struct RecordingFields {
  // The header.
  bool has_recording = false;
  std::optional<std::int64_t> recording;  ///< the format's version, if it is a whole number
  std::string cluster;
  std::string server;
  std::string started_at;
  // Of each line.
  std::optional<objects::Instant> at;  ///< if it is a number of seconds within 1970–9999
  std::string resource;
  bool has_event = false;
  bool has_gap = false;
  std::string cause;
  std::string event_type;
  std::optional<std::string> api_version;  ///< of the event's object
  std::string_view event;                  ///< the event's bytes in the line
};

/// Reads one line. Throws std::runtime_error with what is wrong if it is no JSON object, or its event can't be
/// found in it.
RecordingFields read_recording_line(std::string_view line);

}  // namespace snaptrail::informers
