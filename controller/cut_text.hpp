#pragma once

#include <cstddef>
#include <string>

namespace snaptrail::controller {

/// At most that many bytes (3 or more) of a text, not ending within a UTF-8 sequence; one that is cut ends with `…`.
std::string cut_to(std::string text, std::size_t bytes);

}  // namespace snaptrail::controller
