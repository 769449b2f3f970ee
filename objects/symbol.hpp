#pragma once

#include <string>

#include "objects/interned.hpp"

namespace snaptrail::objects {

/// An interned string: one shared, reference-counted copy for a value that many objects repeat
/// (namespace, class, driver, field manager). Four bytes; freed with its last user. Thread-safe.
using Symbol = Interned<std::string>;

}  // namespace snaptrail::objects
