#pragma once

#include "serving/api_query.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// What `read` answers; 400 with the reason where it throws an ApiProblem.
template <class Read>
Response guarded(Read read) {
  try {
    return read();
  } catch (const ApiProblem& problem) {
    return json_error(400, problem.message);
  }
}

}  // namespace snaptrail::serving
