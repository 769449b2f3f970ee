#include <algorithm>
#include <optional>

#include "reconcilers/diagnosis/examination.hpp"

/// The sidecar's and the driver's part in making a group snapshot.
namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Ready;
using objects::VolumeGroupSnapshotContent;

constexpr std::string_view kGroupContent = "VolumeGroupSnapshotContent";

/// Whether anybody but its maker has written the content: the sidecar marks what it takes up. Nullopt where that can't be
/// told, as with imported contents, whose makers are people.
std::optional<bool> was_taken_up(const VolumeGroupSnapshotContent& content) {
  const auto& fields = content.meta.managed_fields;
  if (fields.empty() || !content.source_group_handle.empty()) return std::nullopt;
  return std::ranges::any_of(fields, [&](const auto& entry) { return entry.manager != fields.front().manager; });
}

}  // namespace

void examine_group_content(Examination& exam, const VolumeGroupSnapshotContent& content) {
  if (content.ready == Ready::True) return;
  const std::string label = label_of(kGroupContent, content.meta);
  const bool cut = !content.group_handle.empty();
  const Instant since = state_since(exam.view, content.meta, cut && content.cut ? content.cut : content.meta.created);
  const auto taken_up = was_taken_up(content);
  const Phase phase = cut ? Phase::Uploading : taken_up == std::optional(false) ? Phase::Calling : Phase::Creating;
  if (!exam.passed(since, exam.limit(phase).after)) return;
  const Reason reason = cut         ? Reason::UploadSlow
                        : !taken_up ? Reason::Unknown
                        : *taken_up ? Reason::DriverNotResponding
                                    : Reason::SidecarAbsent;
  Finding& finding = exam.add(reason, since);
  finding.category = Category::Stuck;
  finding.blocking.push_back(name_of(kGroupContent, content.meta));
  finding.evidence.push_back(field_evidence(label + " spec.driver", content.driver.get()));
  if (cut) {
    finding.evidence.push_back(field_evidence(label + " status.readyToUse", "not true", content.cut));
  } else {
    finding.evidence.push_back(field_evidence(label + " status.volumeGroupSnapshotHandle", "absent"));
    if (taken_up) {
      finding.evidence.push_back(field_evidence(label + " metadata.managedFields",
                                                *taken_up ? "written by others too" : "written by its maker only"));
    }
  }
  if (reason == Reason::UploadSlow || reason == Reason::Unknown) {
    finding.fix = {fill_fix(reason, exam.values).text,
                   "kubectl describe volumegroupsnapshotcontent " + shell_quoted(content.meta.name)};
  }
}

}  // namespace snaptrail::reconcilers
