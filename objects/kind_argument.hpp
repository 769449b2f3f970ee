#pragma once

#include <optional>
#include <string_view>

#include "objects/kind.hpp"

namespace snaptrail::objects {

/// The kind that a person means, in any of the ways that kubectl takes: the kind's name, its plural, its singular (all without
/// regard to case), its short name (`vs`, `vsc`, `pvc`, `pv`, …), each also with a group behind it
/// (`volumesnapshots.snapshot.storage.k8s.io`).
std::optional<Kind> kind_of_argument(std::string_view text);

}  // namespace snaptrail::objects
