#include "run.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "client.hpp"
#include "controller/follower.hpp"
#include "controller/pipeline.hpp"
#include "faults.hpp"
#include "oracle.hpp"

namespace snaptrail::simulation {
namespace {

using controller::Pipeline;
using informers::Target;

constexpr std::int64_t kPeace = 3'600'000;  // within this time all must be settled once faults have ended
/// After a failure a call waits 0.8 s at least, and twice as long after the next: far fewer requests than this.
constexpr std::size_t kMostRequestsAMinute = 60;

/// A cluster, and the daemon's pure parts on top of it.
class Run {
 public:
  explicit Run(const Plan& plan)
      : plan_(plan),
        world_(plan.seed),
        faults_(world_, plan.seed * 31 + 7, plan.allowed),
        oracle_(world_),
        chance_(plan.seed * 17 + 3) {
    world_.tells = plan.tells;
    boot();
  }

  Outcome outcome() {
    for (int step = 0; step < plan_.steps && oracle_.violations().empty(); ++step) {
      disturb();
      advance();
      oracle_.commit(chance_.percent(30) ? 3 : 0);
    }
    make_peace();
    Outcome outcome;
    outcome.violations = oracle_.violations();
    outcome.trace = oracle_.trace;
    outcome.faults = world_.seen;
    outcome.rows = oracle_.rows;
    outcome.gaps = oracle_.gaps;
    outcome.virtual_ms = world_.now;
    return outcome;
  }

 private:
  void boot() {
    controller::PipelineOptions options;
    options.cluster = "simulated";
    options.epoch = oracle_.epoch();
    options.targets = targets_;
    options.rows_of_first_list = true;
    options.first_start = oracle_.positions().empty();
    for (const auto& [name, position] : oracle_.positions()) options.followed_before.insert(name);
    clients_.clear();
    pipeline_ = std::make_unique<Pipeline>(std::move(options), oracle_);
    for (const auto& [uid, record] : oracle_.records()) {
      if (record.state != objects::State::Deleted) pipeline_->restore(record);
    }
    std::vector<ledger::Position> recorded;
    for (const auto& [name, position] : oracle_.positions()) recorded.push_back(position);
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      clients_.push_back(std::make_unique<Client>(world_, faults_, i, targets_[i], *pipeline_,
                                                  controller::resume_point(targets_[i], *pipeline_, recorded),
                                                  chance_.next()));
    }
  }

  /// To the next moment at which anything happens.
  void advance() {
    auto next = std::ranges::min_element(clients_, {}, [](const auto& client) { return client->due(); });
    const std::int64_t write_at = world_.now + 1 + chance_.below(4'000);
    if (faults_.on && write_at < (*next)->due()) {
      world_.now = write_at;
      write();
      return;
    }
    world_.now = std::max(world_.now, (*next)->due());
    (*next)->act();
    for (const auto& client : clients_) {
      if (client->busiest_minute() > kMostRequestsAMinute) oracle_.violated("more than 60 requests in a minute");
    }
  }

  void write() {
    world_.write();
    world_.visible[0] = world_.revision;
    if (!lagging_) world_.visible[1] = world_.revision;
    if (lagging_ && chance_.percent(10)) world_.visible[1] += (world_.revision - world_.visible[1]) / 2;
    if (world_.writes_left >= 0 && oracle_.all_noticed()) world_.writes_left = -1;
  }

  void disturb() {
    const auto fault = faults_.of_cluster();
    if (!fault) return;
    Resource& resource = world_.resources[static_cast<std::size_t>(chance_.below(2))];
    const auto index = static_cast<std::size_t>(&resource - world_.resources.data());
    bool happened = true;
    switch (*fault) {
      case Fault::Restart: cut_all(chance_.percent(30)); break;
      case Fault::Compaction: world_.oldest = world_.revision; break;
      case Fault::Rewind: happened = rewind(); break;
      case Fault::Lag: lagging_ = !lagging_; break;
      case Fault::CrdChanged:
        world_.change_crd(index, world_.now + 1'000);
        clients_[index]->flush();
        break;
      case Fault::CrdDeleted:
        happened = world_.writes_left < 0;
        if (!happened) break;
        world_.delete_crd(index, world_.now + 40'000);
        if (chance_.percent(50)) clients_[index]->cut(false);
        clients_[index]->flush();
        break;
      case Fault::ClockJump: world_.wall_offset += chance_.percent(50) ? 3'600'000 : -3'600'000; break;
      case Fault::Crash:
        happened = oracle_.all_noticed();
        if (!happened) break;
        oracle_.commit(static_cast<std::size_t>(chance_.below(4)));
        oracle_.crash();
        boot();
        break;
      case Fault::StreamsOff: world_.streams_lists = !world_.streams_lists; break;
      case Fault::Forbidden: resource.forbidden_until = world_.now + 20'000; break;
      case Fault::Coalesced:  // many versions at once: what a list shows is the last of them
        for (int i = 0; i < 12; ++i) write();
        break;
      default: happened = false;
    }
    if (happened) faults_.note(*fault);
  }

  void cut_all(bool cleanly) {
    for (const auto& client : clients_) client->cut(cleanly);
  }

  /// Back by a few versions, at most as far as somebody must notice.
  bool rewind() {
    if (!oracle_.all_noticed() || world_.writes_left >= 0) return false;
    const std::int64_t to = world_.revision - 6 - chance_.below(20);
    if (to < 101) return false;
    // What a list brought that broke off before the process was killed: its versions are nowhere to be compared with.
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      const std::int64_t told = std::strtoll(clients_[i]->fsm().newest_witnessed().c_str(), nullptr, 10);
      if (told < oracle_.seen(i)) return false;
      oracle_.told(i, told);  // the pipeline may hold it back still
    }
    world_.rewind(to);
    world_.oldest = std::min(world_.oldest, to);
    oracle_.rewound(to);
    // What would overtake the readers' versions before they ask again could be told by nobody.
    std::int64_t lowest = to + 4;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (oracle_.seen(i) > to) lowest = std::min(lowest, oracle_.seen(i));
    }
    world_.writes_left = oracle_.all_noticed() ? -1 : std::max<std::int64_t>(0, lowest - to - 1);
    cut_all(false);
    return true;
  }

  void make_peace() {
    faults_.on = false;
    lagging_ = false;
    const std::int64_t until = world_.now + kPeace;
    bool settled = false;
    while (!settled && world_.now < until && oracle_.violations().empty()) {
      world_.catch_up();
      advance();
      oracle_.commit();
      settled = is_settled();
    }
    if (!settled && oracle_.violations().empty())
      oracle_.violated("the stores never equal the cluster once faults have ended");
  }

  bool is_settled() const {
    for (const auto& client : clients_) {
      if (!client->is_watching()) return false;
    }
    const auto& stores = pipeline_->stores();
    return pipeline_->gate().is_open() && oracle_.all_noticed() && same(stores.volumes, 0) && same(stores.claims, 1);
  }

  template <class T>
  bool same(const informers::Store<T>& store, std::size_t resource) const {
    const auto& live = world_.resources[resource].live;
    bool equal = store.size() == live.size();
    store.for_each([&](const T& object) {
      const auto found = live.find(object.meta.name);
      equal = equal && found != live.end() && found->second.uid == object.meta.uid.str() &&
              std::to_string(found->second.number) == object.meta.resource_version;
    });
    return equal;
  }

  const Plan plan_;
  World world_;
  Faults faults_;
  Oracle oracle_;
  Chance chance_;
  const std::vector<Target> targets_{{objects::Kind::PersistentVolume, "", "persistentvolumes"},
                                     {objects::Kind::PersistentVolumeClaim, "", "persistentvolumeclaims"}};
  std::unique_ptr<Pipeline> pipeline_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool lagging_ = false;
};

bool fails(const Plan& plan) { return !run(plan).violations.empty(); }

}  // namespace

Outcome run(const Plan& plan) { return Run(plan).outcome(); }

Plan shrink(Plan plan) {
  for (int half = plan.steps / 2; half > 0; half /= 2) {
    Plan shorter = plan;
    shorter.steps = plan.steps - half;
    while (shorter.steps > 0 && fails(shorter)) {
      plan = shorter;
      shorter.steps -= half;
    }
  }
  for (std::size_t kind = 0; kind < kFaults; ++kind) {
    Plan simpler = plan;
    simpler.allowed.reset(kind);
    if (plan.allowed.test(kind) && fails(simpler)) plan = simpler;
  }
  return plan;
}

std::string to_string(const Plan& plan) {
  std::string text = "--seed " + std::to_string(plan.seed) + " --steps " + std::to_string(plan.steps) + " --faults ";
  std::string names;
  for (std::size_t kind = 0; kind < kFaults; ++kind) {
    if (!plan.allowed.test(kind)) continue;
    text += (text.back() == ' ' ? "" : ",") + std::to_string(kind);
    names += (names.empty() ? "" : ", ") + std::string(to_string(static_cast<Fault>(kind)));
  }
  return text + (names.empty() ? " (none)" : " (" + names + ")");
}

}  // namespace snaptrail::simulation
