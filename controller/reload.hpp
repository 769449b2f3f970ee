#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/config_reload.hpp"
#include "controller/file_watch.hpp"
#include "controller/logging.hpp"
#include "serving/tls_keys.hpp"

namespace snaptrail::controller {

/// Follows the files that the daemon was started with: the configuration, and the server's certificate. SIGHUP makes it look at
/// once, and say what it finds. One strand, the executor's.
class Reload {
 public:
  struct Hooks {
    std::function<void(const Config&)> apply;      ///< what can be taken over has changed
    std::function<void(bool successful)> outcome;  ///< of each version of the configuration
  };

  /// `log` must outlive it.
  Reload(boost::asio::any_io_executor executor, const Log& log,
         std::chrono::milliseconds interval = FileWatch::kInterval);

  /// Before start(). `running`: what the file and the flags said at the start.
  void follow_config(const std::filesystem::path& file, std::vector<Override> overrides, Config running, Hooks hooks);
  void follow_certificate(const std::filesystem::path& cert, const std::filesystem::path& key,
                          std::shared_ptr<serving::TlsKeys> keys);
  /// Begins, if there is anything to follow; SIGHUP ends the process otherwise, as by default.
  void start();
  /// Ends the looking; files that a disk holds up are waited for.
  void stop();

 private:
  void wait_for_signal();
  void config_read(const FileWatch::Contents& contents);
  void certificate_read(const FileWatch::Contents& contents);

  const Log& log_;
  boost::asio::signal_set signals_;
  std::optional<FileWatch> files_;
  bool follows_ = false;
  std::optional<ConfigReload> config_;
  std::string config_file_;
  Hooks hooks_;
  bool config_fine_ = true;
  std::shared_ptr<serving::TlsKeys> keys_;
  std::string cert_file_;
  bool asked_ = false;  ///< by SIGHUP: what is found is said, also that nothing has changed
};

/// The server's keys from their files, at the start. Throws serving::ServeError.
std::shared_ptr<serving::TlsKeys> load_tls_keys(const Config::Tls& files);

}  // namespace snaptrail::controller
