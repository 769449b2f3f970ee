#include <algorithm>
#include <iterator>

#include "reconcilers/story/item.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Millis;

bool is_at(const StoryPhase& phase, Instant at) { return phase.from <= at && (!phase.to || at < *phase.to); }

/// What an item or step is going through at that moment, deletion apart, which nobody waits for; the one that began last.
const StoryPhase* phase_at(const std::vector<StoryPhase>& phases, Instant at) {
  const StoryPhase* found = nullptr;
  for (const StoryPhase& phase : phases) {
    if (phase.name != "delete" && is_at(phase, at)) found = &phase;
  }
  return found;
}

/// Until when the initiator could not go on: a snapshot is waited for until its handle is known (Velero's CSI plugin, and all who
/// quiesce an application for the cut), a restore is not.
Instant blocked_until(const StoryItem& item, Instant until) {
  Instant last = item.began;
  for (const StoryPhase& phase : item.phases) {
    const bool before_handle = phase.name == "bind" || phase.name == "create";
    if (before_handle) last = std::max(last, phase.to ? *phase.to : until);
  }
  return item.ended ? std::min<Instant>(last, std::max<Instant>(*item.ended, item.began)) : last;
}

void find_blocks(Story& story, Instant until) {
  for (StoryItem& item : story.items) {
    const Instant free = blocked_until(item, until);
    item.blocked = free - item.began;
    item.held_up = 0;
    bool alone = true;
    for (const StoryItem& other : story.items) {
      if (&other == &item) continue;
      if (other.began >= free) ++item.held_up;
      if (other.began > item.began && other.began < free) alone = false;
    }
    if (!alone) item.held_up = 0;  // the initiator did go on meanwhile
  }
  for (std::size_t i = 0; i < story.items.size(); ++i) {
    const StoryItem& item = story.items[i];
    if (item.held_up == 0) continue;
    if (!story.longest_block || item.blocked > story.items[*story.longest_block].blocked) story.longest_block = i;
  }
}

/// On whom the run as a whole waited at that moment.
Spent spent_at(const Story& story, Instant at, Instant last_begin, Instant until) {
  const StoryPhase* last_to_end = nullptr;
  Instant its_end{};
  const auto note = [&](const StoryPhase* phase, objects::MaybeInstant ended) {
    const Instant end = ended ? Instant(*ended) : until;
    if (last_to_end == nullptr || end > its_end) last_to_end = phase, its_end = end;
  };
  for (const StoryItem& item : story.items) {
    const StoryPhase* phase = phase_at(item.phases, at);
    if (phase == nullptr) continue;
    if (!story.asked.restore && at < item.began + item.blocked) return phase->where;
    note(phase, item.ended);
  }
  for (const StoryStep& step : story.steps) {
    if (const StoryPhase* phase = phase_at(step.phases, at)) note(phase, step.ended);
  }
  // While further items are to come, what goes on besides holds up nobody.
  if (last_to_end == nullptr || (!story.asked.restore && at < last_begin)) return Spent::Initiator;
  return last_to_end->where;
}

}  // namespace

void divide_time(Story& story, Instant until) {
  find_blocks(story, until);
  if (!story.began) return;
  const Instant begin = *story.began;
  const Instant end = std::max(begin, story.ended ? Instant(*story.ended) : until);
  std::vector<Instant> edges{begin, end};
  Instant last_begin = begin;
  const auto add_edges = [&edges](const std::vector<StoryPhase>& phases) {
    for (const StoryPhase& phase : phases) {
      edges.push_back(phase.from);
      if (phase.to) edges.push_back(*phase.to);
    }
  };
  for (const StoryItem& item : story.items) {
    last_begin = std::max(last_begin, item.began);
    edges.push_back(item.began + item.blocked);
    add_edges(item.phases);
    edges.push_back(item.began);
  }
  for (const StoryStep& step : story.steps) add_edges(step.phases);
  std::erase_if(edges, [&](Instant at) { return at < begin || at > end; });
  std::ranges::sort(edges);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const Spent where = spent_at(story, edges[i], last_begin, until);
    story.spent.at(static_cast<std::size_t>(where)) += edges[i + 1] - edges[i];
  }
}

}  // namespace snaptrail::reconcilers
