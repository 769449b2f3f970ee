#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "reconcilers/diagnosis/reason.hpp"

/// What a component's message means. The only place where free text is read.
namespace snaptrail::reconcilers {

/// In whose words something failed: the same gRPC code means different things to different calls (CSI specification).
enum class Call : std::uint8_t { CreateSnapshot, DeleteSnapshot, CreateVolume };

struct TextVerdict {
  Reason reason = Reason::Unknown;
  /// Trying again alone won't help: somebody must change something.
  bool final = false;
};

/// Reads the message of a status.error or of a Warning event, by a closed table of phrases of external-snapshotter (6
/// to 8), external-provisioner and drivers, then by the gRPC code. Reason::Unknown where neither tells the cause;
/// nullopt for messages that say nothing about it (an empty one, an update conflict that is retried at once). Case
/// matters in identifiers, not in phrases; phrases have blanks, so that no object's name can be taken for one. Backslashes
/// of quotes within quotes are passed over.
std::optional<TextVerdict> classify_text(std::string_view original, Call call);

/// Whether retrying alone can't end what that reason says.
bool is_final(Reason reason);

}  // namespace snaptrail::reconcilers
