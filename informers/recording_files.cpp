#include "informers/recording_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "informers/recording.hpp"

namespace snaptrail::informers {

namespace fs = std::filesystem;

std::vector<fs::path> recording_files(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!fs::is_directory(argument, error)) {
      files.emplace_back(argument);
      continue;
    }
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(argument, error)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".ndjson") || name.ends_with(".ndjson.gz")) found.push_back(entry.path());
    }
    if (error) throw RecordingError{fmt::format("{}: {}", argument, error.message())};
    if (found.empty()) {
      throw RecordingError{fmt::format("{}: no recording in this folder (*.ndjson, *.ndjson.gz)", argument)};
    }
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace snaptrail::informers
