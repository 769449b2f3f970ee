#include "informers/audit.hpp"

namespace snaptrail::informers {

AuditVerdict judge(const AuditList& list, const AuditDifferences& found, std::string_view before,
                   std::string_view now) {
  // A consistent list shows at least what had been delivered before it was asked for.
  const auto since = compare_resource_versions(list.resource_version, before);
  if (since == std::partial_ordering::less || found.rewound) return AuditVerdict::Rewound;
  if (found.count == 0) return found.undecided ? AuditVerdict::Undecided : AuditVerdict::Consistent;
  const auto reached = compare_resource_versions(now, list.resource_version);
  if (reached == std::partial_ordering::unordered) return AuditVerdict::Undecided;
  return reached == std::partial_ordering::less ? AuditVerdict::Early : AuditVerdict::Inconsistent;
}

}  // namespace snaptrail::informers
