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

void clear_namespaces(Draft& draft) { field<&Backup::included_namespaces>(draft).clear(); }

}  // namespace

void add_backup(Tree& tree, NodeId root) {
  add_progress<Backup>(tree, root);
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
