#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/coverage/target.hpp"
#include "reconcilers/diagnosis/thresholds.hpp"

namespace snaptrail::controller {

/// Where the HTTP server listens.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< IP literal, IPv6 without brackets; "::" or "0.0.0.0": every address
  std::uint16_t port = 8080;       ///< 0: one that is free, told in the log
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };
enum class LogFormat : std::uint8_t { Text, Json };
enum class VeleroMode : std::uint8_t {
  Auto,  ///< the kinds of Velero and OADP are watched where their CRDs are served
  Off,   ///< they are not watched
};

/// What `run` can be told. Plain data: the members' initial values are the defaults. docs/config.md is the
/// same for users, and a test compares the two. Every value that comes out of parse_config() or
/// override_config() is within the ranges said here.
struct Config {
  std::string cluster;               ///< name of the cluster in rows and metrics; empty: the kubeconfig's
  std::filesystem::path kubeconfig;  ///< empty: found as kubectl does (kube::find_cluster_config)
  std::string context;               ///< of the kubeconfig; empty: its current-context

  struct Ledger {
    std::filesystem::path path = "./snaptrail.db";  ///< never empty
    std::chrono::hours retention{24 * 180};         ///< 0: rows are kept for ever; at most 100 years
    std::chrono::milliseconds commit_delay{5};      ///< wait for company before a commit; 0 (none) to 10 s
    std::size_t max_queued_rows = 1'000'000;        ///< held in memory while the disk fails; 1,000 to 100,000,000
    friend bool operator==(const Ledger&, const Ledger&) = default;
  } ledger;

  ListenAddress listen;

  struct Tls {
    std::filesystem::path cert_file;  ///< PEM, the leaf first; empty: plain HTTP. Both files are given, or none
    std::filesystem::path key_file;
    friend bool operator==(const Tls&, const Tls&) = default;
  } tls;

  struct Auth {
    bool enabled = false;     ///< bearer tokens are asked for, and judged by the API server
    bool open_health = true;  ///< /healthz and /readyz are answered without one
    friend bool operator==(const Auth&, const Auth&) = default;
  } auth;

  struct Log {
    LogLevel level = LogLevel::Info;
    LogFormat format = LogFormat::Text;
    friend bool operator==(const Log&, const Log&) = default;
  } log;

  struct ObjectMetrics {
    bool enabled = true;
    std::size_t max_objects = 5'000;      ///< beyond it no object has metrics of its own; 0: no limit
    std::vector<std::string> namespaces;  ///< only these; empty: all
    friend bool operator==(const ObjectMetrics&, const ObjectMetrics&) = default;
  } object_metrics;

  /// After how long a phase counts as stuck; each limit 1 s to 30 days.
  reconcilers::Thresholds diagnosis;

  struct Coverage {
    reconcilers::RpoTargets targets;  ///< each 1 min to 365 days, or none
    bool claim_metrics = true;        ///< whether claims have series of their own
    std::size_t max_claims = 5'000;   ///< beyond it none has; 0: no limit
    friend bool operator==(const Coverage&, const Coverage&) = default;
  } coverage;

  /// Which namespaces are followed, where at most one of the two is set; both empty: the whole cluster.
  struct Watch {
    std::vector<std::string> namespaces;
    std::string selector;                                    ///< on the labels of Namespaces, as kubectl's -l
    std::chrono::milliseconds audit{std::chrono::hours{6}};  ///< between comparisons with a consistent list; 0: none
    friend bool operator==(const Watch&, const Watch&) = default;
  } watch;

  struct Events {
    bool enabled = false;  ///< findings that begin become Kubernetes Events
    friend bool operator==(const Events&, const Events&) = default;
  } events;

  VeleroMode velero = VeleroMode::Auto;
  std::string velero_namespace = "velero";  ///< where Velero runs; read only where not the whole cluster is followed
  std::chrono::milliseconds retry_absent{30'000};      ///< between looks for a missing CRD or right; 1 s to 1 h
  std::chrono::milliseconds shutdown_timeout{25'000};  ///< from SIGTERM to exit at the latest; 1 s to 10 min

  friend bool operator==(const Config&, const Config&) = default;
};

/// A configuration that can't be used. `what()` is one line for a person: `FILE:LINE:COLUMN: what is wrong;
/// what to do`.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(const std::string& message, int line, int column)
      : std::runtime_error(message), line_(line), column_(column) {}
  /// From 1; 0 where no place in a file is to blame (a file that can't be read, a flag).
  int line() const { return line_; }
  int column() const { return column_; }

 private:
  int line_;
  int column_;
};

/// A flag of the command line: its value for one key, in the key's own notation; lists are separated by
/// commas.
struct Override {
  std::string key;  ///< as in docs/config.md: "ledger.path"
  std::string value;
  std::string origin;  ///< who says so, for messages: "--ledger"
};

/// Reads a configuration from YAML (one document; none, or an empty one, is all defaults; a null value is the
/// default). `name` stands for the text in messages. An unknown or doubled key, a wrong type, a value out of
/// range: ConfigError.
Config parse_config(const std::string& text, std::string_view name);

/// parse_config() of a file of at most 1 MiB. Blocking.
Config load_config(const std::filesystem::path& path);

/// Puts `overrides` over what the file said, later ones winning. Throws ConfigError; std::logic_error for a
/// key that does not exist, since flags name theirs in the source.
void override_config(Config& config, const std::vector<Override>& overrides);

/// What no key can say by itself: a certificate without its key. Throws ConfigError.
void check_config(const Config& config);

/// The whole configuration, one `key: value` per line, as a start-up log shows it. It holds no secrets.
std::string describe(const Config& config);

}  // namespace snaptrail::controller
