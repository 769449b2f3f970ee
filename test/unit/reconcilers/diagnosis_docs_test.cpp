// docs/diagnoses.md and the catalogue say the same.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "reconcilers/diagnosis/reason.hpp"
#include "reconcilers/diagnosis/thresholds.hpp"

#include "test_data_path.hpp"

using namespace snaptrail::reconcilers;

namespace {

std::vector<std::string> page_lines() {
  std::ifstream file(SNAPTRAIL_TEST_DATA "/../../docs/diagnoses.md");
  REQUIRE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream text(line);
  for (std::string cell; std::getline(text, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

/// The rows of the tables whose first cell is a code, by that code.
std::map<std::string, std::vector<std::string>> codes_on_the_page() {
  std::map<std::string, std::vector<std::string>> codes;
  for (const auto& line : page_lines()) {
    if (!line.starts_with("| `") || line.find("` |") == std::string::npos) continue;
    auto cells = cells_of(line);
    std::string name = cells.at(1);
    std::erase(name, '`');
    if (name.empty() ||
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != std::string::npos) {
      continue;
    }
    if (!(name.front() >= 'A' && name.front() <= 'Z')) continue;
    CHECK(codes.emplace(name, cells).second);
  }
  return codes;
}

}  // namespace

TEST_CASE("the page lists every reason, and none that doesn't exist, with its category, severity and summary",
          "[diagnosis][docs]") {
  const auto codes = codes_on_the_page();
  for (const auto& [name, cells] : codes) {
    CAPTURE(name);
    CHECK(reason_of(name).has_value());
  }
  for (const ReasonInfo& info : all_reasons()) {
    CAPTURE(info.name);
    const auto found = codes.find(std::string(info.name));
    REQUIRE(found != codes.end());
    REQUIRE(found->second.size() >= 6);
    CHECK(found->second[2] == std::string(to_string(info.category)) + ", " + std::string(to_string(info.severity)));
    CHECK(found->second[3] == info.summary);
    for (std::size_t cell = 4; cell < 6; ++cell) CHECK_FALSE(found->second[cell].empty());
  }
  CHECK(all_reasons().size() <= 45);
}

TEST_CASE("the page has every phase with its default threshold", "[diagnosis][docs]") {
  std::set<std::string> rows;
  for (const auto& line : page_lines()) {
    if (line.starts_with("| `")) rows.insert(cells_of(line).at(1) + " " + cells_of(line).at(2));
  }
  for (std::size_t i = 0; i < kPhases; ++i) {
    const auto phase = static_cast<Phase>(i);
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(default_limit(phase)).count();
    const std::string row = "`" + std::string(to_string(phase)) + "` " + std::to_string(minutes) + "m";
    CAPTURE(row);
    CHECK(rows.contains(row));
  }
}
