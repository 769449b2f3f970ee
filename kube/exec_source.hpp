#pragma once

#include "kube/exec_credential.hpp"
#include "kube/exec_plugin.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace snaptrail::kube {

struct ChildCommand;
struct ChildResult;

/// The credentials of an exec plugin, for all connections of a ClusterConfig: run when there are none, shortly before
/// they expire, and when the server refuses them; once, however many wait for it.
///
/// Threading: all calls from one strand. Lifetime: held by std::shared_ptr; a run that nobody waits for any more is killed.
class ExecSource : public std::enable_shared_from_this<ExecSource> {
 public:
  explicit ExecSource(ExecPlugin plugin);
  ~ExecSource();
  ExecSource(const ExecSource&) = delete;
  ExecSource& operator=(const ExecSource&) = delete;

  /// The credential to use now; runs the plugin if need be, or waits for a run that another caller began. `wake` is the
  /// caller's own: cancelling it ends the wait with Errc::cancelled, as the coroutine's cancellation does. Errors:
  /// Errc::credentials, with the plugin's own words from its standard error, made printable and cut.
  boost::asio::awaitable<Result<ExecCredentialPtr>> get(boost::asio::steady_timer& wake);

  /// The server answered 401. True if the next get() may give something better.
  bool refused(const ExecCredentialPtr& credential) { return cache_.refused(credential); }

  const ExecPlugin& plugin() const { return plugin_; }

 private:
  struct Waiter;
  /// nullopt: the run was cancelled.
  using Outcome = std::optional<Result<ExecCredentialPtr>>;

  void start(const boost::asio::any_io_executor& executor);
  static boost::asio::awaitable<Outcome> run(std::shared_ptr<ExecSource> self);
  void finish(const Outcome& outcome);
  void cancel();

  ExecPlugin plugin_;
  ExecCache cache_;
  bool running_ = false;
  bool cancelled_ = false;  ///< the run, which may not have noticed yet
  std::vector<Waiter*> waiting_;
  boost::asio::cancellation_signal cancel_;
};

/// The command of a plugin: its own variables over those of this process, and KUBERNETES_EXEC_INFO.
ChildCommand command_of(const ExecPlugin& plugin);

/// What a plugin's end means. `result` is of a process that was not cancelled. Pure.
Result<ExecCredential> credential_of(const ExecPlugin& plugin, const ChildResult& result);

}  // namespace snaptrail::kube
