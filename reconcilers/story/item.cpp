#include "reconcilers/story/item.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace snaptrail::reconcilers {
namespace {

using objects::Kind;
using objects::Row;
using objects::RowType;
using objects::State;

/// What a state of a kind is a stretch of; a name that is empty: of none.
struct Stretch {
  std::string_view name;
  Spent where = Spent::Driver;
};

Stretch of_content(State state, bool cut) {
  switch (state) {
    case State::Pending: return {"create", Spent::Sidecar};
    case State::Creating: return {"create", Spent::Driver};
    case State::Uploading: return {"upload", Spent::Driver};
    case State::Error: return {cut ? "upload" : "create", Spent::Backoff};
    case State::Deleting: return {"delete", Spent::Driver};
    default: return {};
  }
}

Stretch of_claim(State state) {
  switch (state) {
    case State::WaitingForSnapshot: return {"wait", Spent::Source};
    case State::WaitingForConsumer: return {"wait", Spent::Consumer};
    case State::Requested: return {"provision", Spent::Sidecar};
    case State::Provisioning: return {"provision", Spent::Driver};
    case State::Error: return {"provision", Spent::Backoff};
    default: return {};
  }
}

/// The stretches of one object, one after the other.
class Way {
 public:
  explicit Way(std::vector<StoryPhase>& phases) : phases_(phases) {}

  void go(Stretch stretch, objects::Instant at, bool late) {
    stop(at, late);
    if (stretch.name.empty()) return;
    open_ = phases_.size();
    phases_.push_back({stretch.name, stretch.where, at, {}, !late});
  }
  void stop(objects::Instant at, bool late) {
    if (!open_) return;
    StoryPhase& phase = phases_.at(*open_);
    phase.to = std::max(at, phase.from);
    if (late) phase.exact = false;
    open_.reset();
  }

 private:
  std::vector<StoryPhase>& phases_;
  std::optional<std::size_t> open_;
};

/// Reads the rows of one chain in their order.
class Reader {
 public:
  explicit Reader(bool restore)
      : restore_(restore), snapshot_(item_.phases), content_(item_.phases), claim_(item_.phases) {}

  void read(const Row& row) {
    if (row.type == RowType::Finding || row.type == RowType::Gap) return;  // said about it, not by it
    if (!row.driver.empty()) item_.driver = row.driver;
    if (!row.snapshot_handle.empty()) item_.handle = row.snapshot_handle;
    if (row.outcome) item_.outcome = row.outcome;
    if (!row.message.empty()) item_.error = row.message;
    if (row.type != RowType::Transition || !row.to) return;
    switch (*row.kind) {
      case Kind::VolumeSnapshot: return read_snapshot(row);
      case Kind::VolumeSnapshotContent: return read_content(row);
      case Kind::PersistentVolumeClaim: return read_claim(row);
      case Kind::PersistentVolume: return read_volume(row);
      default: return;
    }
  }

  std::optional<StoryItem> take() {
    if (!seen_snapshot_ && !seen_claim_) return std::nullopt;
    if (item_.end == StoryEnd::Ready || item_.end == StoryEnd::Bound) item_.error.clear();
    std::ranges::stable_sort(item_.phases, {}, &StoryPhase::from);
    return std::move(item_);
  }

 private:
  void name_after(const Row& row) {
    item_.kind = *row.kind;
    item_.ns = row.ns, item_.name = row.name, item_.uid = row.uid;
    if (item_.chain.empty()) item_.chain = row.chain;
  }
  void begin(const Row& row) {
    if (begun_) return;
    begun_ = true;
    item_.began = row.at;
  }
  void end(StoryEnd how, const Row& row) {
    if (item_.end != StoryEnd::Open) return;
    item_.end = how;
    item_.ended = row.at;
  }

  void read_snapshot(const Row& row) {
    begin(row);
    if (!seen_claim_) name_after(row);
    if (!std::exchange(seen_snapshot_, true) && !seen_content_) {
      snapshot_.go({restore_ ? "import" : "bind", Spent::Controller}, row.at, row.late);
    }
    if (*row.to == State::Ready) {
      snapshot_.stop(row.at, row.late);
      if (!restore_) end(StoryEnd::Ready, row);
    } else if (*row.to == State::Deleting || *row.to == State::Deleted) {
      snapshot_.stop(row.at, row.late);
      if (!restore_) end(StoryEnd::Failed, row);
    }
  }

  void read_content(const Row& row) {
    begin(row);
    const bool first = !std::exchange(seen_content_, true);
    if (restore_) return;  // an imported content is ready as soon as it is looked at: it belongs to `import`
    if (first) snapshot_.stop(row.at, row.late);
    content_.go(of_content(*row.to, !row.snapshot_handle.empty()), row.at, row.late);
    if (*row.to == State::Ready && item_.end == StoryEnd::Open) {
      snapshot_.go({"mirror", Spent::Controller}, row.at, row.late);
    }
  }

  void read_claim(const Row& row) {
    begin(row);
    name_after(row);
    seen_claim_ = true;
    if (!seen_volume_) claim_.go(of_claim(*row.to), row.at, row.late);
    if (*row.to == State::Bound) {
      claim_.stop(row.at, row.late);
      end(StoryEnd::Bound, row);
    } else if (*row.to == State::Deleting || *row.to == State::Deleted) {
      claim_.stop(row.at, row.late);
      end(StoryEnd::Failed, row);
    }
  }

  void read_volume(const Row& row) {
    if (std::exchange(seen_volume_, true) || item_.end != StoryEnd::Open) return;
    claim_.go({"bind", Spent::Controller}, row.at, row.late);
  }

  const bool restore_;
  StoryItem item_;
  Way snapshot_, content_, claim_;
  bool begun_ = false, seen_snapshot_ = false, seen_content_ = false, seen_claim_ = false, seen_volume_ = false;
};

}  // namespace

std::optional<StoryItem> story_item(bool restore, std::span<const Row* const> rows) {
  Reader reader(restore);
  for (const Row* row : rows) reader.read(*row);
  return reader.take();
}

}  // namespace snaptrail::reconcilers
