#include "kube/token_source.hpp"

#include "kube/files.hpp"
#include "kube/local_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace snaptrail::kube {
namespace {

constexpr std::chrono::minutes kReadEvery{1};
constexpr std::size_t kLargestToken = 64 * 1024;

}  // namespace

std::optional<std::string> clean_token(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!visible) return std::nullopt;
  return std::string(text);
}

TokenSource::TokenSource(const ClusterConfig& config)
    : file_(config.token_file), token_(clean_token(config.token).value_or("")) {}

Result<std::string> TokenSource::token(TimePoint now) {
  if (file_.empty() || (read_at_ && now - *read_at_ < kReadEvery)) return token_;
  const auto text = read_file(file_, "token file", kLargestToken);
  auto fresh = text ? clean_token(*text) : std::nullopt;
  if (fresh) {
    token_ = std::move(*fresh);
  } else if (token_.empty()) {
    return text ? config_error(fmt::format("the token file {} holds no token", file_.string())) : text.error();
  }
  read_at_ = now;
  return token_;
}

bool TokenSource::expire() {
  read_at_.reset();
  return !file_.empty();
}

}  // namespace snaptrail::kube
