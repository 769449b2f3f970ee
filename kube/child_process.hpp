#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace snaptrail::kube {

/// A program to run to its end.
struct ChildCommand {
  std::string program;                   ///< with a slash: a path; else looked for in this process's $PATH
  std::vector<std::string> args;         ///< without the program's own name
  std::vector<std::string> environment;  ///< NAME=VALUE, all of it
  std::chrono::milliseconds deadline{60'000};
  std::size_t most_output = 1u << 20;  ///< bytes of standard output; more ends it
};

/// How it ended.
struct ChildResult {
  enum class End {
    exited,       ///< `code` is its exit code
    signalled,    ///< `code` is the signal that ended it
    not_found,    ///< there is no such program
    not_started,  ///< the system refuses to start it: `why`
    timed_out,    ///< killed at the deadline
    too_much,     ///< killed, its output being larger than allowed
    cancelled,    ///< killed, the coroutine being cancelled
  };
  End end = End::exited;
  int code = 0;
  std::string out;      ///< standard output
  std::string err_end;  ///< the last 4 KiB of standard error
  std::string why;
};

/// Runs a program on the coroutine's executor without blocking it: no terminal, standard input empty, no open files of
/// ours, in a process group of its own, all of which is killed once it has ended. It has ended when both of its
/// outputs are closed and it has exited.
///
/// Cancellation (terminal) kills it. Threading: the executor must be a strand or single-threaded. SIGCHLD gets a handler.
boost::asio::awaitable<ChildResult> run_child(ChildCommand command);

}  // namespace snaptrail::kube
