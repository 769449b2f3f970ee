#include "oracle.hpp"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace snaptrail::simulation {
namespace {

std::int64_t version_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

std::string in_words(const objects::Row& row) {
  if (row.gap) {
    return "gap of " + row.gap->resource + " from " + row.gap->first_resource_version + " to " +
           row.gap->last_resource_version + ", " + std::string(objects::to_string(row.gap->cause));
  }
  return std::string(row.kind ? objects::to_string(*row.kind) : "-") + ' ' + row.name + " at " + row.resource_version +
         " -> " + (row.to ? std::string(objects::to_string(*row.to)) : "-") + (row.late ? ", late" : "");
}

}  // namespace

Oracle::Oracle(World& world) : world_(world), books_(world.resources.size()) {}

void Oracle::violated(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

void Oracle::mix(const std::string& text) {
  for (const char c : text) trace = (trace ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

std::size_t Oracle::resource_of(const std::string& plural) const {
  return plural == world_.resources[0].plural ? 0 : 1;
}

void Oracle::record(ledger::Batch batch) {
  for (const auto& row : batch.rows) {
    if (!row.kind) continue;
    Book& book = books_[row.kind == objects::Kind::PersistentVolume ? 0 : 1];
    book.seen = std::max(book.seen, version_of(row.resource_version));
  }
  for (const auto& position : batch.positions) {
    Book& book = books_[resource_of(position.target)];
    book.seen = std::max(book.seen, version_of(position.resource_version));
  }
  pending_.push_back({std::move(batch), world_.resources[0].branches.size() - 1});
}

void Oracle::commit(std::size_t keep) {
  while (pending_.size() > keep) {
    const Pending next = std::move(pending_.front());
    pending_.pop_front();
    if (next.batch.epoch) epoch_ = *next.batch.epoch;
    for (const auto& row : next.batch.rows) take(row, next.branch);
    for (const auto& record : next.batch.records) records_[record.uid.str()] = record;
    for (const auto& position : next.batch.positions) {
      positions_[position.target] = position;
      world_.tell("  position: ", position.target + ' ' + position.resource_version);
      check_until(resource_of(position.target), version_of(position.resource_version));
    }
    for (Book& book : books_) book.seen_committed = pending_.empty() ? book.seen : book.seen_committed;
  }
}

void Oracle::crash() {
  pending_.clear();
  for (Book& book : books_) {
    // What was seen and not committed is forgotten; the committed rows and positions are what a restart knows.
    std::int64_t known = 0;
    for (const auto& [uid, life] : book.lives) known = std::max(known, life.last);
    book.seen = std::max(known, book.checked);
    if (book.restored_to >= 0 && book.seen <= book.restored_to) {
      book.branch = world_.resources[0].branches.size() - 1;
      book.restored_to = -1;
    }
  }
}

void Oracle::rewound(std::int64_t number) {
  for (Book& book : books_) {
    if (book.seen <= number) {
      book.branch = world_.resources[0].branches.size() - 1;
    } else {
      book.restored_to = number;
    }
  }
}

bool Oracle::all_noticed() const {
  return std::all_of(books_.begin(), books_.end(), [](const Book& book) { return book.restored_to < 0; });
}

void Oracle::take(const objects::Row& row, std::size_t branch) {
  mix(objects::to_json(row));
  if (world_.tells) world_.tell("  committed: ", in_words(row));
  if (row.gap) return take_gap(*row.gap, branch);
  if (row.type != objects::RowType::Transition || !row.kind) return;
  ++rows;
  const std::size_t resource = row.kind == objects::Kind::PersistentVolume ? 0 : 1;
  take_transition(row, books_[resource], resource);
}

void Oracle::take_gap(const objects::Gap& gap, std::size_t branch) {
  ++gaps;
  Book& book = books_[resource_of(gap.resource)];
  const std::int64_t last = version_of(gap.last_resource_version);
  if (gap.until < gap.since) violated("a gap that ends before it begins");
  if (gap.cause == objects::GapCause::Rewound) {
    if (book.restored_to < 0 && branch == book.branch) violated("a gap says that history went back, and it did not");
    const bool begun = book.checked >= 0;  // else no position claims anything yet
    book = {};
    book.branch = branch;
    if (begun) book.checked = last;
    book.seen = last;
    return;
  }
  book.gaps.emplace_back(version_of(gap.first_resource_version), last);
}

void Oracle::take_transition(const objects::Row& row, Book& book, std::size_t resource) {
  const std::int64_t number = version_of(row.resource_version);
  const std::string uid = row.uid.str();
  const std::string what = world_.resources[resource].plural + " " + row.name + " (" + uid + ") at " +
                           row.resource_version + " -> " + (row.to ? std::string(objects::to_string(*row.to)) : "?");
  Life& life = book.lives[uid];
  const bool deleted = row.to == objects::State::Deleted;
  if (life.ended) violated("unique: after its end: " + what);
  if (number < life.last || (!deleted && number == life.last))
    violated("ordered: not newer than the row before: " + what);
  if (!row.late && number <= book.last_live) violated("ordered: behind an event that was recorded: " + what);
  const Version* version = world_.find(resource, book.branch, number);
  if (deleted && row.late) {
    const auto& history = world_.resources[resource].branches[book.branch];
    const bool ended =
        std::any_of(history.begin(), history.end(), [&](const Version& of) { return of.uid == uid && of.deleted; });
    const bool never = std::none_of(history.begin(), history.end(), [&](const Version& of) { return of.uid == uid; });
    if (!ended && !never) violated("invented: it is not deleted: " + what);
  } else if (!version || version->uid != uid) {
    violated("invented: there is no such version: " + what);
  } else if (version->deleted != deleted || (!deleted && row.to && version->state != objects::to_string(*row.to))) {
    violated("wrong state, the truth is " + version->state + ": " + what);
  }
  if (!row.late) book.last_live = std::max(book.last_live, number);
  life.last = std::max(life.last, number);
  life.ended = deleted;
  if (!(deleted && row.late)) book.recorded.insert(number);
}

/// A position claims that everything up to it is recorded, or lies in a gap that is.
void Oracle::check_until(std::size_t resource, std::int64_t position) {
  Book& book = books_[resource];
  if (book.checked < 0) book.checked = position;  // a first list tells what has long been there
  if (position < book.checked) {
    violated("resumable: a position goes back: " + world_.resources[resource].plural + " from " +
             std::to_string(book.checked) + " to " + std::to_string(position));
  }
  if (position <= book.checked) return;
  std::unordered_map<std::string, std::string> states;
  for (const Version& version : world_.resources[resource].branches[book.branch]) {
    if (version.number > position) break;
    std::string& state = states[version.uid];
    const std::string now = version.deleted ? "Deleted" : version.state;
    const bool moved = std::exchange(state, now) != now;
    if (!moved || version.number <= book.checked || book.recorded.contains(version.number)) continue;
    const bool in_gap = std::any_of(book.gaps.begin(), book.gaps.end(), [&](const auto& gap) {
      return version.number > gap.first && version.number <= gap.second;
    });
    if (!in_gap) {
      violated("reliable: lost without a gap: " + world_.resources[resource].plural + " " + version.name + " at " +
               std::to_string(version.number) + " -> " + now + ", position " + std::to_string(position));
    }
  }
  book.checked = position;
}

}  // namespace snaptrail::simulation
