#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "informers/path_handler.hpp"

namespace snaptrail::informers {

/// One list that comes in pieces, read by a tree of rules; what is wrong with it as a sentence. After the first failure it takes no more.
/// Pure. `context` must outlive it; it can't be copied or moved, since the parser points into it.
template <class Context>
class ListParser {
 public:
  ListParser(PathTree<Context> tree, Context& context)
      : tree_(std::move(tree)), parser_(strict_json(), tree_, context) {}
  ListParser(const ListParser&) = delete;
  ListParser& operator=(const ListParser&) = delete;

  /// False: see error().
  bool write(std::string_view piece) { return feed(true, piece); }
  /// At the end: whether it was a whole document, in which `items` were seen. That is looked at behind the last bytes, so it is a reference.
  bool finish(const bool& items_seen) {
    if (!feed(false, {})) return false;
    return items_seen || fail("a document without items, which is no list");
  }
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }
  const std::string& error() const { return error_; }

 private:
  bool feed(bool more, std::string_view piece) {
    if (!error_.empty()) return false;
    boost::json::error_code code;
    const std::size_t taken = parser_.write_some(more, piece.data(), piece.size(), code);
    // All bytes before the end were fine, so what is wrong there is that more should follow.
    if (code && !more) return fail("the list is cut off");
    if (code) return fail(fmt::format("no valid JSON: {}", code.message()));
    if (taken < piece.size()) return fail("more bytes after the list");
    return true;
  }

  const PathTree<Context> tree_;
  PathParser<Context> parser_;
  std::string error_;
};

}  // namespace snaptrail::informers
