#pragma once

#include <optional>
#include <string_view>

#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// A duration as annotations have it: whole numbers with the units d, h, m and s, each at most once, the largest first
/// (`1h30m`). nullopt: it is none, is shorter than `least`, or longer than `most`. Pure; any text will do.
std::optional<objects::Millis> parse_duration_text(std::string_view text, objects::Millis least, objects::Millis most);

}  // namespace snaptrail::reconcilers
