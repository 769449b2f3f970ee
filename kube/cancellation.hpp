#pragma once

#include <boost/asio/awaitable.hpp>

namespace snaptrail::kube {

/// Whether the coroutine that awaits this was cancelled. For those that ask, since a cancellation that is thrown passes by
/// the places that know what was going on.
boost::asio::awaitable<bool> is_cancelled();

}  // namespace snaptrail::kube
