#pragma once

#include <functional>
#include <map>
#include <string>

#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// Answers one request. Called on the server's strand, so it must not block for long; what it throws becomes a 500.
using Handler = std::function<Response(const Request&)>;

/// Handlers by exact path. Pure.
class Router {
 public:
  /// A path is added once; adding it again replaces its handler.
  void add(std::string path, Handler handler);

  /// The answer of the path's handler; 404 where there is none. What the handler throws passes through.
  Response route(const Request& request) const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace snaptrail::serving
