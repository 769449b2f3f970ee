#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <boost/container_hash/hash.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace snaptrail::objects {

/// One copy of each value that is in use, by a number; freed with its last user, so what a cluster sends can't make it grow
/// beyond what is held. Thread-safe: values are found and freed under a lock, read and counted without.
template <class T>
class InternTable {
 public:
  using Id = std::uint32_t;  ///< from 1; small where few values are in use

  static InternTable& instance() {
    static auto& table = *new InternTable;  // its users may be static too: it is never destroyed
    return table;
  }

  /// The number of a value, counted once more.
  Id intern(T value) {
    const std::size_t hash = boost::hash<T>()(value);
    const std::scoped_lock lock(mutex_);
    if (const auto found = ids_.find(Wanted{hash, value}); found != ids_.end()) {
      node(*found).users.fetch_add(1, std::memory_order_relaxed);
      return *found;
    }
    const Id id = free_.empty() ? add_number() : free_.back();
    if (!free_.empty()) free_.pop_back();
    Node& added = node(id);
    added.value = std::move(value);
    added.hash = hash;
    added.users.store(1, std::memory_order_relaxed);
    ids_.insert(id);
    return id;
  }
  /// One more user of what is in use.
  void retain(Id id) { node(id).users.fetch_add(1, std::memory_order_relaxed); }
  void release(Id id) {
    Node& of = node(id);
    // The last user leaves under the lock, so that nobody finds what is about to go.
    for (std::uint32_t users = of.users.load(std::memory_order_relaxed); users > 1;) {
      if (of.users.compare_exchange_weak(users, users - 1, std::memory_order_release, std::memory_order_relaxed))
        return;
    }
    const std::scoped_lock lock(mutex_);
    if (of.users.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    ids_.erase(id);
    std::exchange(of.value, T());  // its memory too
    free_.push_back(id);
  }
  /// Valid as long as it is in use.
  const T& at(Id id) { return node(id).value; }
  /// How many values are in use.
  std::size_t size() {
    const std::scoped_lock lock(mutex_);
    return ids_.size();
  }

 private:
  struct Node {
    T value;
    std::size_t hash = 0;
    std::atomic<std::uint32_t> users{0};
  };
  struct Wanted {
    std::size_t hash;
    const T& value;
  };
  struct Hash {
    using is_transparent = void;
    InternTable* table;
    std::size_t operator()(Id id) const { return table->node(id).hash; }
    std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    InternTable* table;
    bool operator()(Id a, Id b) const { return a == b; }
    bool operator()(const Wanted& wanted, Id id) const {
      return table->node(id).hash == wanted.hash && table->node(id).value == wanted.value;
    }
    bool operator()(Id id, const Wanted& wanted) const { return (*this)(wanted, id); }
  };

  InternTable() : ids_(0, Hash{this}, Equal{this}) {}

  // Nodes are in blocks, each twice as large as the one before, and never move: a number is enough to read without the lock.
  static constexpr Id kFirstBlock = 64;
  static std::size_t block_of(Id id) {
    return static_cast<std::size_t>(std::bit_width((id - 1) / kFirstBlock + 1)) - 1;
  }
  Node& node(Id id) {
    const std::size_t block = block_of(id);
    const Id first = kFirstBlock * ((Id{1} << block) - 1);
    return blocks_.at(block).load(std::memory_order_acquire)[id - 1 - first];
  }
  Id add_number() {
    const Id id = ++numbers_;
    auto& block = blocks_.at(block_of(id));
    if (!block.load(std::memory_order_relaxed)) {
      const std::size_t size = std::size_t{kFirstBlock} << block_of(id);
      owned_.push_back(std::make_unique<Node[]>(size));
      block.store(owned_.back().get(), std::memory_order_release);
    }
    return id;
  }

  std::mutex mutex_;
  std::unordered_set<Id, Hash, Equal> ids_;
  std::vector<Id> free_;
  Id numbers_ = 0;
  std::vector<std::unique_ptr<Node[]>> owned_;
  std::array<std::atomic<Node*>, 26> blocks_{};
};

/// A value that many objects repeat, in four bytes; an empty one costs nothing. Comparing two compares numbers. Thread-safe
/// as a shared_ptr is.
template <class T>
class Interned {
 public:
  Interned() = default;
  /// From the value, or whatever makes one.
  template <class V>
    requires std::convertible_to<V, T> && (!std::same_as<std::remove_cvref_t<V>, Interned>)
  Interned(V&& value) : id_(intern(T(std::forward<V>(value)))) {}
  Interned(const Interned& other) : id_(other.id_) {
    if (id_) table().retain(id_);
  }
  Interned(Interned&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Interned& operator=(const Interned& other) {
    if (id_ != other.id_) Interned(other).swap(*this);
    return *this;
  }
  Interned& operator=(Interned&& other) noexcept {
    Interned(std::move(other)).swap(*this);
    return *this;
  }
  ~Interned() {
    if (id_) table().release(id_);
  }

  /// Valid as long as a user of the value.
  const T& get() const { return id_ ? table().at(id_) : empty_value(); }
  operator const T&() const { return get(); }
  friend bool operator==(const Interned& a, const Interned& b) { return a.id_ == b.id_; }
  template <class V>
    requires std::convertible_to<V, T> && (!std::same_as<V, Interned>)
  friend bool operator==(const Interned& a, const V& b) {
    return a.get() == b;
  }

  // For who keeps the bare number (objects/packed.hpp) and is a user by it; 0: an empty value, of which nobody is one.
  std::uint32_t keep() const {
    if (id_) table().retain(id_);
    return id_;
  }
  /// One more user beside who kept the number.
  static Interned of_kept(std::uint32_t id) {
    if (id) table().retain(id);
    return take_kept(id);
  }
  /// The user in place of who kept the number.
  static Interned take_kept(std::uint32_t id) {
    Interned taken;
    taken.id_ = id;
    return taken;
  }

 private:
  static InternTable<T>& table() { return InternTable<T>::instance(); }
  static std::uint32_t intern(T value) { return value == T() ? 0 : table().intern(std::move(value)); }
  static const T& empty_value() {
    static const T kEmpty{};
    return kEmpty;
  }
  void swap(Interned& other) noexcept { std::swap(id_, other.id_); }

  std::uint32_t id_ = 0;
};

}  // namespace snaptrail::objects
