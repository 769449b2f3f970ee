// docs/doctor.md and the catalogue of checks say the same.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "reconcilers/preflight/check.hpp"

#include "test_data_path.hpp"

using namespace snaptrail::reconcilers::preflight;

namespace {

/// The rows of the table of checks: each cell without blanks around it.
std::vector<std::vector<std::string>> rows_of_the_page() {
  std::ifstream file(SNAPTRAIL_TEST_DATA "/../../docs/doctor.md");
  REQUIRE(file);
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| check |")) inside = true;
    if (!inside || !line.starts_with("| `")) {
      if (inside && line.empty()) break;
      continue;
    }
    std::vector<std::string> cells;
    for (std::size_t at = 1; at < line.size();) {
      const std::size_t end = std::min(line.find(" |", at), line.size());
      const std::size_t begin = std::min(line.find_first_not_of(' ', at), end);
      cells.push_back(line.substr(begin, end - begin));
      at = end + 2;
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace

TEST_CASE("the page lists every check in its order, with its question and what it says", "[preflight][docs]") {
  const auto rows = rows_of_the_page();
  REQUIRE(rows.size() == all_checks().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CheckInfo& info = all_checks()[i];
    CAPTURE(info.id);
    REQUIRE(rows[i].size() == 4);
    CHECK(rows[i][0] == "`" + std::string(info.id) + "`");
    CHECK(rows[i][1] == std::string(info.asks) + "?");
    CHECK(rows[i][2].size() + rows[i][3].size() > 20);
  }
}
