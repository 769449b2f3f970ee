#pragma once

#include <boost/flyweight.hpp>
#include <string>
#include <string_view>

namespace snaptrail::objects {

/// An interned string: one shared, reference-counted copy for a value that many objects repeat
/// (namespace, class, driver, field manager). Eight bytes; freed with its last user. Thread-safe.
using Symbol = boost::flyweight<std::string>;

}  // namespace snaptrail::objects
