#pragma once

#include <string>

#include "objects/instant.hpp"

namespace snaptrail::cmd {

enum class Zone : std::uint8_t { Local, Utc };

/// A moment as a person reads it, without its zone: `2026-11-22 23:11:07.906`.
std::string time_text(objects::Instant at, Zone zone);

/// The title of a column of such times: `TIME (UTC)`, or with the local zone's abbreviation now.
std::string time_title(Zone zone, objects::Instant now);

/// A moment as --since and --until take it: RFC 3339, or a duration before `now` (`90s`, `2h`, `3d12h`). Throws
/// std::invalid_argument with what is wrong.
objects::Instant parse_moment(const std::string& text, objects::Instant now);

}  // namespace snaptrail::cmd
