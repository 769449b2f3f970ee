#pragma once

#include <initializer_list>
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

/// True for the boolean true.
template <auto... Path>
void boolean(Draft& draft, const Scalar& value) {
  field<Path...>(draft) = value.type == Scalar::Type::Bool && value.boolean;
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

/// Reads an array of texts into a vector of Symbols.
template <auto... Path>
void add_symbols(Tree& tree, std::initializer_list<std::string_view> path, NodeId root) {
  const NodeId list = tree.id(path, root);
  tree.at({Tree::kEach}, list).set = [](Draft& draft, const Scalar& value) {
    if (value.type == Scalar::Type::Text) field<Path...>(draft).push_back(draft.symbols.of(value.text));
  };
  auto& node = tree.at({}, list);
  node.enter = [](Draft& draft) { field<Path...>(draft).clear(); };
  node.set = [](Draft& draft, const Scalar&) { field<Path...>(draft).clear(); };
}

/// status.error of a kind whose type has a StatusError `error`.
template <class T>
void add_error(Tree& tree, NodeId root) {
  using objects::StatusError;
  constexpr auto kError = &T::error;
  auto& error = tree.at({"status", "error"}, root);
  error.enter = [](Draft& draft) { field<kError>(draft) = StatusError{.present = true, .message = {}, .time = {}}; };
  error.set = [](Draft& draft, const Scalar&) { field<kError>(draft) = StatusError(); };
  tree.at({"status", "error", "message"}, root).set = text<kError, &StatusError::message>;
  tree.at({"status", "error", "time"}, root).set = time<kError, &StatusError::time>;
}

/// Of VolumeSnapshots and claims.
void add_initiator(Tree& tree, NodeId root);

void add_snapshot(Tree& tree, NodeId root);
void add_content(Tree& tree, NodeId root);
void add_snapshot_class(Tree& tree, NodeId root);
void add_claim(Tree& tree, NodeId root);
void add_volume(Tree& tree, NodeId root);
void add_storage_class(Tree& tree, NodeId root);
void add_namespace(Tree& tree, NodeId root);
void add_event(Tree& tree, NodeId root);
void add_backup(Tree& tree, NodeId root);
void add_restore(Tree& tree, NodeId root);
void add_lease(Tree& tree, NodeId root);
void add_reference_grant(Tree& tree, NodeId root);
void add_group_snapshot(Tree& tree, NodeId root);
void add_group_content(Tree& tree, NodeId root);
void add_group_class(Tree& tree, NodeId root);
void add_backup_location(Tree& tree, NodeId root);
void add_schedule(Tree& tree, NodeId root);
void add_delete_request(Tree& tree, NodeId root);
void add_data_upload(Tree& tree, NodeId root);
void add_data_download(Tree& tree, NodeId root);
void add_pod_volume_backup(Tree& tree, NodeId root);
void add_non_admin_backup(Tree& tree, NodeId root);

void finish_claim(Draft& draft);
void finish_initiator(Draft& draft);
void finish_backup(Draft& draft);
void finish_event(Draft& draft);

}  // namespace snaptrail::informers::rules
