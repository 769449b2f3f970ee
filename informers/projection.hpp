#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "informers/path_tree.hpp"
#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/symbol.hpp"
#include "objects/types.hpp"

namespace snaptrail::informers {

/// Makes Symbols without taking their table's lock for the values that keep coming: a small direct-mapped cache.
class SymbolCache {
 public:
  const objects::Symbol& of(std::string_view text);

 private:
  objects::Symbol empty_;
  std::array<objects::Symbol, 256> slots_;
};

/// RFC 3339 to Instant, remembering the last few texts: an object repeats its times.
class TimeCache {
 public:
  objects::MaybeInstant of(std::string_view text);

 private:
  static constexpr std::size_t kSize = 20;  ///< of `2026-11-22T23:11:11Z`
  struct Entry {
    std::array<char, kSize> text{};
    objects::MaybeInstant at;
  };
  std::array<Entry, 4> entries_;
  std::size_t next_ = 0;
};

/// An object in the making: the typed object that the rules of its kind fill, and the values of which several make
/// one field, or that decide whether it is one at all.
struct Draft {
  /// What the document says of kind or group.
  enum class Named : std::uint8_t { Absent, AsAsked, Otherwise };
  struct DataSource {
    bool present = false;
    bool kind = false;   ///< VolumeSnapshot
    bool group = false;  ///< snapshot.storage.k8s.io
    std::string name;
    std::string ns;
  };

  /// A reference to an object, or to several, made of scattered members.
  struct Reference {
    std::string group;
    std::string kind;
    std::string ns;
    std::string name;
  };

  explicit Draft(objects::Kind asked) : kind(asked), blank(objects::make_object(asked)) {}

  const objects::Kind kind;
  const objects::Object blank;  ///< copied for each object: cheaper than to make one of that kind
  objects::Object* object = nullptr;
  void* typed = nullptr;  ///< the alternative that `object` holds
  objects::Meta* meta = nullptr;
  SymbolCache symbols;
  TimeCache times;

  bool seen = false;  ///< there was an object
  Named kind_name = Named::Absent;
  Named group = Named::Absent;
  bool initial_events_end = false;

  // Members of a Status; `reason` and `message` are an Event's too.
  int code = 0;
  std::string reason;
  std::string message;

  // The element of managedFields that is being read.
  const objects::Symbol* manager = nullptr;  ///< in `symbols`; nothing else asks that while an element is read
  std::uint64_t fields = 0;
  objects::MaybeInstant fields_time;
  std::uint64_t operation = 0, subresource = 0, api_version = 0;
  std::size_t usual_entries = 0;  ///< how many the last object had

  DataSource source, source_ref;
  objects::InitiatorMarks marks;  ///< of VolumeSnapshots and claims
  Reference reference;            ///< the element of an array that is being read, or a Backup's origin
  objects::Symbol beta_provisioner;
  std::array<objects::MaybeInstant, 4> event_times;  ///< by preference, see rules_core.cpp
  std::optional<std::int64_t> count, series_count;
  bool own_event = false;  ///< this program wrote the Event

  /// The document names another kind or group than was asked for.
  bool is_foreign() const { return kind_name == Named::Otherwise || group == Named::Otherwise; }
  /// From here on fields go to `into`, which must be a copy of `blank` and stay where it is until finish().
  void begin(objects::Object& into);
  /// Forgets what was read of the object: another one follows under the same key.
  void restart();
  /// Completes the object. What is wrong with it, or nullptr.
  const char* finish();
};

using ProjectionTree = PathTree<Draft>;

/// Adds to `tree` the rules that fill a Draft of `kind` from the object at `root`.
void add_object_rules(ProjectionTree& tree, ProjectionTree::NodeId root, objects::Kind kind);

/// What a Named becomes by `value`, where `expected` was asked for.
Draft::Named named(const Scalar& value, std::string_view expected);

}  // namespace snaptrail::informers
