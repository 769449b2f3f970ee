#include "cmd/snaptrail/bundled_recording.hpp"

#include <array>

// The assembler includes the files as they are: no copy of them in the sources, no step that generates one.
asm(R"(
    .pushsection .rodata
    .global snaptrail_recording_backup_begin
    .global snaptrail_recording_backup_end
    .global snaptrail_recording_hazards_begin
    .global snaptrail_recording_hazards_end
    .global snaptrail_recording_night_begin
    .global snaptrail_recording_night_end
snaptrail_recording_backup_begin:
    .incbin ")" SNAPTRAIL_RECORDINGS R"(/velero-backup-restore.ndjson"
snaptrail_recording_backup_end:
    .byte 0
snaptrail_recording_hazards_begin:
    .incbin ")" SNAPTRAIL_RECORDINGS R"(/hazards.ndjson"
snaptrail_recording_hazards_end:
    .byte 0
snaptrail_recording_night_begin:
    .incbin ")" SNAPTRAIL_RECORDINGS R"(/night.ndjson.gz"
snaptrail_recording_night_end:
    .byte 0
    .popsection
)");

extern "C" {
extern const char snaptrail_recording_backup_begin[];
extern const char snaptrail_recording_backup_end[];
extern const char snaptrail_recording_hazards_begin[];
extern const char snaptrail_recording_hazards_end[];
extern const char snaptrail_recording_night_begin[];
extern const char snaptrail_recording_night_end[];
}

namespace snaptrail::cmd {

std::span<const BundledRecording> bundled_recordings() {
  static const std::array kRecordings = {
      BundledRecording{"backup",
                       "A backup and its restore",
                       "Velero backs up a database, its namespace is lost, and the restore finds the data by the "
                       "snapshot's handle.",
                       1,
                       {snaptrail_recording_backup_begin, snaptrail_recording_backup_end}},
      BundledRecording{"hazards",
                       "What goes wrong",
                       "Snapshots that can't be made, a restore that waits for one, and a namespace whose last copy is "
                       "deleted with it.",
                       0.75,
                       {snaptrail_recording_hazards_begin, snaptrail_recording_hazards_end}},
      BundledRecording{
          "night",
          "A busy night",
          "Several applications are backed up and restored at once, with a slow and a failing driver among "
          "them.",
          2,
          {snaptrail_recording_night_begin, snaptrail_recording_night_end}},
  };
  return kRecordings;
}

}  // namespace snaptrail::cmd
