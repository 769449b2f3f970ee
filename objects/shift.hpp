#pragma once

#include "objects/instant.hpp"
#include "objects/types.hpp"

namespace snaptrail::objects {

/// Moves every time that the object tells, for a recording that is played at another time than its own: what is compared with
/// the moment of playing must be as far from it as it was.
void shift_times(Object& object, Millis by);

}  // namespace snaptrail::objects
