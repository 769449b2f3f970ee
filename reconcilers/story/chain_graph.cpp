#include "reconcilers/story/chain_graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "reconcilers/story/chain_steps.hpp"
#include "reconcilers/story/object_history.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Kind;
using objects::State;
using Objects = std::map<objects::Uid, ObjectThen>;

constexpr const char* kHandleId = "handle";

/// The objects of one chain by their part in it; null where there is none.
struct Members {
  const ObjectThen* snapshot = nullptr;
  const ObjectThen* content = nullptr;
  std::vector<const ObjectThen*> claims;
  bool is_restore(const std::string& id) const {
    return snapshot ? snapshot->uid.str() != id : !claims.empty() || (content && content->volume.empty());
  }
};

/// When something was there first, for the order.
objects::Instant began(const Members& members) {
  objects::Instant first = objects::Instant::max();
  const auto look = [&first](const ObjectThen* object) {
    if (object == nullptr) return;
    const auto seen = object->first_seen ? object->first_seen : object->appeared;
    if (seen) first = std::min(first, *seen);
  };
  look(members.snapshot);
  look(members.content);
  for (const auto* claim : members.claims) look(claim);
  return first;
}

std::map<std::string, Members> members_of(const Objects& objects) {
  std::map<std::string, Members> chains;
  for (const auto& [uid, object] : objects) {
    if (object.chain.empty()) continue;
    Members& members = chains[object.chain];
    if (object.kind == Kind::VolumeSnapshot) members.snapshot = &object;
    if (object.kind == Kind::VolumeSnapshotContent) members.content = &object;
    if (object.kind == Kind::PersistentVolumeClaim) members.claims.push_back(&object);
  }
  std::erase_if(chains, [](const auto& entry) {
    return entry.second.snapshot == nullptr && entry.second.content == nullptr && entry.second.claims.empty();
  });
  return chains;
}

bool is_there(const std::optional<State>& state) { return state.has_value(); }

class Builder {
 public:
  explicit Builder(const Objects& objects) : objects_(objects) {}

  /// The chain that cut the snapshot.
  void backup(const std::string& id, const Members& members) {
    const auto snapshot = node(id, "snapshot", "VolumeSnapshot", members.snapshot);
    const auto content = node(id, "content", "VolumeSnapshotContent", members.content);
    edge(snapshot, content, "2.2", members.content);
    handle(members.content, members.snapshot);
    edge(content, kHandleId, "2.3", handle_known_, handle_at_);
    const ObjectThen* claim = nullptr;
    for (const auto* from : {members.snapshot, members.content}) {
      if (claim == nullptr && from != nullptr) claim = find(from->claim);
    }
    const auto source = node(id, "claim", "PersistentVolumeClaim", claim);
    edge(snapshot, source, "2.1", members.snapshot);
    const ObjectThen* volume = claim != nullptr ? volume_of(claim->uid) : nullptr;
    std::string volume_handle = volume != nullptr ? volume->volume : std::string();
    for (const auto* from : {members.content, members.snapshot, claim}) {
      if (volume_handle.empty() && from != nullptr) volume_handle = from->volume;
    }
    volumes(id, source, claim, volume, volume_handle, {"2.1", "2.1"});
    finish(id, false, members, claim, volume);
  }

  /// A chain that restores from it: content and snapshot made anew, or a claim alone that names the snapshot that is there.
  void restore(const std::string& id, const Members& members, const std::string& source_snapshot) {
    handle(members.content, members.snapshot);
    std::string snapshot = source_snapshot;
    if (members.content != nullptr || members.snapshot != nullptr) {
      const auto content = node(id, "content", "VolumeSnapshotContent", members.content);
      edge(kHandleId, content, "4.1", members.content);
      snapshot = node(id, "snapshot", "VolumeSnapshot", members.snapshot);
      edge(content, snapshot, "4.1", members.snapshot);
    }
    std::vector<const ObjectThen*> claims = members.claims;
    if (claims.empty()) claims.push_back(nullptr);
    for (const auto* claim : claims) {
      if (claim != nullptr) handle(claim, nullptr);
      const auto restored = node(id, "claim", "PersistentVolumeClaim", claim);
      edge(snapshot.empty() ? kHandleId : snapshot, restored, "4.2", claim);
      const ObjectThen* volume = claim != nullptr ? volume_of(claim->uid) : nullptr;
      std::string volume_handle = volume != nullptr ? volume->volume : std::string();
      if (volume_handle.empty() && claim != nullptr) volume_handle = claim->volume;
      volumes(id, restored, claim, volume, volume_handle, {"4.3", "4.4"});
    }
    const ObjectThen* first = claims.front();
    finish(id, true, members, first, first != nullptr ? volume_of(first->uid) : nullptr);
  }

  ChainGraph take() {
    GraphNode node;
    node.id = kHandleId;
    node.kind = "SnapshotHandle";
    node.role = "handle";
    node.name = handle_known_ ? graph_.handle : std::string();
    node.first_seen = handle_at_;
    node.outcome = outcome_;
    graph_.nodes.push_back(std::move(node));
    return std::move(graph_);
  }

 private:
  const ObjectThen* find(const objects::Uid& uid) const {
    const auto found = objects_.find(uid);
    return found == objects_.end() ? nullptr : &found->second;
  }

  const ObjectThen* volume_of(const objects::Uid& claim) const {
    const auto is_its = [&claim](const auto& entry) {
      return entry.second.kind == Kind::PersistentVolume && entry.second.claim == claim;
    };
    const auto found = std::ranges::find_if(objects_, is_its);
    return found == objects_.end() ? nullptr : &found->second;
  }

  /// Of an object that nobody has seen there is a node without a state: a place that may be filled.
  std::string node(const std::string& chain, std::string_view role, std::string_view kind, const ObjectThen* object) {
    GraphNode node;
    node.kind = kind;
    node.role = role;
    node.chain = chain;
    node.id = object != nullptr ? object->uid.str() : std::string(role) + ":" + chain;
    if (object != nullptr) {
      node.ns = object->ns;
      node.name = object->name;
      node.state = object->state;
      node.ready = is_there(object->state) ? object->ready : std::nullopt;
      node.since = object->since;
      node.first_seen = object->first_seen ? object->first_seen : object->appeared;
      node.outcome = object->outcome;
      node.error = object->error;
    }
    std::string id = node.id;
    graph_.nodes.push_back(std::move(node));
    return id;
  }

  void edge(const std::string& from, const std::string& to, std::string_view step, bool lit, objects::MaybeInstant at) {
    graph_.edges.push_back({from, to, std::string(step), lit, at});
  }
  void edge(const std::string& from, const std::string& to, std::string_view step, const ObjectThen* target) {
    edge(from, to, step, target != nullptr && is_there(target->state),
         target != nullptr ? target->appeared : objects::MaybeInstant());
  }

  void volumes(const std::string& chain, const std::string& claim_node, const ObjectThen* claim,
               const ObjectThen* volume, const std::string& handle,
               std::pair<std::string_view, std::string_view> steps) {
    const auto persistent = node(chain, "persistentVolume", "PersistentVolume", volume);
    edge(claim_node, persistent, steps.first, volume);
    GraphNode backend;
    backend.id = "volume:" + (claim != nullptr ? claim->uid.str() : chain);
    backend.kind = "Volume";
    backend.role = "volume";
    backend.chain = chain;
    const bool known = !handle.empty() && (volume == nullptr || is_there(volume->state));
    if (known) backend.name = handle;
    const std::string id = backend.id;
    graph_.nodes.push_back(std::move(backend));
    edge(persistent, id, steps.second, known, volume != nullptr ? volume->volume_at : objects::MaybeInstant());
  }

  /// What tells of the handle, in the order of who knows best.
  void handle(const ObjectThen* first, const ObjectThen* second) {
    for (const auto* object : {first, second}) {
      if (object == nullptr) continue;
      if (graph_.driver.empty()) graph_.driver = object->driver;
      if (object->outcome) outcome_ = object->outcome;
      if (object->handle.empty()) continue;
      handle_known_ = true;
      graph_.handle = object->handle;
      if (!handle_at_) handle_at_ = object->handle_at;
    }
  }

  void finish(const std::string& id, bool restore, const Members& members, const ObjectThen* claim,
              const ObjectThen* volume) {
    GraphChain chain;
    chain.id = id;
    chain.restore = restore;
    for (const auto* object : {members.snapshot, members.content, claim}) {
      if (!chain.initiator && object != nullptr) chain.initiator = object->initiator;
    }
    const StepObjects objects{members.snapshot, members.content, claim, volume};
    chain.steps = restore ? restore_steps(objects) : backup_steps(objects);
    graph_.chains.push_back(std::move(chain));
  }

  const Objects& objects_;
  ChainGraph graph_;
  bool handle_known_ = false;
  objects::MaybeInstant handle_at_;
  std::optional<objects::Outcome> outcome_;
};

std::vector<objects::Row> standing_findings(std::span<const objects::Row> rows, objects::MaybeInstant at) {
  std::map<std::pair<objects::Uid, std::string>, objects::Row> newest;
  for (const auto& row : rows) {
    if (row.type == objects::RowType::Finding && row.finding && (!at || row.at <= *at)) {
      newest.insert_or_assign({row.uid, row.reason}, row);
    }
  }
  std::vector<objects::Row> standing;
  for (auto& [key, row] : newest) {
    if (row.finding->event != objects::FindingEvent::Ended) standing.push_back(std::move(row));
  }
  std::ranges::sort(standing, {}, &objects::Row::seq);
  return standing;
}

}  // namespace

ChainGraph chain_graph(std::span<const objects::Row> rows, std::span<const objects::ObjectRecord> records,
                       objects::MaybeInstant at) {
  const Objects objects = histories(rows, records, at);
  const auto chains = members_of(objects);
  std::vector<std::pair<std::string, Members>> order(chains.begin(), chains.end());
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return std::make_tuple(a.second.is_restore(a.first), began(a.second), a.first) <
           std::make_tuple(b.second.is_restore(b.first), began(b.second), b.first);
  });
  Builder builder(objects);
  std::string source_snapshot;
  for (const auto& [id, members] : order) {
    if (members.is_restore(id)) {
      builder.restore(id, members, source_snapshot);
      continue;
    }
    builder.backup(id, members);
    if (members.snapshot != nullptr) source_snapshot = members.snapshot->uid.str();
  }
  ChainGraph graph = builder.take();
  graph.findings = standing_findings(rows, at);
  if (!rows.empty()) {
    const auto by_time = [](const objects::Row& a, const objects::Row& b) { return a.at < b.at; };
    const auto [first, last] = std::ranges::minmax_element(rows, by_time);
    graph.from = first->at;
    graph.to = last->at;
  }
  return graph;
}

}  // namespace snaptrail::reconcilers
