#include "informers/request_path.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace snaptrail::informers {

namespace {

std::string encoded(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

std::string resource_path(const Target& target, std::string_view version) {
  const objects::Resource& resource = objects::resource_of(target.kind);
  if (version.empty()) version = resource.version;
  const std::string within = target.ns.empty() ? "" : fmt::format("namespaces/{}/", encoded(target.ns));
  if (resource.group.empty()) return fmt::format("/api/{}/{}{}", version, within, resource.plural);
  return fmt::format("/apis/{}/{}/{}{}", resource.group, version, within, resource.plural);
}

std::string selector(const Target& target) {
  const std::string fields = target.field_selector.empty() ? "" : "&fieldSelector=" + encoded(target.field_selector);
  return target.label_selector.empty() ? fields : fields + "&labelSelector=" + encoded(target.label_selector);
}

}  // namespace

std::string request_path(const Target& target, const command::ListPage& list, std::string_view version) {
  // A token carries the version that its list began with: a request with both is refused.
  const std::string token = list.continue_token.empty() ? "" : "&continue=" + encoded(list.continue_token);
  const std::string_view any_age = target.poll.count() > 0 && token.empty() ? "&resourceVersion=0" : "";
  return fmt::format("{}?limit={}{}{}{}", resource_path(target, version), list.limit, token, any_age, selector(target));
}

std::string request_path(const Target& target, const command::Check& check, std::string_view version) {
  return fmt::format("{}?limit=1&resourceVersion={}&resourceVersionMatch=NotOlderThan", resource_path(target, version),
                     encoded(check.resource_version));
}

std::string request_path(const Target& target, const command::StreamList& list, std::string_view version) {
  const std::string at_least =
      list.resource_version.empty() ? "" : "&resourceVersion=" + encoded(list.resource_version);
  return fmt::format(
      "{}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true{}&"
      "timeoutSeconds={}{}",
      resource_path(target, version), at_least, list.timeout.count(), selector(target));
}

std::string request_path(const Target& target, const command::Watch& watch, std::string_view version) {
  return fmt::format("{}?watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}{}",
                     resource_path(target, version), encoded(watch.resource_version), watch.timeout.count(),
                     selector(target));
}

}  // namespace snaptrail::informers
