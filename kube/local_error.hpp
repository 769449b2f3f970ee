#pragma once

#include "kube/error.hpp"

#include <string_view>

namespace snaptrail::kube {

/// An Error of our own making (there was no answer), its message made printable.
Error local_error(Errc code, std::string_view message);

/// local_error() with Errc::invalid_config.
Error config_error(std::string_view message);

}  // namespace snaptrail::kube
