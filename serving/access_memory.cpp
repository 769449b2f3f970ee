#include "serving/access_memory.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace snaptrail::serving {

bool RateLimit::take(AccessTime now) {
  if (last_ && now > *last_) {
    left_ = std::min(burst_, left_ + std::chrono::duration<double>(now - *last_).count() * per_second_);
  }
  last_ = last_ ? std::max(*last_, now) : now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

std::optional<AccessMemory::Known> AccessMemory::token(const std::string& key, AccessTime now) {
  if (const auto* user = users_.find(key); user != nullptr && now < user->until) return Known{user->value};
  if (const auto* refused = refused_.find(key); refused != nullptr && now < refused->until) return Known{};
  return std::nullopt;
}

void AccessMemory::note_token(const std::string& key, std::optional<User> user, AccessTime now) {
  if (user) {
    refused_.erase(key);
    users_.put(key, std::move(*user), now + times_.token);
  } else {
    users_.erase(key);
    refused_.put(key, true, now + times_.refused_token);
  }
}

std::optional<bool> AccessMemory::access(const User& user, std::string_view path, AccessTime now) {
  const auto* known = access_.find(access_key(user, path));
  return known != nullptr && now < known->until ? std::optional(known->value) : std::nullopt;
}

bool AccessMemory::was_allowed(const User& user) { return allowed_.find(fingerprint_of(user.name)) != nullptr; }

void AccessMemory::note_access(const User& user, std::string_view path, bool allowed, AccessTime now) {
  if (allowed) allowed_.put(fingerprint_of(user.name), true, AccessTime::max());
  access_.put(access_key(user, path), allowed, now + (allowed ? times_.allowed : times_.denied));
}

std::string fingerprint_of(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string access_key(const User& user, std::string_view path) {
  // With its length before each part no two users become one.
  std::string all;
  const auto add = [&all](std::string_view part) { all += fmt::format("{}:{}", part.size(), part); };
  add(path);
  add(user.name);
  add(user.uid);
  for (const auto& group : user.groups) add(group);
  for (const auto& [key, values] : user.extra) {
    all += '=';
    add(key);
    for (const auto& value : values) add(value);
  }
  return fingerprint_of(all);
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  const bool is_bearer = std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char a, char b) {
    return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
  });
  if (!is_bearer) return {};
  std::string_view token = authorization.substr(kScheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  while (token.ends_with(' ')) token.remove_suffix(1);
  const bool is_visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  return is_visible ? token : std::string_view();
}

}  // namespace snaptrail::serving
