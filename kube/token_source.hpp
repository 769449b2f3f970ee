#pragma once

#include "kube/cluster_config.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// The bearer token of each request: fixed, or from a file that the kubelet rotates. Rules of client-go
/// (transport/token_source.go): the file is read at most every minute, and the last good token is kept while
/// the file is missing, empty or no token.
class TokenSource {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit TokenSource(const ClusterConfig& config);

  /// The token to send; empty: none is configured. An error only where a file is configured that has never
  /// been good and there is no fixed token either.
  Result<std::string> token(TimePoint now);

  /// Makes the next token() read the file whatever its age: the server refused the last one. False if there
  /// is no file.
  bool expire();

 private:
  std::filesystem::path file_;
  std::string token_;
  std::optional<TimePoint> read_at_;
};

/// The token in a file's text: blanks around it removed; nullopt if nothing is left or it holds a character
/// that no header field may have.
std::optional<std::string> clean_token(std::string_view text);

}  // namespace snaptrail::kube
