#include "kube/child_process.hpp"

#include "kube/cancellation.hpp"
#include "kube/watchdog.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kErrorKept = 4096;
// A killed process is gone in microseconds, unless it hangs in the kernel.
constexpr std::chrono::seconds kReapLimit{1};

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    if (read_end >= 0) ::close(read_end);
    if (write_end >= 0) ::close(write_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool is_open() const { return read_end >= 0; }
  int take_read_end() { return std::exchange(read_end, -1); }
  void close_write_end() { ::close(std::exchange(write_end, -1)); }
};

/// A process group that is killed and waited for at the latest when this goes.
class Child {
 public:
  Child() = default;
  ~Child() {
    if (pid_ <= 0) return;
    kill();
    try_reap();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// 0, or the system's error.
  int start(const ChildCommand& command, int out, int err);
  void kill() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }
  /// Takes the exit status, if there is one yet.
  bool try_reap() {
    int status = 0;
    const pid_t got = ::waitpid(pid_, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR)) return false;
    if (got == pid_) status_ = status;
    kill();  // what it left behind in its group
    pid_ = -1;
    return true;
  }
  /// nullopt: not known; somebody else has waited for it.
  std::optional<int> status() const { return status_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int Child::start(const ChildCommand& command, int out, int err) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  // Asio's sockets are not close-on-exec: a plugin must not keep the daemon's port open.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // it is ignored here, which programs don't expect
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.args.begin(), command.args.end());
  const int failed = ::posix_spawnp(&pid_, command.program.c_str(), &files, &attributes, pointers_to(words).data(),
                                    pointers_to(command.environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) pid_ = -1;
  return failed;
}

/// Reads all of a stream; keeps its first `most` bytes, or its last. True: there was more than `most`.
asio::awaitable<bool> drain(asio::posix::stream_descriptor& stream, std::string& kept, std::size_t most, bool last,
                            const Child& child) {
  char chunk[4096];
  for (;;) {
    const auto [failed, size] = co_await stream.async_read_some(asio::buffer(chunk), kAsTuple);
    kept.append(chunk, size);
    if (failed) co_return false;
    if (kept.size() <= most) continue;
    if (!last) {
      child.kill();
      co_return true;
    }
    kept.erase(0, kept.size() - most);
  }
}

asio::awaitable<void> reap(Child& child, asio::signal_set& changes) {
  bool late = false;
  Watchdog limit(changes.get_executor(), [&] {
    late = true;
    changes.cancel();
  });
  limit.limit_total(kReapLimit);
  while (!child.try_reap() && !late) co_await changes.async_wait(kAsTuple);
}

ChildResult start_failure(int error_number) {
  ChildResult result;
  result.end = error_number == ENOENT ? ChildResult::End::not_found : ChildResult::End::not_started;
  result.why = std::generic_category().message(error_number);
  return result;
}

void set_status(ChildResult& result, const Child& child) {
  const int status = child.status().value_or(-1);
  if (child.status() && WIFEXITED(status)) {
    result.code = WEXITSTATUS(status);
  } else {
    result.end = ChildResult::End::signalled;
    result.code = child.status() && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
}

}  // namespace

asio::awaitable<ChildResult> run_child(ChildCommand command) {
  using asio::experimental::awaitable_operators::operator&&;
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set changes(executor, SIGCHLD);  // before the start: no end is missed
  Pipe out;
  Pipe err;
  if (!out.is_open() || !err.is_open()) co_return start_failure(errno);
  Child child;
  if (const int failed = child.start(command, out.write_end, err.write_end); failed != 0)
    co_return start_failure(failed);
  out.close_write_end();
  err.close_write_end();
  asio::posix::stream_descriptor out_stream(executor, out.take_read_end());
  asio::posix::stream_descriptor err_stream(executor, err.take_read_end());

  Watchdog watchdog(executor, [&] {
    child.kill();
    Code ignored;
    out_stream.close(ignored);
    err_stream.close(ignored);
    changes.cancel();
  });
  watchdog.limit_total(command.deadline);
  ChildResult result;
  const auto [too_much, ignored] = co_await (drain(out_stream, result.out, command.most_output, false, child) &&
                                             drain(err_stream, result.err_end, kErrorKept, true, child));
  bool cancelled = co_await is_cancelled();
  while (!cancelled && !too_much && watchdog.expired() == Watchdog::Expired::no && !child.try_reap()) {
    co_await changes.async_wait(kAsTuple);
    cancelled = co_await is_cancelled();
  }
  const bool late = watchdog.expired() != Watchdog::Expired::no;
  if (!cancelled && !too_much && !late) {
    set_status(result, child);
    co_return result;
  }
  child.kill();
  co_await reap(child, changes);
  result.end = cancelled ? ChildResult::End::cancelled
               : late    ? ChildResult::End::timed_out
                         : ChildResult::End::too_much;
  co_return result;
}

}  // namespace snaptrail::kube
