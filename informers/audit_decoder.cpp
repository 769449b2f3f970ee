#include "informers/audit_decoder.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "informers/path_handler.hpp"

namespace snaptrail::informers {
namespace {

struct PageDraft {
  AuditList& list;
  AuditList::Item item;
  std::string resource_version;
  std::string continue_token;
  std::size_t malformed = 0;
  bool items_seen = false;
};

using PageTree = PathTree<PageDraft>;

void end_item(PageDraft& page) {
  if (page.item.uid && !page.item.resource_version.empty()) {
    page.list.items.push_back(page.item);
  } else {
    ++page.malformed;
  }
}

PageTree page_tree() {
  PageTree tree;
  tree.at({"metadata", "resourceVersion"}).set = [](PageDraft& page, const Scalar& value) {
    page.resource_version = value.text;
  };
  tree.at({"metadata", "continue"}).set = [](PageDraft& page, const Scalar& value) {
    page.continue_token = value.text;
  };
  const auto item = tree.id({"items", PageTree::kEach});
  tree.at({"metadata", "uid"}, item).set = [](PageDraft& page, const Scalar& value) {
    page.item.uid = objects::Uid::parse(value.text).value_or(objects::Uid());
  };
  tree.at({"metadata", "resourceVersion"}, item).set = [](PageDraft& page, const Scalar& value) {
    page.item.resource_version = value.text;
  };
  tree.at({}, item).enter = [](PageDraft& page) { page.item = {}; };
  tree.at({}, item).leave = end_item;
  tree.at({}, item).set = [](PageDraft& page, const Scalar&) { ++page.malformed; };
  tree.at({"items"}).enter = [](PageDraft& page) { page.items_seen = true; };
  // Go writes an empty list as null where nobody made it.
  tree.at({"items"}).set = [](PageDraft& page, const Scalar& value) {
    page.items_seen = value.type == Scalar::Type::Null;
  };
  return tree;
}

}  // namespace

struct AuditPageDecoder::Impl {
  explicit Impl(AuditList& into) : draft{into, {}, {}, {}}, tree(page_tree()), parser(strict_json(), tree, draft) {}

  PageDraft draft;
  const PageTree tree;
  PathParser<PageDraft> parser;
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
    return true;
  }
};

AuditPageDecoder::AuditPageDecoder(AuditList& into) : impl_(std::make_unique<Impl>(into)) {}
AuditPageDecoder::~AuditPageDecoder() = default;

bool AuditPageDecoder::write(std::string_view piece) { return impl_->feed(true, piece); }

bool AuditPageDecoder::finish() {
  if (!impl_->feed(false, {})) return false;
  return impl_->draft.items_seen || impl_->fail("a document without items, which is no list");
}

std::size_t AuditPageDecoder::malformed() const { return impl_->draft.malformed; }
const std::string& AuditPageDecoder::resource_version() const { return impl_->draft.resource_version; }
const std::string& AuditPageDecoder::continue_token() const { return impl_->draft.continue_token; }
const std::string& AuditPageDecoder::error() const { return impl_->error; }

}  // namespace snaptrail::informers
