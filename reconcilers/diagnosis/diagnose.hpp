#pragma once

#include <vector>

#include "reconcilers/diagnosis/view.hpp"

/// Why is it stuck, and what is about to be lost (docs/diagnoses.md). Pure functions of the view.
namespace snaptrail::reconcilers {

/// What was found about one object, and when the passing of time alone may change the answer.
struct Diagnosis {
  std::vector<Finding> findings;  ///< by rank
  objects::MaybeInstant look_again;
};

/// A kind that isn't synced (no CRD, forbidden, not listed yet) means "can't tell", never "absent". Objects need not be
/// in the view, and fields may be odd or missing. Where the cause can't be told the reason is Unknown.
Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeSnapshot& snapshot);
/// A content whose VolumeSnapshot is there has no finding of its own for what that one's tells: one cause, one finding.
Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeSnapshotContent& content);
Diagnosis diagnose(const DiagnosisView& view, const objects::PersistentVolumeClaim& claim);
Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeSnapshotClass& snapshot_class);
Diagnosis diagnose(const DiagnosisView& view, const objects::Backup& backup);
Diagnosis diagnose(const DiagnosisView& view, const objects::BackupStorageLocation& location);
Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeGroupSnapshot& group);
/// As with a VolumeSnapshotContent: what keeps a content whose group is there is the group's finding.
Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeGroupSnapshotContent& content);
/// Told of what Velero's data mover hasn't begun with or failed at; a failure for a day, or until a later one of the claim
/// is Completed.
Diagnosis diagnose(const DiagnosisView& view, const objects::DataUpload& upload);
Diagnosis diagnose(const DiagnosisView& view, const objects::DataDownload& download);
/// By kind and UID; nothing for an object that isn't there or a kind without findings.
Diagnosis diagnose(const DiagnosisView& view, objects::Kind kind, const objects::Uid& uid);

}  // namespace snaptrail::reconcilers
