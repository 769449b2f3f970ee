#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "objects/instant.hpp"

/// After how long a phase counts as stuck. Pure lookup.
namespace snaptrail::reconcilers {

enum class Phase : std::uint8_t {
  Binding,       ///< VolumeSnapshot created → bound to a content
  Calling,       ///< content created → the sidecar calls the driver; and deletion asked for → the sidecar acts
  Creating,      ///< the call begins → handle known
  Uploading,     ///< handle known → content ready
  Mirroring,     ///< content ready → VolumeSnapshot ready
  Deleting,      ///< deletionTimestamp → gone
  Waiting,       ///< a restore waits for its snapshot
  Provisioning,  ///< a restore's claim is handed to the provisioner → bound
};
inline constexpr std::size_t kPhases = 8;

/// `binding`, `calling`, …: the names in the configuration.
std::string_view to_string(Phase phase);
std::optional<Phase> phase_of(std::string_view name);

/// One duration a phase, where it is given.
using PhaseLimits = std::array<std::optional<objects::Millis>, kPhases>;

/// The annotation by which an object sets its own threshold, for every phase: `snaptrail.io/stuck-after: 45m`.
inline constexpr std::string_view kStuckAfterAnnotation = "snaptrail.io/stuck-after";

/// A threshold, and who set it.
struct Limit {
  enum class Origin : std::uint8_t { Default, Global, Learned, Driver, Class, Annotation };
  objects::Millis after{0};
  Origin origin = Origin::Default;
};

struct Thresholds {
  PhaseLimits global;
  std::map<std::string, PhaseLimits, std::less<>> by_driver;
  /// By VolumeSnapshotClass or StorageClass.
  std::map<std::string, PhaseLimits, std::less<>> by_class;
  /// A driver that took longer in the past is given that long: its p99, where that is more than what is configured
  /// globally. Never shortens anything; what is set by driver, class or annotation stands.
  bool learned = true;

  friend bool operator==(const Thresholds&, const Thresholds&) = default;

  /// The most particular one wins: annotation, class, driver, the longer of learned and global, default.
  /// `annotation` is the annotation's text, empty without one; a malformed one is ignored (see parse_stuck_after).
  Limit of(Phase phase, std::string_view driver, std::string_view class_name, std::string_view annotation,
           std::optional<objects::Millis> p99) const;
};

/// What holds where nothing is configured.
objects::Millis default_limit(Phase phase);

/// Reads a duration like `90s`, `45m`, `1h30m` or `2d`: whole numbers with units d, h, m, s, the largest first, 1 s to
/// 30 d in all. Anything else is nullopt.
std::optional<objects::Millis> parse_stuck_after(std::string_view text);

}  // namespace snaptrail::reconcilers
