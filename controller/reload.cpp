#include "controller/reload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <utility>

#include "kube/files.hpp"
#include "objects/instant.hpp"
#include "objects/utf8.hpp"
#include "serving/listen_address.hpp"

namespace snaptrail::controller {

Reload::Reload(boost::asio::any_io_executor executor, const Log& log, std::chrono::milliseconds interval)
    : log_(log), signals_(executor), files_(std::in_place, executor, interval) {}

void Reload::follow_config(const std::filesystem::path& file, std::vector<Override> overrides, Config running,
                           Hooks hooks) {
  config_file_ = objects::to_printable(file.string());
  config_.emplace(config_file_, std::move(overrides), std::move(running));
  hooks_ = std::move(hooks);
  files_->add({file}, "configuration", [this](const FileWatch::Contents& contents) { config_read(contents); });
  follows_ = true;
}

void Reload::follow_certificate(const std::filesystem::path& cert, const std::filesystem::path& key,
                                std::shared_ptr<serving::TlsKeys> keys) {
  cert_file_ = objects::to_printable(cert.string());
  keys_ = std::move(keys);
  files_->add({cert, key}, "server's certificate or key",
              [this](const FileWatch::Contents& contents) { certificate_read(contents); });
  follows_ = true;
}

void Reload::start() {
  if (!follows_) return;
  signals_.add(SIGHUP);
  wait_for_signal();
  files_->start();
}

void Reload::stop() {
  signals_.cancel();
  files_.reset();
}

void Reload::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& aborted, int) {
    if (aborted || !files_) return;
    log_.info("SIGHUP: looking at the configuration's and the certificate's files");
    asked_ = true;
    files_->look_now();
    wait_for_signal();
  });
}

void Reload::config_read(const FileWatch::Contents& contents) {
  ConfigReload::Verdict verdict;
  if (contents.at(0)) {
    verdict = config_->offer(*contents.at(0));
  } else {
    verdict.error = contents.at(0).error().message;
  }
  const bool was_asked = keys_ ? asked_ : std::exchange(asked_, false);
  const bool fine = verdict.change.has_value();
  const bool was_fine = std::exchange(config_fine_, fine);
  if (!fine) {
    log_.error(fmt::format("the configuration can't be used, the one before stays: {}", verdict.error));
    return hooks_.outcome(false);
  }
  const auto& [config, taken, needs_restart] = *verdict.change;
  const bool is_news = !taken.empty() || !needs_restart.empty();
  if (!taken.empty()) {
    hooks_.apply(config);
    log_.info(fmt::format("the configuration has changed file={} [{}]", config_file_, fmt::join(taken, "; ")));
  }
  if (!needs_restart.empty()) {
    log_.warn(fmt::format("the configuration has changed in what takes a restart, and runs on as it was: {}",
                          fmt::join(needs_restart, ", ")));
  }
  if (!is_news && (was_asked || !was_fine)) {
    log_.info(fmt::format("the configuration is the one that runs file={}", config_file_));
  }
  if (is_news || was_asked || !was_fine) hooks_.outcome(true);
}

void Reload::certificate_read(const FileWatch::Contents& contents) {
  const bool was_asked = std::exchange(asked_, false);
  std::string why;
  for (const auto& file : contents) {
    if (!file && why.empty()) why = file.error().message;
  }
  auto offered = serving::TlsKeys::Offered::Refused;
  if (why.empty()) {
    offered = keys_->offer(*contents.at(0), *contents.at(1), why);
  } else {
    keys_->missed();
  }
  const std::string until = objects::format_rfc3339(keys_->stats().not_after);
  switch (offered) {
    case serving::TlsKeys::Offered::Same:
      if (was_asked) log_.info(fmt::format("the certificate is the one in use file={} until={}", cert_file_, until));
      break;
    case serving::TlsKeys::Offered::Taken:
      log_.info(fmt::format("the certificate has changed file={} until={}", cert_file_, until));
      break;
    case serving::TlsKeys::Offered::Refused:
      log_.error(fmt::format("the new certificate can't be used, the one before stays until={}: {}", until, why));
      break;
  }
}

std::shared_ptr<serving::TlsKeys> load_tls_keys(const Config::Tls& files) {
  const auto read = [](const std::filesystem::path& file, std::string_view what) {
    auto text = kube::read_file(file, what, FileWatch::kMaxBytes);
    if (text) return std::move(*text);
    throw serving::ServeError(serving::ServeErrc::bad_certificate, text.error().message);
  };
  return std::make_shared<serving::TlsKeys>(read(files.cert_file, "server's certificate (tls.certFile)"),
                                            read(files.key_file, "server's key (tls.keyFile)"));
}

}  // namespace snaptrail::controller
