#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace snaptrail::informers {

/// The recordings that arguments name: a file is itself, a folder stands for the files in it whose names end in `.ndjson` or
/// `.ndjson.gz`, by name. Throws RecordingError for what is not there, and for a folder without any.
std::vector<std::filesystem::path> recording_files(const std::vector<std::string>& arguments);

}  // namespace snaptrail::informers
