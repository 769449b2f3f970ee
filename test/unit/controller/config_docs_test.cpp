// docs/config.md and the parser say the same.
#include "controller/config_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "test_data_path.hpp"

using namespace snaptrail::controller;

namespace {

std::string read_page() {
  std::ifstream file(SNAPTRAIL_TEST_DATA "/../../docs/config.md");
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string without_quotes(std::string cell) {
  std::erase(cell, '`');
  const auto first = cell.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

struct Row {
  std::string key, type, initial, meaning;
};

/// The rows of the page's table of keys.
std::vector<Row> rows_of(const std::string& page) {
  std::vector<Row> rows;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream rest(line.substr(1));
    for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(without_quotes(cell));
    REQUIRE(cells.size() == 4);
    rows.push_back({cells[0], cells[1], cells[2], cells[3]});
  }
  return rows;
}

/// The YAML blocks of the page, in order.
std::vector<std::string> examples_of(const std::string& page) {
  const std::string open = "```yaml\n";
  std::vector<std::string> examples;
  for (auto at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    examples.push_back(page.substr(at, page.find("```", at) - at));
  }
  return examples;
}

}  // namespace

TEST_CASE("the page lists every key in the parser's order, with its type and default", "[config]") {
  const auto rows = rows_of(read_page());
  const auto keys = config_keys();
  REQUIRE(rows.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CAPTURE(keys[i].path);
    CHECK(rows[i].key == keys[i].path);
    CHECK(rows[i].type == keys[i].type);
    CHECK(rows[i].initial == keys[i].get(Config()));
    CHECK(rows[i].meaning.size() > 20);
  }
}

TEST_CASE("the page's first example names every key and is all defaults", "[config]") {
  const auto examples = examples_of(read_page());
  REQUIRE(examples.size() == 2);
  CHECK(parse_config(examples[0], "example") == Config());
  for (const auto& key : config_keys()) {
    const std::string path(key.path);
    CAPTURE(path);
    CHECK(examples[0].find(path.substr(path.rfind('.') + 1) + ":") != std::string::npos);
  }
}

TEST_CASE("the page's example for a cluster parses", "[config]") {
  const auto examples = examples_of(read_page());
  REQUIRE(examples.size() == 2);
  const auto config = parse_config(examples[1], "example");
  CHECK(config.listen == ListenAddress{"::", 8080});
  CHECK(config.ledger.path == "/var/lib/snaptrail/ledger.db");
}
