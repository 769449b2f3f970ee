#include "reconcilers/preflight/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

namespace snaptrail::reconcilers::preflight {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// How far apart two names are; nullopt where nobody would take one for the other.
std::optional<std::size_t> distance(std::string_view a, std::string_view b) {
  // The API limits names to 253 characters; whatever is longer is no name.
  constexpr std::size_t kLongest = 253;
  const std::size_t shorter = std::min(a.size(), b.size());
  if (shorter < 3 || std::max(a.size(), b.size()) > kLongest) return std::nullopt;
  const std::size_t edits = edit_distance(a, b);
  if (a.find(b) != std::string_view::npos || b.find(a) != std::string_view::npos) return edits;
  return edits <= std::min<std::size_t>(3, shorter / 3) ? std::optional(edits) : std::nullopt;
}

}  // namespace

Check& Report::unseen(std::string_view id, std::string about, std::string_view what, const Looked& looked) {
  Check& check = add(id, std::move(about), CheckStatus::Unknown, fmt::format("{} can't be seen", what));
  if (!looked.why.empty()) check.evidence.push_back(looked.why);
  if (looked.sight == Sight::Forbidden) {
    check.fix.text = "Ask as somebody who may, or have the right granted.";
    check.fix.command = "kubectl auth can-i --list";
  }
  return check;
}

std::string nearest(std::string_view wanted, const std::vector<std::string>& known) {
  std::string best;
  std::optional<std::size_t> least;
  for (const std::string& name : known) {
    const auto apart = distance(wanted, name);
    if (!apart || name == wanted || (least && *apart >= *least)) continue;
    least = apart;
    best = name;
  }
  return best;
}

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

std::string object_name(const objects::Meta& meta) {
  return meta.ns.get().empty() ? meta.name : meta.ns.get() + "/" + meta.name;
}

std::vector<std::string> drivers_of_classes(const Facts& facts) {
  std::vector<std::string> drivers;
  for (const auto& one : facts.classes.items) drivers.push_back(one.driver.get());
  std::ranges::sort(drivers);
  drivers.erase(std::unique(drivers.begin(), drivers.end()), drivers.end());
  return drivers;
}

void take(Facts& facts, objects::Object object) {
  if (auto* snapshot = std::get_if<objects::VolumeSnapshot>(&object)) {
    if (snapshot->ready == objects::Ready::True && !snapshot->meta.deleted) return;
    if (!snapshot->class_name.get().empty() && snapshot->bound_content.empty() && !snapshot->meta.deleted) {
      facts.named_classes.push_back(
          {"VolumeSnapshot " + object_name(snapshot->meta), snapshot->class_name.get(), std::string()});
    }
    facts.snapshots.items.push_back(std::move(*snapshot));
  } else if (auto* content = std::get_if<objects::VolumeSnapshotContent>(&object)) {
    if (content->ready == objects::Ready::True && !content->meta.deleted) return;
    facts.contents.items.push_back(std::move(*content));
  } else if (auto* volume = std::get_if<objects::PersistentVolume>(&object)) {
    if (volume->phase != objects::VolumePhase::Bound || !volume->driver.get().empty()) return;
    facts.other_volumes.items.push_back(std::move(*volume));
  } else if (const auto* claim = std::get_if<objects::PersistentVolumeClaim>(&object)) {
    if (claim->phase == objects::ClaimPhase::Bound) ++facts.bound_claims[claim->storage_class.get()];
  } else if (auto* snapshot_class = std::get_if<objects::VolumeSnapshotClass>(&object)) {
    facts.classes.items.push_back(std::move(*snapshot_class));
  } else if (auto* storage_class = std::get_if<objects::StorageClass>(&object)) {
    facts.storage_classes.items.push_back(std::move(*storage_class));
  } else if (auto* driver = std::get_if<objects::CSIDriver>(&object)) {
    facts.drivers.items.push_back(std::move(*driver));
  } else if (auto* lease = std::get_if<objects::Lease>(&object)) {
    facts.leases.items.push_back(std::move(*lease));
  } else if (auto* location = std::get_if<objects::BackupStorageLocation>(&object)) {
    facts.locations.items.push_back(std::move(*location));
  }
}

}  // namespace snaptrail::reconcilers::preflight
