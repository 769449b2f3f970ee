#include <fmt/format.h>

#include <utility>

#include "informers/decoder.hpp"
#include "informers/list_parser.hpp"
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
      : draft(kind, std::move(on_item)), parser(list_tree(kind), draft) {}

  ListDraft draft;
  ListParser<Draft> parser;
};

ListDecoder::ListDecoder(objects::Kind kind, std::function<void(objects::Object)> on_item)
    : impl_(std::make_unique<Impl>(kind, std::move(on_item))) {}
ListDecoder::~ListDecoder() = default;
ListDecoder::ListDecoder(ListDecoder&&) noexcept = default;
ListDecoder& ListDecoder::operator=(ListDecoder&&) noexcept = default;

bool ListDecoder::write(std::string_view piece) {
  if (!impl_->parser.write(piece)) return false;
  return impl_->draft.problem.empty() || impl_->parser.fail(impl_->draft.problem);
}

bool ListDecoder::finish() { return impl_->parser.finish(impl_->draft.items_seen); }

const ListMeta& ListDecoder::meta() const { return impl_->draft.list; }
std::size_t ListDecoder::malformed() const { return impl_->draft.malformed; }
const std::string& ListDecoder::error() const { return impl_->parser.error(); }

}  // namespace snaptrail::informers
