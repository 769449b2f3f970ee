#include "informers/rules.hpp"

/// Kinds that say what the cluster around the snapshots has and allows: Lease, ReferenceGrant. (Of a CSIDriver the name is
/// enough.)
namespace snaptrail::informers::rules {
namespace {

using objects::Lease;
using objects::ReferenceGrant;

/// An entry of spec.from or spec.to, which `take` looks at when it is complete.
void add_references(Tree& tree, NodeId list, void (*take)(Draft&), void (*clear)(Draft&)) {
  tree.at({}, list).enter = clear;
  const NodeId entry = tree.id({Tree::kEach}, list);
  auto& node = tree.at({}, entry);
  node.enter = [](Draft& draft) { draft.reference = Draft::Reference(); };
  node.leave = take;
  tree.at({"group"}, entry).set = [](Draft& draft, const Scalar& value) { draft.reference.group = value.text; };
  tree.at({"kind"}, entry).set = [](Draft& draft, const Scalar& value) { draft.reference.kind = value.text; };
  tree.at({"namespace"}, entry).set = [](Draft& draft, const Scalar& value) { draft.reference.ns = value.text; };
  tree.at({"name"}, entry).set = [](Draft& draft, const Scalar& value) { draft.reference.name = value.text; };
}

void take_from(Draft& draft) {
  const Draft::Reference& from = draft.reference;
  if (!from.group.empty() || from.kind != "PersistentVolumeClaim" || from.ns.empty()) return;
  field<&ReferenceGrant::claim_namespaces>(draft).push_back(draft.symbols.of(from.ns));
}

void take_to(Draft& draft) {
  const Draft::Reference& to = draft.reference;
  if (to.group != kSnapshotGroup || to.kind != "VolumeSnapshot") return;
  if (to.name.empty()) {
    field<&ReferenceGrant::all_snapshots>(draft) = true;
  } else {
    field<&ReferenceGrant::snapshots>(draft).push_back(to.name);
  }
}

}  // namespace

void add_lease(Tree& tree, NodeId root) {
  tree.at({"spec", "holderIdentity"}, root).set = text<&Lease::holder>;
  tree.at({"spec", "renewTime"}, root).set = time<&Lease::renewed>;
  tree.at({"spec", "leaseDurationSeconds"}, root).set = size<&Lease::duration_seconds>;
}

void add_reference_grant(Tree& tree, NodeId root) {
  add_references(tree, tree.id({"spec", "from"}, root), take_from,
                 [](Draft& draft) { field<&ReferenceGrant::claim_namespaces>(draft).clear(); });
  add_references(tree, tree.id({"spec", "to"}, root), take_to, [](Draft& draft) {
    field<&ReferenceGrant::all_snapshots>(draft) = false;
    field<&ReferenceGrant::snapshots>(draft).clear();
  });
}

}  // namespace snaptrail::informers::rules
