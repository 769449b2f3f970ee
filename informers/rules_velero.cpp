#include "informers/rules.hpp"

/// The kinds of velero.io/v1.
namespace snaptrail::informers::rules {
namespace {

using objects::Backup;
using objects::Restore;

template <class T>
void add_progress(Tree& tree, NodeId root) {
  tree.at({"status", "phase"}, root).set = symbol<&T::phase>;
  tree.at({"status", "startTimestamp"}, root).set = time<&T::started>;
  tree.at({"status", "completionTimestamp"}, root).set = time<&T::completed>;
}

/// A Go duration as Velero writes them: whole numbers with h, m, s (`1h30m0s`). Anything else is 0.
objects::Millis go_duration(std::string_view text) {
  objects::Millis total{0};
  std::int64_t number = -1;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = (number < 0 ? 0 : number) * 10 + (c - '0');
      if (number > 1'000'000) return objects::Millis{0};
      continue;
    }
    const std::int64_t unit = c == 'h' ? 3'600'000 : c == 'm' ? 60'000 : c == 's' ? 1'000 : 0;
    if (unit == 0 || number < 0) return objects::Millis{0};
    total += objects::Millis{number * unit};
    number = -1;
  }
  return number < 0 ? total : objects::Millis{0};
}

void clear_namespaces(Draft& draft) { field<&Backup::included_namespaces>(draft).clear(); }

}  // namespace

void add_backup(Tree& tree, NodeId root) {
  add_progress<Backup>(tree, root);
  tree.at({"status", "expiration"}, root).set = time<&Backup::expires>;
  tree.at({"spec", "csiSnapshotTimeout"}, root).set = [](Draft& draft, const Scalar& value) {
    field<&Backup::csi_snapshot_timeout>(draft) = go_duration(value.text);
  };
  tree.at({"spec", "includedNamespaces", Tree::kEach}, root).set = [](Draft& draft, const Scalar& value) {
    if (value.type != Scalar::Type::Text) return;
    field<&Backup::included_namespaces>(draft).push_back(draft.symbols.of(value.text));
  };
  auto& namespaces = tree.at({"spec", "includedNamespaces"}, root);
  namespaces.enter = clear_namespaces;
  namespaces.set = [](Draft& draft, const Scalar&) { clear_namespaces(draft); };
}

void add_restore(Tree& tree, NodeId root) {
  add_progress<Restore>(tree, root);
  tree.at({"spec", "backupName"}, root).set = text<&Restore::backup_name>;
}

}  // namespace snaptrail::informers::rules
