#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// Takes the answer to a request, on the server's strand. Calls after the first one change nothing.
using Reply = std::function<void(Response)>;

/// Answers one request. Called on the server's strand, so it must not block for long; what it throws becomes a 500.
using Handler = std::function<Response(const Request&)>;

/// As Handler, for an answer that is found elsewhere: calls `reply` now or later. Who never does leaves the client with
/// HttpOptions::answer_timeout.
using DeferredHandler = std::function<void(const Request&, Reply reply)>;

/// Decides whether a request may be answered: calls `decide` once, now or later, with nothing to let it pass or with what is
/// answered instead. Called on the server's strand.
using Guard = std::function<void(const Request&, std::function<void(std::optional<Response>)> decide)>;

/// Handlers by exact path. Pure.
class Router {
 public:
  /// A path is added once; adding it again replaces its handler.
  void add(std::string path, Handler handler);
  void add_deferred(std::string path, DeferredHandler handler);

  /// Hands the request to the path's handler; 404 where there is none. What the handler throws passes through.
  void route(const Request& request, Reply reply) const;
  bool has(std::string_view path) const { return handlers_.find(path) != handlers_.end(); }

 private:
  std::map<std::string, DeferredHandler, std::less<>> handlers_;
};

}  // namespace snaptrail::serving
