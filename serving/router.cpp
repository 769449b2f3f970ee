#include "serving/router.hpp"

#include <utility>

namespace snaptrail::serving {

void Router::add(std::string path, Handler handler) {
  add_deferred(std::move(path),
               [handler = std::move(handler)](const Request& request, const Reply& reply) { reply(handler(request)); });
}

void Router::add_deferred(std::string path, DeferredHandler handler) {
  handlers_[std::move(path)] = std::move(handler);
}

void Router::route(const Request& request, Reply reply) const {
  const auto found = handlers_.find(request.target.path);
  if (found == handlers_.end()) return reply(text_response(404, "not found"));
  found->second(request, std::move(reply));
}

}  // namespace snaptrail::serving
