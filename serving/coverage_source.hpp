#pragma once

#include <vector>

#include "reconcilers/coverage/assess.hpp"

namespace snaptrail::serving {

/// What coverage is shown from. Implemented by the controller; called on the thread that asks.
class CoverageSource {
 public:
  virtual ~CoverageSource() = default;
  /// Every claim that is assessed, by namespace and name, as of now or a moment ago; empty until the stores are synced. Valid
  /// until it is called again.
  virtual const std::vector<reconcilers::ClaimCoverage>& coverage() const = 0;
  /// The targets that are configured now.
  virtual reconcilers::RpoTargets targets() const = 0;
};

}  // namespace snaptrail::serving
