#pragma once

#include <string>

#include "reconcilers/diagnosis/finding.hpp"

namespace snaptrail::controller {

/// What a finding's row keeps beside its columns, as a JSON object (docs/ledger.md, `finding.detail`). Bytes of the cluster that are not
/// UTF-8 become U+FFFD.
std::string detail_of(const reconcilers::Finding& finding);

}  // namespace snaptrail::controller
