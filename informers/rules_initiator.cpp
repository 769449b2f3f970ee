#include <utility>

#include "informers/rules.hpp"

/// The marks of those who ask for snapshots and restores (objects/initiator.hpp), of VolumeSnapshots and claims.
namespace snaptrail::informers::rules {
namespace {

using objects::InitiatorRule;
using objects::kInitiatorRules;

template <std::size_t Index>
void mark(Draft& draft, const Scalar& value) {
  draft.marks[Index] = value.text;
}

template <std::size_t Index>
void add_mark(Tree& tree, NodeId metadata) {
  constexpr const InitiatorRule& kRule = kInitiatorRules[Index];
  if constexpr (kRule.where == InitiatorRule::Where::Label) {
    tree.at({kLabels, kRule.key}, metadata).set = mark<Index>;
  } else if constexpr (kRule.where == InitiatorRule::Where::Annotation) {
    tree.at({kAnnotations, kRule.key}, metadata).set = mark<Index>;
  }
}

template <std::size_t... Index>
void add_all(Tree& tree, NodeId metadata, std::index_sequence<Index...>) {
  (add_mark<Index>(tree, metadata), ...);
}

void take_owner(Draft& draft) {
  const Draft::Reference& owner = draft.reference;
  for (std::size_t i = 0; i < kInitiatorRules.size(); ++i) {
    const InitiatorRule& rule = kInitiatorRules[i];
    if (rule.where == InitiatorRule::Where::Owner && rule.key == owner.kind && rule.group == owner.group) {
      draft.marks[i] = owner.name;
    }
  }
}

}  // namespace

void add_initiator(Tree& tree, NodeId root) {
  const NodeId metadata = tree.id({"metadata"}, root);
  add_all(tree, metadata, std::make_index_sequence<kInitiatorRules.size()>());
  const NodeId owner = tree.id({"ownerReferences", Tree::kEach}, metadata);
  auto& node = tree.at({}, owner);
  node.enter = [](Draft& draft) { draft.reference = Draft::Reference(); };
  node.leave = take_owner;
  tree.at({"apiVersion"}, owner).set = [](Draft& draft, const Scalar& value) {
    draft.reference.group = value.text.substr(0, value.text.find('/'));
  };
  tree.at({"kind"}, owner).set = [](Draft& draft, const Scalar& value) { draft.reference.kind = value.text; };
  tree.at({"name"}, owner).set = [](Draft& draft, const Scalar& value) { draft.reference.name = value.text; };
}

void finish_initiator(Draft& draft) {
  objects::Initiator initiator = objects::initiator_of(draft.meta->name, draft.marks);
  if (!initiator.type.empty()) draft.meta->initiator = std::move(initiator);
}

}  // namespace snaptrail::informers::rules
