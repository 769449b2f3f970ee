#pragma once

#include <string>

namespace snaptrail::cmd {

/// The object that a command is about, as kubectl's arguments name it.
struct ObjectArgument {
  std::string kind;  ///< the API's name of the kind; empty: any
  std::string name;  ///< empty: any
};

/// Reads `NAME`, `KIND`, `KIND/NAME`, with `kind` of a flag of its own. A word that is a kind's name is the kind: an object called
/// `pvc` is found by `--kind`, or by `pvc/pvc`. Throws Failure(kUsage).
ObjectArgument parse_object(const std::string& text, const std::string& kind);

}  // namespace snaptrail::cmd
