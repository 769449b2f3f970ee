#include "kube/local_error.hpp"

#include "objects/utf8.hpp"

namespace snaptrail::kube {

Error local_error(Errc code, std::string_view message) {
  Error error;
  error.code = code;
  error.message = objects::to_printable(message);
  return error;
}

Error config_error(std::string_view message) { return local_error(Errc::invalid_config, message); }

}  // namespace snaptrail::kube
