#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace snaptrail::cmd {

/// What `stats` (docs/api.md) tells of contents that no VolumeSnapshot has any more, in a line for each deletion policy: how many, how
/// large, how many by age. Empty where there are none, and for a daemon that doesn't tell.
std::string orphan_text(const boost::json::object& stats);

}  // namespace snaptrail::cmd
