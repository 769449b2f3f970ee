#pragma once

#include <span>
#include <vector>

#include "reconcilers/story/story.hpp"

namespace snaptrail::reconcilers {

/// One volume's part in a run, by the rows of its chain, oldest first; nullopt if they have none of the kinds that make an
/// item. `restore`: the chain is a restore's.
std::optional<StoryItem> story_item(bool restore, std::span<const objects::Row* const> rows);

/// Finds the run itself, its steps and the Restores that are made from it; after the items.
void add_operations(Story& story, std::span<const objects::Operation> operations);

/// Divides the run's time among those on whom it was spent; fills Story::spent, blocked, held_up and longest_block.
void divide_time(Story& story, objects::Instant until);

}  // namespace snaptrail::reconcilers
