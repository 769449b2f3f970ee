#include "controller/follower.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <string_view>
#include <utility>

namespace snaptrail::controller {

namespace asio = boost::asio;
using informers::Target;

namespace {

const ledger::Position* recorded_at(const std::vector<ledger::Position>& recorded, std::string_view stream) {
  const auto found = std::ranges::find(recorded, stream, &ledger::Position::target);
  return found == recorded.end() ? nullptr : &*found;
}

}  // namespace

std::optional<informers::Position> resume_point(const Target& stream, const Pipeline& pipeline,
                                                const std::vector<ledger::Position>& recorded) {
  const ledger::Position* point = pipeline.position(stream);
  if (!point) {
    point = recorded_at(recorded, informers::stream_name(stream));
    const ledger::Position* whole = recorded_at(recorded, stream.name);
    if (!point || (whole && whole->at > point->at)) point = whole;
  }
  if (!point) return pipeline.restored_records() ? std::optional(informers::Position{}) : std::nullopt;
  return informers::Position{point->resource_version, point->at};
}

Follower::Follower(const boost::asio::any_io_executor& executor, std::shared_ptr<const kube::ClusterConfig> config,
                   Pipeline& pipeline, std::vector<Target> resources, std::vector<ledger::Position> recorded,
                   std::uint64_t seed, informers::ReflectorOptions options, std::chrono::milliseconds audit_period)
    : pipeline_(pipeline), resources_(std::move(resources)), recorded_(std::move(recorded)), log_(options.log) {
  if (audit_period.count() > 0) {
    informers::AuditorOptions audits;
    audits.period = audit_period;
    audits.clock = [clock = options.clock] { return clock().wall; };
    informers::AuditSubject& stores = *this;
    auditor_ = std::make_unique<informers::Auditor>(executor, config, stores, seed, std::move(audits));
  }
  set_ = std::make_unique<informers::InformerSet>(executor, std::move(config), std::vector<informers::Followed>{},
                                                  pipeline, seed, std::move(options));
  for (const Target& resource : resources_) {
    // Before it is known which namespaces match, a list of what refers to them would be in vain.
    if (!pipeline_.scope().is_known() && spread_of(resource) == Spread::Referring) continue;
    for (const Target& stream : pipeline_.scope().streams(resource)) follow(stream);
  }
}

asio::awaitable<void> Follower::run() {
  if (!auditor_) co_return co_await set_->run();
  // Whichever ends first, stopped or thrown out, ends the other one, and both are over before this is.
  const auto executor = co_await asio::this_coro::executor;
  const auto [order, followed, audited] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, set_->run(), asio::deferred),
                                                       asio::co_spawn(executor, auditor_->run(), asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (followed) std::rethrow_exception(followed);
  if (audited) std::rethrow_exception(audited);
}

std::map<std::string, informers::StreamTraffic> Follower::traffic() const {
  std::map<std::string, informers::StreamTraffic> traffic = set_->traffic();
  for (const auto& [resource, audits] : audits_) traffic[resource].audits = audits;
  return traffic;
}

void Follower::follow(const Target& stream, std::optional<informers::Distrust> distrust) {
  set_->add({stream, resume_point(stream, pipeline_, recorded_), std::move(distrust)});
}

void Follower::scope_changed(const Scope::Change& change) {
  for (const Target& resource : resources_) {
    const Spread spread = spread_of(resource);
    if (spread == Spread::Referring && change.first) {
      follow(resource);
    } else if (spread == Spread::Referring && !change.added.empty()) {
      set_->remove(resource, [this, resource] { follow(resource); });
    }
    if (spread != Spread::Namespaced) continue;
    Target stream = resource;
    for (const std::string& ns : change.removed) {
      stream.ns = ns;
      set_->remove(stream);
    }
    for (const std::string& ns : change.added) {
      stream.ns = ns;
      follow(stream);
    }
  }
}

}  // namespace snaptrail::controller
