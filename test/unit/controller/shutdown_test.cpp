#include "controller/shutdown.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using snaptrail::controller::server_patience;

TEST_CASE("a second of the shutdown is the server's, and never more than a quarter", "[shutdown]") {
  CHECK(server_patience(25s) == 1s);
  CHECK(server_patience(4s) == 1s);
  // The shortest that can be configured: the ledger has the most of it.
  CHECK(server_patience(1s) == 250ms);
  CHECK(server_patience(0s) == 0s);
}
