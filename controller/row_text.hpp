#pragma once

#include <string>

#include "objects/row.hpp"

namespace snaptrail::controller {

/// A committed row as one line of the log: a constant word for its type, then key=value. The log makes it printable.
std::string row_text(const objects::Row& row);

}  // namespace snaptrail::controller
