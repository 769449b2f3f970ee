#pragma once

#include <functional>
#include <string>
#include <string_view>

/// The page's modules as one file: a browser takes longer to ask for thirty files than to read them. Pure.
namespace snaptrail::serving {

/// The bytes of a file by its name; empty where there is none.
using PageFile = std::function<std::string_view(std::string_view name)>;

/// `entry` and all modules that it imports, each in a function of its own behind those that it needs, so that their names don't meet.
/// Takes ES modules as ours are written: a line `import { a, b } from './NAME.js';` or an `export` before const, function, async
/// function or class. Throws std::logic_error for any other form, a module that is not there, and a circle of imports.
std::string bundle_modules(std::string_view entry, const PageFile& file);

}  // namespace snaptrail::serving
