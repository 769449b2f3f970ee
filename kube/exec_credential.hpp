#pragma once

#include "kube/error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// What an exec plugin gave: a token, a client certificate with its key, or both.
struct ExecCredential {
  using Time = std::chrono::system_clock::time_point;

  std::string token;
  std::string cert_pem;
  std::string key_pem;
  std::optional<Time> expires;  ///< nullopt: good until the server refuses it
};
using ExecCredentialPtr = std::shared_ptr<const ExecCredential>;

/// Reads a plugin's standard output: an ExecCredential of `api_version` (client.authentication.k8s.io/v1 or …/v1beta1).
/// The error (Errc::credentials) says what it lacks and quotes nothing of it, since it may hold a secret. Pure.
Result<ExecCredential> parse_exec_credential(std::string_view output, std::string_view api_version);

/// The moment from which a credential that was got at `obtained` is replaced: 10 s before it expires, so that no request
/// is under way with it then, but not earlier than after nine tenths of its life. time_point::max() if it never expires.
ExecCredential::Time refresh_at(const ExecCredential& credential, ExecCredential::Time obtained);

/// When a plugin is to run: the decisions of ExecSource, without its I/O. `now` is the wall clock, since that is what
/// plugins tell their expiry in.
class ExecCache {
 public:
  using Time = ExecCredential::Time;

  /// A plugin that fails is not run again for so long, whoever asks: each connection has a backoff of its own, and
  /// together they would keep it running.
  static constexpr std::chrono::seconds kPauseAfterFailure{5};

  /// The credential to use; null: the plugin must run, unless failure() says otherwise.
  ExecCredentialPtr usable(Time now) const;
  /// The plugin's last failure, as long as it stands for the result of a new run.
  std::optional<Error> failure(Time now) const;

  void succeeded(ExecCredentialPtr credential, Time now);
  void failed(Error error, Time now);
  /// The server answered 401 to this credential. False if it never came from here. If another one has taken its place
  /// meanwhile, that one stays.
  bool refused(const ExecCredentialPtr& credential);

 private:
  ExecCredentialPtr credential_;
  Time refresh_at_{};
  std::optional<Error> failure_;
  Time failed_at_{};
};

}  // namespace snaptrail::kube
