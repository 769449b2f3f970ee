#include "informers/audit_decoder.hpp"

#include <string>

#include "informers/list_parser.hpp"

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
  explicit Impl(AuditList& into) : draft{into, {}, {}, {}}, parser(page_tree(), draft) {}

  PageDraft draft;
  ListParser<PageDraft> parser;
};

AuditPageDecoder::AuditPageDecoder(AuditList& into) : impl_(std::make_unique<Impl>(into)) {}
AuditPageDecoder::~AuditPageDecoder() = default;

bool AuditPageDecoder::write(std::string_view piece) { return impl_->parser.write(piece); }
bool AuditPageDecoder::finish() { return impl_->parser.finish(impl_->draft.items_seen); }

std::size_t AuditPageDecoder::malformed() const { return impl_->draft.malformed; }
const std::string& AuditPageDecoder::resource_version() const { return impl_->draft.resource_version; }
const std::string& AuditPageDecoder::continue_token() const { return impl_->draft.continue_token; }
const std::string& AuditPageDecoder::error() const { return impl_->parser.error(); }

}  // namespace snaptrail::informers
