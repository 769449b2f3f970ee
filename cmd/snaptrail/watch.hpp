#pragma once

#include <functional>

namespace snaptrail::cmd {

/// For --watch: calls `look` every two seconds, until a signal ends the process or `look` throws. Where nobody could be asked
/// (Failure with kServer) that is said on standard error, and it is tried again for as long as it takes, less and less often.
[[noreturn]] void watch(const std::function<void()>& look);

}  // namespace snaptrail::cmd
