#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace snaptrail::cmd {

/// Reads `1000`, `500MB`, `2GiB`: a whole number of bytes, or of kB, MB, GB (powers of 1000) or KiB, MiB, GiB (of 1024), without
/// regard to case; the B may be left out as in Kubernetes' quantities (`500M`, `2Gi`). Throws Failure(kUsage) that names `flag`.
std::uint64_t parse_byte_size(const std::string& text, std::string_view flag);

/// `20 GiB`, `1.5 KiB`: in units of 1024, up to PiB, with one digit behind the point where it isn't 0.
std::string byte_size_text(std::uint64_t bytes);

}  // namespace snaptrail::cmd
