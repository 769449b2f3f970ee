#include "cmd/snaptrail/completion.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "cmd/snaptrail/manual.hpp"
#include "cmd/snaptrail/program.hpp"

using namespace snaptrail::cmd;

namespace {

using Texts = std::vector<std::string>;

struct Program {
  Chosen chosen;
  std::unique_ptr<CLI::App> app = make_program(CalledAs::Snaptrail, chosen);

  Texts complete(const Texts& words) const {
    Texts texts;
    for (const auto& candidate : snaptrail::cmd::complete(*app, words).candidates) texts.push_back(candidate.text);
    return texts;
  }
};

bool has(const Texts& texts, const std::string& text) { return std::ranges::find(texts, text) != texts.end(); }

}  // namespace

TEST_CASE("commands are completed, with what they do", "[completion]") {
  const Program program;
  CHECK(program.complete({"stat"}) == Texts{"status"});
  CHECK(has(program.complete({""}), "timeline"));
  CHECK(has(program.complete({}), "replay"));
  const auto found = complete(*program.app, {"status"});
  REQUIRE(found.candidates.size() == 1);
  CHECK_FALSE(found.candidates[0].description.empty());
  CHECK(found.directive == Completions::kNoFiles);
}

TEST_CASE("flags of the command before the cursor are completed", "[completion]") {
  const Program program;
  CHECK(program.complete({"status", "--no-h"}) == Texts{"--no-headers"});
  CHECK(program.complete({"status", "-n", "app", "--no-h"}) == Texts{"--no-headers"});
  CHECK(has(program.complete({"timeline", "--"}), "--since"));
  CHECK_FALSE(has(program.complete({"status", "--"}), "--since"));
}

TEST_CASE("values that a flag knows are completed, however it is written", "[completion]") {
  const Program program;
  CHECK(program.complete({"status", "-o", "nd"}) == Texts{"ndjson"});
  CHECK(program.complete({"status", "--output", ""}) == Texts{"table", "wide", "json", "ndjson"});
  CHECK(program.complete({"status", "--output=w"}) == Texts{"--output=wide"});
  // As bash cuts words.
  CHECK(program.complete({"status", "--output", "=", "w"}) == Texts{"--output=wide"});
  CHECK(program.complete({"completion", "z"}) == Texts{"zsh"});
}

TEST_CASE("files are left to the shell, and only where a file is meant", "[completion]") {
  const Program program;
  CHECK(complete(*program.app, {"status", "--ledger", ""}).directive == Completions::kFiles);
  CHECK(complete(*program.app, {"replay", ""}).directive == Completions::kFiles);
  CHECK(complete(*program.app, {"record", ""}).directive == Completions::kFiles);
  CHECK(complete(*program.app, {"status", "-n", ""}).directive == Completions::kNoFiles);
}

TEST_CASE("words that are nothing complete to nothing", "[completion]") {
  const Program program;
  CHECK(program.complete({"nonsense", "x"}).empty());
  CHECK(program.complete({"status", "--nonsense", "--nonsense="}).empty());
  CHECK(program.complete({"=", "=", "--="}).empty());
}

TEST_CASE("the program's own name decides how it speaks", "[program]") {
  CHECK(called_as("/usr/bin/snaptrail") == CalledAs::Snaptrail);
  CHECK(called_as("snaptrail") == CalledAs::Snaptrail);
  CHECK(called_as("/home/x/kubectl-tools/snaptrail") == CalledAs::Snaptrail);
  CHECK(called_as("/home/x/.krew/bin/kubectl-snaptrail") == CalledAs::KubectlPlugin);
  CHECK(called_as("kubectl_complete-snaptrail") == CalledAs::KubectlCompletion);
  Chosen chosen;
  const auto plugin = make_program(CalledAs::KubectlPlugin, chosen);
  CHECK(plugin->help().find("kubectl snaptrail") != std::string::npos);
}

TEST_CASE("the manual page has every command and every flag", "[manual]") {
  const Program program;
  const std::string page = manual_page(*program.app);
  const auto dashes = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\-");
    return text;
  };
  for (const CLI::App* command : program.app->get_subcommands([](const CLI::App*) { return true; })) {
    CAPTURE(command->get_name());
    CHECK(page.find(".SS \\fBsnaptrail " + command->get_name()) != std::string::npos);
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) CHECK(page.find(dashes("--" + name)) != std::string::npos);
    }
  }
}
