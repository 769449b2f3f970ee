#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "ledger/ledger.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// The last answers to questions that every open page asks, as long as nothing else was committed since. One thread, that of the
/// ledger's reader.
class AnswerCache {
 public:
  using Answer = Response (*)(const ledger::Ledger& ledger, const Request& request);

  static constexpr std::size_t kMost = 8;                          ///< answers that are kept
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;  ///< a larger one is not

  /// What `make` answers to the request's query, or has answered. Only a 200 is kept. Throws what `make` throws.
  Response answer(const ledger::Ledger& ledger, const Request& request, Answer make);

 private:
  struct Kept {
    std::string query;
    Response response;
  };
  ledger::Version version_;
  std::deque<Kept> kept_;  ///< the newest last
};

}  // namespace snaptrail::serving
