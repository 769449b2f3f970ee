#pragma once

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "informers/path_tree.hpp"
#include "informers/token_hash.hpp"

namespace snaptrail::informers {

/// Follows a document through a PathTree as boost::json::basic_parser reads it, and calls the functions of the nodes
/// it meets. What no path leads to costs the parser's scan and a counter of depth.
/// `tree` and `context` must outlive it.
template <class Context>
class PathHandler {
  using Tree = PathTree<Context>;
  using NodeId = typename Tree::NodeId;
  using Token = TokenHash::Token;
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

 public:
  // A watch line is at most 16 MiB (LineSplitter), so no longer text is worth to be collected from a list either.
  static constexpr std::size_t max_string_size = 16u << 20;
  static constexpr std::size_t max_key_size = 1u << 20;
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();

  PathHandler(const Tree& tree, Context& context) : tree_(&tree), context_(&context) {}

  bool on_document_begin(Error&) {
    top_ = 0;
    skip_ = 0;
    hashing_ = Tree::kNone;
    pending_ = Tree::kRoot;
    part_.clear();
    return true;
  }
  bool on_document_end(Error&) { return true; }

  bool on_object_begin(Error&) {
    if (skip_ == 0) return begin(false);
    ++skip_;
    if (hashing_) hash_.add(Token::ObjectBegin);
    return true;
  }
  bool on_object_end(std::size_t, Error&) { return end(Token::ObjectEnd); }
  bool on_array_begin(Error&) {
    if (skip_ == 0) return begin(true);
    ++skip_;
    if (hashing_) hash_.add(Token::ArrayBegin);
    return true;
  }
  bool on_array_end(std::size_t, Error&) { return end(Token::ArrayEnd); }

  bool on_key_part(Text text, std::size_t, Error&) {
    if (skip_ == 0 || hashing_) part_.append(text.data(), text.size());
    return true;
  }
  bool on_key(Text text, std::size_t, Error&) {
    if (skip_ == 0) {
      with_whole(text, [this](std::string_view key) { pending_ = tree_->find(frames_[top_].node, key); });
    } else if (hashing_) {
      with_whole(text, [this](std::string_view key) { hash_.add(Token::Key, key); });
    }
    return true;
  }
  bool on_string_part(Text text, std::size_t, Error&) {
    if (skip_ == 0 ? pending_ != Tree::kNone : hashing_ != Tree::kNone) part_.append(text.data(), text.size());
    return true;
  }
  bool on_string(Text text, std::size_t, Error&) {
    if (skip_ == 0) {
      if (pending_ == Tree::kNone) return true;
      with_whole(text, [this](std::string_view value) { set({.type = Scalar::Type::Text, .text = value}); });
    } else if (hashing_) {
      with_whole(text, [this](std::string_view value) { hash_.add(Token::Text, value); });
    }
    return true;
  }

  bool on_number_part(Text, Error&) { return true; }
  bool on_int64(std::int64_t value, Text, Error&) {
    return number({.type = Scalar::Type::Integer, .integer = value}, value);
  }
  bool on_uint64(std::uint64_t value, Text, Error&) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return number({.type = Scalar::Type::Integer, .integer = static_cast<std::int64_t>(value)}, value);
    }
    return number({.type = Scalar::Type::Number, .number = static_cast<double>(value)}, value);
  }
  bool on_double(double value, Text, Error&) { return number({.type = Scalar::Type::Number, .number = value}, value); }
  bool on_bool(bool value, Error&) {
    if (skip_ == 0) {
      set({.type = Scalar::Type::Bool, .boolean = value});
    } else if (hashing_) {
      hash_.add(value ? Token::True : Token::False);
    }
    return true;
  }
  bool on_null(Error&) {
    if (skip_ == 0) {
      set({});
    } else if (hashing_) {
      hash_.add(Token::Null);
    }
    return true;
  }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

 private:
  struct Frame {
    NodeId node = Tree::kNone;
    NodeId each = Tree::kNone;  ///< of an array: what its elements are
  };

  /// Calls `use` with the text that ends with `text`, of which parts may have come before.
  template <class Use>
  void with_whole(Text text, Use use) {
    if (part_.empty()) [[likely]] {
      use(std::string_view(text.data(), text.size()));
    } else {
      part_.append(text.data(), text.size());
      use(std::string_view(part_));
      part_.clear();
    }
  }

  void set(const Scalar& scalar) {
    if (const auto assign = (*tree_)[pending_].set) assign(*context_, scalar);
  }

  template <class T>
  bool number(const Scalar& scalar, T value) {
    if (skip_ == 0) {
      set(scalar);
    } else if (hashing_) {
      std::uint64_t bits = 0;
      static_assert(sizeof value == sizeof bits);
      std::memcpy(&bits, &value, sizeof bits);
      hash_.add(Token::Number, bits);
    }
    return true;
  }

  bool begin(bool array) {
    const auto& node = (*tree_)[pending_];
    const bool wanted = array ? node.each != Tree::kNone : !node.children.empty();
    if (wanted && top_ + 1 < frames_.size()) {
      frames_[++top_] = {pending_, node.each};
      if (node.enter) node.enter(*context_);
      pending_ = array ? node.each : Tree::kNone;
      return true;
    }
    skip_ = 1;
    if (node.hashed) {
      hashing_ = pending_;
      hash_ = TokenHash();
      hash_.add(array ? Token::ArrayBegin : Token::ObjectBegin);
    } else if (node.set) {
      node.set(*context_, {.type = Scalar::Type::Composite});
    }
    return true;
  }

  bool end(Token token) {
    if (skip_ == 0) {
      const auto& node = (*tree_)[frames_[top_].node];
      if (node.leave) node.leave(*context_);
      pending_ = frames_[--top_].each;  // what follows in the array around it, if it is one
      return true;
    }
    if (hashing_) hash_.add(token);
    if (--skip_ == 0 && hashing_) {
      (*tree_)[hashing_].hashed(*context_, hash_.value());
      hashing_ = Tree::kNone;
    }
    // `pending_` is still the node that was skipped: in an array, the next element's too.
    return true;
  }

  const Tree* tree_;
  Context* context_;
  NodeId pending_ = Tree::kRoot;  ///< where the next value stands
  NodeId hashing_ = Tree::kNone;  ///< the node whose subtree is being hashed
  std::size_t skip_ = 0;          ///< depth inside of a subtree that nobody wants
  std::size_t top_ = 0;
  std::array<Frame, 16> frames_{};  ///< deeper than any path
  TokenHash hash_;
  std::string part_;  ///< of a key or text that comes in pieces
};

/// Deeper documents are refused: no object of the API comes near, and the parser recurses.
inline constexpr std::size_t kMaxDepth = 64;

template <class Context>
using PathParser = boost::json::basic_parser<PathHandler<Context>>;

inline boost::json::parse_options strict_json() {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  return options;
}

}  // namespace snaptrail::informers
