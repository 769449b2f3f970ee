#pragma once

#include <filesystem>

#include "informers/recording.hpp"

namespace snaptrail::informers {

/// Makes the end of an interrupted recording whole, so that more can be written behind it: a last line that was cut off goes, and
/// so does the end of a gzip stream that lacks its tail (the file is then written anew beside itself, and takes its name). Returns
/// what the recording holds. Throws RecordingError for a file that can't be written, or is damaged elsewhere: then nothing was
/// changed.
RecordingSummary mend_recording(const std::filesystem::path& path);

}  // namespace snaptrail::informers
