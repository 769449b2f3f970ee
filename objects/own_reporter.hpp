#pragma once

#include <string_view>

namespace snaptrail::objects {

/// Who writes this program's own Kubernetes Events: their reportingComponent. They tell of findings, and are evidence for none.
inline constexpr std::string_view kOwnReporter = "snaptrail";

}  // namespace snaptrail::objects
