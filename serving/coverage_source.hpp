#pragma once

#include <cstddef>
#include <vector>

#include "reconcilers/coverage/assess.hpp"

namespace snaptrail::serving {

/// What coverage is shown from. Implemented by the controller; called on the thread that asks.
class CoverageSource {
 public:
  virtual ~CoverageSource() = default;
  /// Every claim that is assessed, by namespace and name, as of now or a moment ago; empty until the stores are synced. Valid
  /// until the source is asked again.
  virtual const std::vector<reconcilers::ClaimCoverage>& coverage() const = 0;
  /// How many they are, without the memory of them all.
  virtual std::size_t claim_count() const { return coverage().size(); }
  /// The targets that are configured now.
  virtual reconcilers::RpoTargets targets() const = 0;
};

}  // namespace snaptrail::serving
