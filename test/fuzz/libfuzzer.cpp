// libFuzzer's entry; SNAPTRAIL_FUZZ_TARGET names the function of targets.hpp.
#include <cstddef>
#include <cstdint>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  snaptrail::fuzz::SNAPTRAIL_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
