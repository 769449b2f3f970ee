#include "serving/page_bundle.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <string>

using namespace snaptrail::serving;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

using Files = std::map<std::string, std::string, std::less<>>;

std::string bundled(const Files& files) {
  return bundle_modules("main.js", [&files](std::string_view name) -> std::string_view {
    const auto found = files.find(name);
    return found == files.end() ? std::string_view() : std::string_view(found->second);
  });
}

}  // namespace

TEST_CASE("each module stands once, behind those that it imports, in a function of its own", "[page]") {
  const Files files{
      {"main.js", "import { a, b } from './some-part.js';\nimport { c } from './other.js';\nrun(a, b, c);\n"},
      {"some-part.js", "import { c } from './other.js';\nexport const a = c + 1;\nexport function b() {}\n"},
      {"other.js", "/** Why. */\nexport class c {\n}\nexport async function later() {}\nexport function* no() {}\n"}};
  Files plain = files;
  plain["other.js"] = "/** Why. */\nexport class c {\n}\nexport async function later() {}\n";
  CHECK(bundled(plain) ==
        "const module_other = (() => {\n/** Why. */\nclass c {\n}\nasync function later() {}\nreturn { c, later "
        "};\n})();\n"
        "const module_some_part = (() => {\nconst { c } = module_other;\nconst a = c + 1;\nfunction b() {}\n"
        "return { a, b };\n})();\n"
        "const module_main = (() => {\nconst { a, b } = module_some_part;\nconst { c } = module_other;\nrun(a, b, c);\n"
        "return {  };\n})();\n");
  CHECK_THROWS_MATCHES(bundled(files), std::logic_error,
                       MessageMatches(ContainsSubstring("other.js") && ContainsSubstring("function*")));
}

TEST_CASE("what a bundle would change the meaning of is refused, not guessed", "[page]") {
  const auto refused = [](const std::string& main, const std::string& why) {
    CAPTURE(main);
    CHECK_THROWS_MATCHES(
        bundled({{"main.js", main}, {"x.js", "export const a = 1;\n"}, {"y.js", "import { b } from './main.js';\n"}}),
        std::logic_error, MessageMatches(ContainsSubstring(why)));
  };
  refused("import * as all from './x.js';\n", "written another way");
  refused("import x from './x.js';\n", "written another way");
  refused("import { a as b } from './x.js';\n", "written another way");
  refused("import { a } from 'x';\n", "written another way");
  refused("import './x.js';\n", "written another way");
  refused("import {\n  a } from './x.js';\n", "written another way");
  refused("export let a = 1;\n", "written another way");
  refused("export default 1;\n", "written another way");
  refused("export { a } from './x.js';\n", "written another way");
  refused("const later = import('./x.js');\n", "later");
  refused("import { a } from './none.js';\n", "no such module");
  refused("import { a } from './y.js';\n", "circle");
}
