#pragma once

#include <span>
#include <string_view>

namespace snaptrail::cmd {

/// A recording of a real control plane that is part of the binary (test/data/recordings).
struct BundledRecording {
  std::string_view name;   ///< in addresses and flags
  std::string_view title;  ///< for people
  std::string_view text;   ///< what is to be seen, one sentence
  double pace;             ///< how many times as fast as it was a person can follow it
  std::string_view bytes;  ///< as the file, compressed or not
};

/// All that `demo` offers; it begins with the first.
std::span<const BundledRecording> bundled_recordings();

}  // namespace snaptrail::cmd
