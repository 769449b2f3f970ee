#include "reconcilers/story/chain_steps.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {
namespace {

using objects::MaybeInstant;
using objects::State;

bool there(const ObjectThen* object) { return object != nullptr && object->state.has_value(); }
bool in(const ObjectThen* object, State state) { return there(object) && object->state == state; }
MaybeInstant when(const ObjectThen* object, MaybeInstant ObjectThen::*what) {
  return object != nullptr ? object->*what : MaybeInstant();
}

MaybeInstant earlier(MaybeInstant a, MaybeInstant b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}
MaybeInstant later(MaybeInstant a, MaybeInstant b) {
  if (!a || !b) return {};
  return std::max(*a, *b);
}

/// Done where its moment is known, or where what is there now can't be without it.
GraphStep step(std::string_view number, MaybeInstant at, bool implied) { return {number, implied || at, at}; }

}  // namespace

std::vector<GraphStep> backup_steps(const StepObjects& o) {
  const MaybeInstant called = earlier(when(o.snapshot, &ObjectThen::not_ready), when(o.content, &ObjectThen::creating));
  const MaybeInstant both_ready =
      later(when(o.snapshot, &ObjectThen::ready_at), when(o.content, &ObjectThen::ready_at));
  const bool has_handle = there(o.content) && !o.content->handle.empty();
  const bool snapshot_ready = there(o.snapshot) && o.snapshot->ready == objects::Ready::True;
  const bool content_ready = there(o.content) && o.content->ready == objects::Ready::True;
  const bool gone_but_kept = in(o.snapshot, State::Deleted) && o.snapshot->outcome == objects::Outcome::Retained;
  return {
      step("2.1", when(o.snapshot, &ObjectThen::appeared), there(o.snapshot)),
      step("2.2", called,
           has_handle || snapshot_ready || (there(o.snapshot) && o.snapshot->ready == objects::Ready::False)),
      step("2.3", when(o.content, &ObjectThen::handle_at), has_handle),
      step("2.4", both_ready, snapshot_ready && content_ready),
      step("2.5", gone_but_kept ? when(o.snapshot, &ObjectThen::deleted) : MaybeInstant(), gone_but_kept),
      step("3", when(o.claim, &ObjectThen::deleted), in(o.claim, State::Deleted)),
  };
}

std::vector<GraphStep> restore_steps(const StepObjects& o) {
  const bool bound = in(o.volume, State::Bound);
  const bool claim_bound = in(o.claim, State::Bound);
  const bool has_volume = there(o.volume) && !o.volume->volume.empty();
  const MaybeInstant recreated =
      earlier(when(o.content, &ObjectThen::appeared), when(o.snapshot, &ObjectThen::appeared));
  return {
      step("4.1", recreated, there(o.content) || there(o.snapshot)),
      step("4.2", when(o.claim, &ObjectThen::appeared), there(o.claim)),
      step("4.3", when(o.volume, &ObjectThen::appeared), there(o.volume)),
      step("4.4", when(o.volume, &ObjectThen::volume_at), has_volume),
      step("4.5", when(o.volume, &ObjectThen::bound), bound),
      step("4.6", when(o.claim, &ObjectThen::bound), claim_bound),
  };
}

}  // namespace snaptrail::reconcilers
