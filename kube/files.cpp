#include "kube/files.hpp"

#include "kube/local_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace snaptrail::kube {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string reason_of(int error_number) { return std::generic_category().message(error_number); }

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::string_view what, std::size_t max_bytes) {
  const auto failed = [&](std::string_view why) {
    return config_error(fmt::format("can't read the {} {}: {}", what, path.string(), why));
  };
  errno = 0;
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return failed(reason_of(errno));
  std::string contents;
  char chunk[16384];
  while (const std::size_t count = std::fread(chunk, 1, sizeof chunk, file.get())) {
    contents.append(chunk, count);
    if (contents.size() > max_bytes) return failed(fmt::format("it is larger than {} bytes", max_bytes));
  }
  if (std::ferror(file.get())) return failed(reason_of(errno));
  return contents;
}

}  // namespace snaptrail::kube
