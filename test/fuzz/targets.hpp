#pragma once

#include <string_view>

/// What the fuzzers feed: each function takes any bytes, and aborts where the code under it does not keep its promises (an
/// exception that is none of its own, or another result for the same bytes in other pieces).
namespace snaptrail::fuzz {

/// A watch's body: lines, each decoded as every kind; and the same bytes as a list.
void decoder(std::string_view bytes);
/// An HTTP answer, and its body as a Status.
void http(std::string_view bytes);
void kubeconfig(std::string_view bytes);
void recording(std::string_view bytes);

}  // namespace snaptrail::fuzz
