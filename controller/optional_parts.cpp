#include "controller/optional_parts.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <string>
#include <utility>

#include "controller/reload.hpp"

namespace snaptrail::controller {
namespace {

/// In a pod the pod's name.
std::string own_name() {
  boost::system::error_code ec;
  std::string name = boost::asio::ip::host_name(ec);
  return ec || name.empty() ? "snaptrail" : name;
}

}  // namespace

OptionalParts::OptionalParts(boost::asio::any_io_executor executor, const Log& log, const Config& config,
                             std::shared_ptr<const kube::ClusterConfig> cluster) {
  if (!config.tls.cert_file.empty()) tls_ = load_tls_keys(config.tls);
  if (!cluster) return;
  if (config.auth.enabled) {
    if (!tls_) log.warn("auth is on without TLS: the tokens of those who ask can be read on their way (tls.certFile)");
    reviewer_ = std::make_unique<TokenReviewer>(executor, cluster, log);
    serving::AuthOptions options;
    options.open_health = config.auth.open_health;
    authenticator_ = std::make_shared<serving::Authenticator>(*reviewer_, std::move(options));
  }
  if (config.events.enabled) events_ = std::make_unique<EventWriter>(executor, cluster, log, own_name());
}

void OptionalParts::add_to(serving::HttpOptions& options) const {
  options.tls = tls_;
  if (!authenticator_) return;
  options.guard = [authenticator = authenticator_](const serving::Request& request,
                                                   serving::Authenticator::Decide decide) {
    authenticator->check(request, std::move(decide));
  };
}

void OptionalParts::recorded(const objects::Row& row) {
  if (events_) events_->recorded(row);
}

void OptionalParts::stop_events() {
  if (events_) events_->stop();
}

serving::OptionStats OptionalParts::stats() const {
  serving::OptionStats stats;
  if (tls_) stats.tls = tls_->stats();
  if (authenticator_) stats.auth = authenticator_->stats();
  if (events_) stats.events = events_->stats();
  return stats;
}

}  // namespace snaptrail::controller
