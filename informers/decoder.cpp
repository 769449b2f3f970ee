#include "informers/decoder.hpp"

#include <fmt/format.h>

#include <utility>

#include "informers/path_handler.hpp"
#include "informers/projection.hpp"

namespace snaptrail::informers {
namespace {

/// A watch event around its object.
struct WatchDraft : Draft {
  enum class Type : std::uint8_t { Unknown, Added, Modified, Deleted, Bookmark, Error };
  explicit WatchDraft(objects::Kind asked) : Draft(asked) {}
  Type type = Type::Unknown;
};

WatchDraft::Type type_of(std::string_view text) {
  using Type = WatchDraft::Type;
  if (text == "MODIFIED") return Type::Modified;
  if (text == "ADDED") return Type::Added;
  if (text == "DELETED") return Type::Deleted;
  if (text == "BOOKMARK") return Type::Bookmark;
  if (text == "ERROR") return Type::Error;
  return Type::Unknown;
}

/// Which kind an object is of, and of what type its event, may be known at its end only. So the object is read as what was
/// asked for, and at the same time as a bookmark and as a Status.
ProjectionTree watch_tree(objects::Kind kind) {
  ProjectionTree tree;
  tree.at({"type"}).set = [](Draft& draft, const Scalar& value) {
    static_cast<WatchDraft&>(draft).type = type_of(value.text);
  };
  tree.at({"object"}).enter = [](Draft& draft) { draft.restart(); };
  tree.at({"object"}).set = [](Draft& draft, const Scalar&) {
    draft.restart();
    draft.seen = false;
  };
  add_object_rules(tree, tree.id({"object"}), kind);
  return tree;
}

}  // namespace

struct WatchDecoder::Impl {
  explicit Impl(objects::Kind kind)
      : draft(kind), blank{EventType::Added, draft.blank}, tree(watch_tree(kind)), parser(strict_json(), tree, draft) {}

  WatchDraft draft;
  const ObjectEvent blank;
  const ProjectionTree tree;
  PathParser<Draft> parser;
};

WatchDecoder::WatchDecoder(objects::Kind kind) : impl_(std::make_unique<Impl>(kind)) {}
WatchDecoder::~WatchDecoder() = default;
WatchDecoder::WatchDecoder(WatchDecoder&&) noexcept = default;
WatchDecoder& WatchDecoder::operator=(WatchDecoder&&) noexcept = default;

Decoded WatchDecoder::decode(std::string_view line) {
  using Type = WatchDraft::Type;
  WatchDraft& draft = impl_->draft;
  // The object is filled where the caller gets it: to move its Symbols would count references up and down.
  Decoded decoded(std::in_place_type<ObjectEvent>, impl_->blank);
  ObjectEvent& event = *std::get_if<ObjectEvent>(&decoded);
  draft.begin(event.object);
  draft.type = Type::Unknown;

  boost::json::error_code error;
  impl_->parser.reset();
  const std::size_t taken = impl_->parser.write_some(false, line.data(), line.size(), error);
  if (error) {
    decoded = Malformed{fmt::format("no valid JSON: {}", error.message())};
    return decoded;
  }
  if (taken < line.size()) {
    decoded = Malformed{"more bytes after the event"};
    return decoded;
  }
  switch (draft.type) {
    case Type::Error:
      decoded = draft.seen ? Decoded(WatchError{draft.code, draft.reason, draft.message})
                           : Decoded(Malformed{"an ERROR without a Status"});
      return decoded;
    case Type::Unknown: decoded = Malformed{"an unknown event type", false}; return decoded;
    case Type::Added: event.type = EventType::Added; break;
    case Type::Modified: event.type = EventType::Modified; break;
    case Type::Deleted: event.type = EventType::Deleted; break;
    case Type::Bookmark: break;
  }
  if (!draft.seen) {
    decoded = Malformed{"no object"};
    return decoded;
  }
  if (draft.type == Type::Bookmark) {
    decoded = draft.is_foreign() ? Decoded(Malformed{"a bookmark of another kind", false})
                                 : Decoded(Bookmark{draft.meta->resource_version, draft.initial_events_end});
    return decoded;
  }
  if (const char* why = draft.finish()) decoded = Malformed{why, !draft.is_foreign()};
  return decoded;
}

}  // namespace snaptrail::informers
