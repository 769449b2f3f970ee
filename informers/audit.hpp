#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "informers/resource_version.hpp"
#include "informers/store.hpp"
#include "objects/uid.hpp"

/// Whether a store holds what a consistent list says: what no single event or version can tell. Pure.
namespace snaptrail::informers {

/// A consistent list, reduced to what is compared.
struct AuditList {
  struct Item {
    objects::Uid uid;
    std::string resource_version;
  };
  std::string resource_version;  ///< the moment that the list shows
  std::vector<Item> items;       ///< by UID, see sort()

  void sort() { std::ranges::sort(items, {}, &Item::uid); }
  bool names(const objects::Uid& uid) const { return std::ranges::binary_search(items, uid, {}, &Item::uid); }
};

/// What a store has otherwise than a list.
struct AuditDifferences {
  static constexpr std::size_t kTold = 5;

  std::size_t count = 0;
  std::vector<std::string> told;  ///< the first kTold of them, a sentence each
  /// One of them can only be if history went back: an object has an older version in the list than the store had before that moment.
  bool rewound = false;
  /// Some objects may have ended meanwhile, longer ago than the store remembers.
  bool undecided = false;

  void add(std::string sentence) {
    if (++count <= kTold) told.push_back(std::move(sentence));
  }
};

/// Which part of the store the list is about.
struct AuditPart {
  std::string_view ns{};  ///< of that namespace only; empty: all
  bool some = false;  ///< the store takes only some of what is listed: what it does not hold may be none of its concern
};

/// What `store` has otherwise than `list`, which is sorted. As long as the store's stream has not come as far as the list's version a difference
/// may merely be on its way; none is proof at any time.
///
/// What the list names must be held in that version or one from after the list, unless it ended after the list; what is held and
/// not named must be from after the list.
template <class T>
AuditDifferences differences(const AuditList& list, const Store<T>& store, AuditPart part) {
  AuditDifferences found;
  const auto after_list = [&list](std::string_view version) {
    return compare_resource_versions(version, list.resource_version) == std::partial_ordering::greater;
  };
  for (const AuditList::Item& item : list.items) {
    const std::optional<std::string> version = store.version_of(item.uid);
    if (!version) {
      if (part.some || after_list(store.ended_at(item.uid))) continue;
      if (store.remembers_ends_after(list.resource_version)) {
        found.add(item.uid.str() + " is listed in version " + item.resource_version + " and not known");
      } else {
        found.undecided = true;
      }
      continue;
    }
    if (*version == item.resource_version || after_list(*version)) continue;
    found.rewound |= compare_resource_versions(*version, item.resource_version) == std::partial_ordering::greater;
    found.add(item.uid.str() + " is listed in version " + item.resource_version + " and known in " + *version);
  }
  store.for_each_version([&](const objects::Uid& uid, std::string_view ns, const std::string& version) {
    if (!part.ns.empty() && ns != part.ns) return;
    if (after_list(version) || list.names(uid)) return;
    found.add(uid.str() + " is known in version " + version + " and not listed");
  });
  return found;
}

enum class AuditVerdict : std::uint8_t {
  Consistent,
  Inconsistent,
  Rewound,    ///< inconsistent, and the list belongs to a history that went back
  Undecided,  ///< nothing can be said of this list
  Early,      ///< the stream must come as far as the list first
};

/// `before`: the stream's version when the list was asked for; `now`: its version now, with which the store was compared.
AuditVerdict judge(const AuditList& list, const AuditDifferences& found, std::string_view before, std::string_view now);

}  // namespace snaptrail::informers
