#include "informers/request_path.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace snaptrail::informers {

namespace {

std::string encoded(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

std::string resource_path(objects::Kind kind) {
  const objects::Resource& resource = objects::resource_of(kind);
  if (resource.group.empty()) return fmt::format("/api/{}/{}", resource.version, resource.plural);
  return fmt::format("/apis/{}/{}/{}", resource.group, resource.version, resource.plural);
}

std::string selector(const Target& target) {
  return target.field_selector.empty() ? "" : "&fieldSelector=" + encoded(target.field_selector);
}

}  // namespace

std::string request_path(const Target& target, const command::ListPage& list) {
  // A token carries the version that its list began with: a request with both is refused.
  const std::string token = list.continue_token.empty() ? "" : "&continue=" + encoded(list.continue_token);
  return fmt::format("{}?limit={}{}{}", resource_path(target.kind), list.limit, token, selector(target));
}

std::string request_path(const Target& target, const command::Check& check) {
  return fmt::format("{}?limit=1&resourceVersion={}&resourceVersionMatch=NotOlderThan", resource_path(target.kind),
                     encoded(check.resource_version));
}

std::string request_path(const Target& target, const command::Watch& watch) {
  return fmt::format("{}?watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}{}",
                     resource_path(target.kind), encoded(watch.resource_version), watch.timeout.count(),
                     selector(target));
}

}  // namespace snaptrail::informers
