#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "objects/types.hpp"

/// How old the newest recoverable point of a claim's volume may be (docs/coverage.md, "Targets"). Pure lookup.
namespace snaptrail::reconcilers {

/// The annotation by which a claim or a namespace sets its own target: `snaptrail.io/rpo: 4h`, or `none`.
inline constexpr std::string_view kRpoAnnotation = "snaptrail.io/rpo";

/// How old a point may be; nullopt: the claim needs none.
using RpoLimit = std::optional<objects::Millis>;

/// A limit, and who set it.
struct RpoTarget {
  enum class Origin : std::uint8_t { Default, Class, Namespace, Excluded, NamespaceAnnotation, ClaimAnnotation };
  RpoLimit limit;
  Origin origin = Origin::Default;
  /// An annotation that can't be read and was left aside; empty: none.
  std::string ignored;
};

/// `default`, `storageClass`, `namespace`, `excluded`, `namespaceAnnotation`, `claimAnnotation`: as the API says it.
std::string_view to_string(RpoTarget::Origin origin);

struct RpoTargets {
  /// A nightly backup's points are 24 h apart, and up to two more where one is late or works longer than the day before.
  static constexpr objects::Millis kDefault{26LL * 3'600'000};

  RpoLimit standard = kDefault;
  std::map<std::string, RpoLimit, std::less<>> by_namespace;
  std::map<std::string, RpoLimit, std::less<>> by_class;  ///< StorageClass

  friend bool operator==(const RpoTargets&, const RpoTargets&) = default;

  /// The most particular one wins: the claim's annotation, its label velero.io/exclude-from-backup (none), its
  /// namespace's annotation, what is configured for the namespace, then for the class, then for all. `ns` may be null. An
  /// annotation that can't be read is as good as none.
  RpoTarget of(const objects::PersistentVolumeClaim& claim, const objects::Namespace* ns) const;
};

/// Reads `none`, or a duration like `90s`, `4h`, `1d12h`: whole numbers with units d, h, m, s, the largest first, 1 min to
/// 365 d in all. The outer optional is empty for anything else.
std::optional<RpoLimit> parse_rpo(std::string_view text);

}  // namespace snaptrail::reconcilers
