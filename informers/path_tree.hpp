#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "informers/same_text.hpp"

namespace snaptrail::informers {

/// A JSON value without members, or the fact that something else stands where one was expected.
struct Scalar {
  enum class Type : std::uint8_t { Null, Bool, Integer, Number, Text, Composite };
  Type type = Type::Null;
  bool boolean = false;        ///< Bool
  std::int64_t integer = 0;    ///< Integer: anything that fits 64 bits with a sign
  double number = 0;           ///< Number: with a fraction or exponent, or beyond 64 bits
  std::string_view text = {};  ///< Text; empty for every other type, so that it can be assigned unseen
};

/// The paths through a document that somebody wants to know of, as a trie of small integers. Context is what the
/// functions at the nodes write to. Built once; keys must be string literals.
template <class Context>
class PathTree {
 public:
  using NodeId = std::uint16_t;
  static constexpr NodeId kNone = 0;  ///< nothing below here is wanted
  static constexpr NodeId kRoot = 1;
  /// In a path: each element of an array.
  static constexpr std::string_view kEach = "[]";

  struct Child {
    std::string_view key;
    NodeId node;
  };
  struct Node {
    void (*set)(Context&, const Scalar&) = nullptr;          ///< a scalar, or Composite where none was wanted
    void (*enter)(Context&) = nullptr;                       ///< an object (an array, if `each`) begins
    void (*leave)(Context&) = nullptr;                       ///< and ends
    void (*hashed)(Context&, std::uint64_t hash) = nullptr;  ///< the subtree is to be hashed: its hash
    NodeId each = kNone;                                     ///< node of each element, where an array is wanted
    std::uint64_t lengths = 0;                               ///< bit n: some child's key is n bytes long (modulo 64)
    std::vector<Child> children;
  };

  PathTree() : nodes_(2) {}

  const Node& operator[](NodeId id) const { return nodes_[id]; }

  /// The node at `path` below `from`, made if need be. The reference is valid until the next call.
  Node& at(std::initializer_list<std::string_view> path, NodeId from = kRoot) { return nodes_[id(path, from)]; }

  NodeId id(std::initializer_list<std::string_view> path, NodeId from = kRoot) {
    for (const std::string_view key : path) from = key == kEach ? each(from) : grow(from, key);
    return from;
  }

  /// The node of member `key`, or kNone.
  NodeId find(NodeId parent, std::string_view key) const {
    const Node& node = nodes_[parent];
    if (((node.lengths >> (key.size() & 63u)) & 1u) == 0) return kNone;
    for (const Child& child : node.children) {
      if (same_text(child.key, key)) return child.node;
    }
    return kNone;
  }

 private:
  NodeId add() {
    nodes_.emplace_back();
    return static_cast<NodeId>(nodes_.size() - 1);
  }

  NodeId each(NodeId array) {
    if (nodes_[array].each == kNone) {
      const NodeId added = add();
      nodes_[array].each = added;
    }
    return nodes_[array].each;
  }

  NodeId grow(NodeId parent, std::string_view key) {
    if (const NodeId found = find(parent, key)) return found;
    const NodeId added = add();
    Node& node = nodes_[parent];
    node.lengths |= std::uint64_t{1} << (key.size() & 63u);
    node.children.push_back({key, added});
    return added;
  }

  std::vector<Node> nodes_;
};

}  // namespace snaptrail::informers
