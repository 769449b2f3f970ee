#include "serving/router.hpp"

#include <utility>

namespace snaptrail::serving {

void Router::add(std::string path, Handler handler) { handlers_[std::move(path)] = std::move(handler); }

Response Router::route(const Request& request) const {
  const auto found = handlers_.find(request.target.path);
  if (found == handlers_.end()) return text_response(404, "not found");
  return found->second(request);
}

}  // namespace snaptrail::serving
