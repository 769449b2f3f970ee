#pragma once

#include "kube/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// Reads a whole file, at most `max_bytes`. The error (Errc::invalid_config) says `what` could not be read,
/// where and why, in one line; it never quotes the contents.
Result<std::string> read_file(const std::filesystem::path& path, std::string_view what, std::size_t max_bytes);

}  // namespace snaptrail::kube
