#include "reconcilers/story/story.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "reconcilers/story/item.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Kind;
using objects::Row;
using Handle = std::pair<std::string, std::string>;

bool is_own(const StoryQuestion& question, const Row& row) {
  if (!row.initiator) return false;
  // A restored object has the labels of its Backup too: that Backup did not make it.
  return question.restore ? row.initiator->restore == question.name
                          : row.initiator->backup == question.name && row.initiator->restore.empty();
}

std::set<std::string> own_chains(const StoryQuestion& question, std::span<const Row> rows) {
  std::set<std::string> chains;
  for (const Row& row : rows) {
    if (!row.chain.empty() && is_own(question, row)) chains.insert(row.chain);
  }
  return chains;
}

Handle handle_of(const Row& row) { return {row.driver, row.snapshot_handle}; }
bool has_handle(const Row& row) { return !row.driver.empty() && !row.snapshot_handle.empty(); }

/// By chain; several claims restored from one snapshot share a chain, and are items of their own.
std::map<std::pair<std::string, objects::Uid>, std::vector<const Row*>> rows_by_item(
    bool restore, const std::set<std::string>& chains, std::span<const Row> rows) {
  std::map<std::string, std::set<objects::Uid>> claims;
  for (const Row& row : rows) {
    if (restore && row.kind == Kind::PersistentVolumeClaim && chains.contains(row.chain)) {
      claims[row.chain].insert(row.uid);
    }
  }
  std::map<std::pair<std::string, objects::Uid>, std::vector<const Row*>> items;
  for (const Row& row : rows) {
    if (!row.kind || !chains.contains(row.chain)) continue;
    const auto found = claims.find(row.chain);
    if (found == claims.end()) {
      items[{row.chain, {}}].push_back(&row);
      continue;
    }
    const bool of_one_claim = row.kind == Kind::PersistentVolumeClaim || row.kind == Kind::PersistentVolume;
    for (const objects::Uid& claim : found->second) {
      if (!of_one_claim || row.claim_uid == claim) items[{row.chain, claim}].push_back(&row);
    }
  }
  return items;
}

/// What other runs, or nobody's, made of the same snapshots.
void add_links(Story& story, const std::set<std::string>& own, std::span<const Row> rows) {
  std::map<Handle, std::size_t> item_of;
  for (std::size_t i = 0; i < story.items.size(); ++i) {
    const StoryItem& item = story.items[i];
    if (!item.driver.empty() && !item.handle.empty()) item_of[{item.driver, item.handle}] = i;
  }
  const Kind other_side = story.asked.restore ? Kind::VolumeSnapshot : Kind::PersistentVolumeClaim;
  std::map<objects::Uid, StoryLink> links;
  std::map<std::string, std::size_t> item_of_chain;
  for (const Row& row : rows) {
    if (own.contains(row.chain) || row.chain.empty() || !has_handle(row)) continue;
    const auto found = item_of.find(handle_of(row));
    if (found != item_of.end()) item_of_chain[row.chain] = found->second;
  }
  for (const Row& row : rows) {
    const auto item = item_of_chain.find(row.chain);
    if (item == item_of_chain.end() || row.kind != other_side || !row.to) continue;
    StoryLink& link = links[row.uid];
    if (link.name.empty()) {
      link = {item->second, other_side, row.ns, row.name, {}, *row.to, row.at};
    }
    link.state = *row.to;
    if (row.initiator) link.run = story.asked.restore ? row.initiator->backup : row.initiator->restore;
  }
  for (auto& [uid, link] : links) story.links.push_back(std::move(link));
  std::ranges::sort(story.links, {}, [](const StoryLink& link) {
    return std::tuple(link.item, link.at, std::string_view(link.ns), std::string_view(link.name));
  });
}

void date(Story& story, objects::Instant last_row) {
  const auto& run = story.run;
  if (run && run->started) story.began = *run->started;
  bool open = story.items.empty() && story.steps.empty();
  objects::MaybeInstant last_end;
  const auto note = [&](objects::MaybeInstant began, objects::MaybeInstant ended) {
    // The initiator's clock has whole seconds: what it did can't be before it began.
    if (began && (!story.began || *began < *story.began)) story.began = *began;
    if (ended && (!last_end || *ended > *last_end)) last_end = ended;
  };
  for (const StoryItem& item : story.items) {
    note(item.began, item.ended);
    if (item.end == StoryEnd::Open) open = true;
  }
  for (const StoryStep& step : story.steps) {
    if (step.kind == Kind::NonAdminBackup) continue;  // what was before the run
    note(step.began, step.ended);
    if (!step.ended) open = true;
    for (const auto& at : {step.began, step.ended}) {
      if (at && *at > last_row) last_row = *at;
    }
  }
  if (run && run->completed) {
    story.ended = run->completed;
  } else if (run && run->gone) {
    story.ended = run->gone;
  } else if (!run && !open) {
    story.ended = last_end;
  }
  divide_time(story, last_row);
}

}  // namespace

std::vector<Handle> story_handles(const StoryQuestion& question, std::span<const Row> rows) {
  const std::set<std::string> chains = own_chains(question, rows);
  std::set<Handle> handles;
  for (const Row& row : rows) {
    if (has_handle(row) && chains.contains(row.chain)) handles.insert(handle_of(row));
  }
  return {handles.begin(), handles.end()};
}

Story tell_story(StoryQuestion question, std::span<const Row> rows, std::span<const objects::Operation> operations) {
  Story story;
  story.asked = std::move(question);
  const std::set<std::string> chains = own_chains(story.asked, rows);
  objects::Instant last_row{};
  for (const auto& [key, of_item] : rows_by_item(story.asked.restore, chains, rows)) {
    last_row = std::max(last_row, of_item.back()->at);
    if (auto item = story_item(story.asked.restore, of_item)) story.items.push_back(std::move(*item));
    for (const Row* row : of_item) {
      if (row->initiator && story.type.empty()) story.type = row->initiator->type;
    }
  }
  std::ranges::sort(story.items, {}, [](const StoryItem& item) {
    return std::tuple(item.began, std::string_view(item.ns), std::string_view(item.name), item.uid);
  });
  add_links(story, chains, rows);
  add_operations(story, operations);
  date(story, last_row);
  return story;
}

}  // namespace snaptrail::reconcilers
