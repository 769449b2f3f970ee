#include "ledger/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "ledger/ledger.hpp"
#include "objects/instant.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::ledger {
namespace {

std::string own_description() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '?';
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  return fmt::format("process {} on host {} since {}\n", ::getpid(), host.data(), objects::format_rfc3339(now));
}

std::string holder_of(int fd) {
  std::array<char, 300> text{};
  const auto size = ::pread(fd, text.data(), text.size(), 0);
  if (size <= 0) return "another process";
  std::string_view line(text.data(), static_cast<std::size_t>(size));
  line = line.substr(0, line.find('\n'));
  return objects::to_printable(line);
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file) {
  const std::string path = file.string() + ".lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) {
    throw Error(Errc::io, fmt::format("ledger {}: can't open its lock file {}: {}: check the permissions of the "
                                      "directory and that the volume is not mounted read-only",
                                      file.string(), path, std::strerror(errno)));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const auto holder = holder_of(fd_);
    ::close(fd_);
    if (error == EWOULDBLOCK) {
      throw Error(Errc::locked, fmt::format("ledger {}: in use by {}: a ledger has one writer; stop that one or "
                                            "choose another file (reading it meanwhile is fine)",
                                            file.string(), holder));
    }
    throw Error(Errc::io, fmt::format("ledger {}: can't lock {}: {}: put the ledger on a file system that has locks",
                                      file.string(), path, std::strerror(error)));
  }
  // The lock holds without its text, which only helps the one who is refused: a full disk is no reason to fail here.
  const auto text = own_description();
  if (::ftruncate(fd_, 0) == 0) {
    [[maybe_unused]] const auto written = ::pwrite(fd_, text.data(), text.size(), 0);
  }
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace snaptrail::ledger
