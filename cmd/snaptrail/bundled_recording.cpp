#include "cmd/snaptrail/bundled_recording.hpp"

// The assembler includes the file as it is: no copy of it in the sources, no step that generates one.
asm(R"(
    .pushsection .rodata
    .global snaptrail_bundled_recording_begin
    .global snaptrail_bundled_recording_end
snaptrail_bundled_recording_begin:
    .incbin ")" SNAPTRAIL_BUNDLED_RECORDING R"("
snaptrail_bundled_recording_end:
    .byte 0
    .popsection
)");

extern "C" {
extern const char snaptrail_bundled_recording_begin[];
extern const char snaptrail_bundled_recording_end[];
}

namespace snaptrail::cmd {

std::string_view bundled_recording() { return {snaptrail_bundled_recording_begin, snaptrail_bundled_recording_end}; }

}  // namespace snaptrail::cmd
