#pragma once

#include <string_view>

#include "informers/projection.hpp"

/// The vocabulary in which the rules of each kind are written: functions for a PathTree's nodes that put a scalar
/// into one field of the typed object. A value of another type than the field's resets the field to its default.
namespace snaptrail::informers::rules {

using Tree = ProjectionTree;
using NodeId = Tree::NodeId;

inline constexpr std::string_view kLabels = "labels";
inline constexpr std::string_view kAnnotations = "annotations";
inline constexpr std::string_view kSnapshotGroup = "snapshot.storage.k8s.io";

template <class Class, class Member>
Class class_of(Member Class::*);

/// The field that a chain of member pointers leads to, from the kind's type on.
template <auto First, auto... Rest>
auto& field(Draft& draft) {
  using Typed = decltype(class_of(First));
  return ((static_cast<Typed*>(draft.typed)->*First).*....*Rest);
}

template <auto... Path>
void text(Draft& draft, const Scalar& value) {
  field<Path...>(draft).assign(value.text);
}

template <auto... Path>
void symbol(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = draft.symbols.of(value.text);
}

template <auto... Path>
void time(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = draft.times.of(value.text);
}

template <auto... Path>
void uid(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = objects::Uid::parse(value.text).value_or(objects::Uid());
}

template <auto... Path>
void ready(Draft& draft, const Scalar& value) {
  using objects::Ready;
  field<Path...>(draft) = value.type != Scalar::Type::Bool ? Ready::Nil : value.boolean ? Ready::True : Ready::False;
}

/// True for any text, also an empty one: a label or annotation that only has to be there.
template <auto... Path>
void present(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = value.type == Scalar::Type::Text;
}

/// True for the text "true".
template <auto... Path>
void flag(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = value.text == "true";
}

/// An integer that is never below zero in the API; -1 for anything else.
template <auto... Path>
void size(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = value.type == Scalar::Type::Integer && value.integer >= 0 ? value.integer : -1;
}

template <auto... Path>
void policy(Draft& draft, const Scalar& value) {
  using objects::DeletionPolicy;
  field<Path...>(draft) = value.text == "Delete"   ? DeletionPolicy::Delete
                          : value.text == "Retain" ? DeletionPolicy::Retain
                                                   : DeletionPolicy::None;
}

void add_snapshot(Tree& tree, NodeId root);
void add_content(Tree& tree, NodeId root);
void add_snapshot_class(Tree& tree, NodeId root);
void add_claim(Tree& tree, NodeId root);
void add_volume(Tree& tree, NodeId root);
void add_storage_class(Tree& tree, NodeId root);
void add_event(Tree& tree, NodeId root);
void add_backup(Tree& tree, NodeId root);
void add_restore(Tree& tree, NodeId root);

void finish_claim(Draft& draft);
void finish_event(Draft& draft);

}  // namespace snaptrail::informers::rules
