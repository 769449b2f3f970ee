#include <fmt/format.h>

#include <optional>
#include <utility>

#include "informers/decoder.hpp"
#include "informers/path_handler.hpp"
#include "informers/projection.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::informers {
namespace {

/// A list around its items.
struct ListDraft : Draft {
  ListDraft(objects::Kind asked, std::function<void(objects::Object)> sink)
      : Draft(asked), on_item(std::move(sink)), item(blank) {}

  std::function<void(objects::Object)> on_item;
  objects::Object item;
  ListMeta list;
  std::size_t malformed = 0;
  bool items_seen = false;
  std::string problem;
};

void begin_item(Draft& draft) {
  auto& list = static_cast<ListDraft&>(draft);
  list.item = list.blank;
  list.begin(list.item);
}

void end_item(Draft& draft) {
  auto& list = static_cast<ListDraft&>(draft);
  if (!list.problem.empty()) return;  // another kind's
  if (list.finish()) {
    ++list.malformed;
  } else {
    list.on_item(std::move(list.item));
  }
}

void check_list_kind(Draft& draft, const Scalar& value) {
  auto& list = static_cast<ListDraft&>(draft);
  const std::string expected = fmt::format("{}List", objects::to_string(list.kind));
  if (value.type == Scalar::Type::Text && value.text == expected) return;
  list.problem =
      fmt::format("a {} where a {} was expected",
                  value.text.empty() ? "nameless kind" : objects::to_printable(value.text.substr(0, 64)), expected);
}

ProjectionTree list_tree(objects::Kind kind) {
  ProjectionTree tree;
  tree.at({"kind"}).set = check_list_kind;
  tree.at({"metadata", "resourceVersion"}).set = [](Draft& draft, const Scalar& value) {
    static_cast<ListDraft&>(draft).list.resource_version = value.text;
  };
  tree.at({"metadata", "continue"}).set = [](Draft& draft, const Scalar& value) {
    static_cast<ListDraft&>(draft).list.continue_token = value.text;
  };
  const auto item = tree.id({"items", ProjectionTree::kEach});
  add_object_rules(tree, item, kind);
  tree.at({}, item).enter = begin_item;
  tree.at({}, item).leave = end_item;
  tree.at({}, item).set = [](Draft& draft, const Scalar&) { ++static_cast<ListDraft&>(draft).malformed; };
  tree.at({"items"}).enter = [](Draft& draft) { static_cast<ListDraft&>(draft).items_seen = true; };
  // Go writes an empty list as null where nobody made it.
  tree.at({"items"}).set = [](Draft& draft, const Scalar& value) {
    static_cast<ListDraft&>(draft).items_seen = value.type == Scalar::Type::Null;
  };
  return tree;
}

}  // namespace

struct ListDecoder::Impl {
  Impl(objects::Kind kind, std::function<void(objects::Object)> on_item)
      : draft(kind, std::move(on_item)), tree(list_tree(kind)), parser(strict_json(), tree, draft) {}

  ListDraft draft;
  const ProjectionTree tree;
  PathParser<Draft> parser;
  std::string error;

  bool fail(std::string why) {
    error = std::move(why);
    return false;
  }

  bool feed(bool more, std::string_view piece) {
    if (!error.empty()) return false;
    boost::json::error_code code;
    const std::size_t taken = parser.write_some(more, piece.data(), piece.size(), code);
    // All bytes before the end were fine, so what is wrong there is that more should follow.
    if (code && !more) return fail("the list is cut off");
    if (code) return fail(fmt::format("no valid JSON: {}", code.message()));
    if (taken < piece.size()) return fail("more bytes after the list");
    if (!draft.problem.empty()) return fail(draft.problem);
    return true;
  }
};

ListDecoder::ListDecoder(objects::Kind kind, std::function<void(objects::Object)> on_item)
    : impl_(std::make_unique<Impl>(kind, std::move(on_item))) {}
ListDecoder::~ListDecoder() = default;
ListDecoder::ListDecoder(ListDecoder&&) noexcept = default;
ListDecoder& ListDecoder::operator=(ListDecoder&&) noexcept = default;

bool ListDecoder::write(std::string_view piece) { return impl_->feed(true, piece); }

bool ListDecoder::finish() {
  if (!impl_->feed(false, {})) return false;
  return impl_->draft.items_seen || impl_->fail("a document without items, which is no list");
}

const ListMeta& ListDecoder::meta() const { return impl_->draft.list; }
std::size_t ListDecoder::malformed() const { return impl_->draft.malformed; }
const std::string& ListDecoder::error() const { return impl_->error; }

}  // namespace snaptrail::informers
