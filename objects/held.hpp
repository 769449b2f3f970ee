#pragma once

#include <memory>

namespace snaptrail::objects {

/// A version of an object as it was when it was asked for; null: it was not there. Stays what it is, whatever becomes of the
/// object, so no name in it may be bound to a temporary one.
template <class T>
using Held = std::shared_ptr<const T>;

}  // namespace snaptrail::objects
