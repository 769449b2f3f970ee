#include "cmd/snaptrail/object_argument.hpp"

#include <fmt/format.h>

#include "cmd/snaptrail/commands.hpp"
#include "objects/kind_argument.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

std::string known_kind(const std::string& text) {
  if (const auto kind = objects::kind_of_argument(text)) return std::string(objects::to_string(*kind));
  throw Failure(kUsage, fmt::format("{} is no kind that snaptrail follows; write vs, vsc, pvc, pv, or the name in full",
                                    objects::to_printable(text)));
}

}  // namespace

ObjectArgument parse_object(const std::string& text, const std::string& kind) {
  ObjectArgument object;
  if (!kind.empty()) object.kind = known_kind(kind);
  const auto slash = text.find('/');
  if (slash != std::string::npos) {
    const std::string named = known_kind(text.substr(0, slash));
    if (!object.kind.empty() && object.kind != named) {
      throw Failure(kUsage,
                    fmt::format("{} and --kind {} are different kinds", objects::to_printable(text), object.kind));
    }
    object.kind = named;
    object.name = text.substr(slash + 1);
    if (object.name.empty()) throw Failure(kUsage, fmt::format("{} names no object", objects::to_printable(text)));
    return object;
  }
  const auto only_kind = kind.empty() ? objects::kind_of_argument(text) : std::nullopt;
  if (only_kind) {
    object.kind = objects::to_string(*only_kind);
  } else {
    object.name = text;
  }
  return object;
}

}  // namespace snaptrail::cmd
