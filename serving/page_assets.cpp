#include "serving/page_assets.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "serving/gzip.hpp"
#include "serving/page_bundle.hpp"

namespace snaptrail::serving {
namespace {

/// Only what the daemon itself serves; scripts and styles as files, none in the page.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kOpenApi = "openapi.json";
/// The module that all others are imported from, and what they are together.
constexpr std::string_view kMain = "app.js";
constexpr std::string_view kScript = "page.js";
/// All styles, in the order of their names' list, and what they are together.
constexpr std::array<std::string_view, 3> kStyles = {"base.css", "parts.css", "flow.css"};
constexpr std::string_view kStyle = "page.css";
constexpr std::string_view kLogo = "logo.svg";
/// What stands in the page for the hash.
constexpr std::string_view kHashPlaceholder = "@HASH@";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".json")) return kJson;
  return "text/html; charset=utf-8";
}

/// FNV-1a: it tells versions of our own files apart, nobody attacks it.
std::string hash_of_all() {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&hash](std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  };
  for (const auto& asset : page_assets()) mix(asset.name), mix(asset.bytes);
  return fmt::format("{:016x}", hash);
}

std::string_view bytes_of(std::string_view name) {
  for (const auto& asset : page_assets()) {
    if (asset.name == name) return asset.bytes;
  }
  return {};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), to);
}

const std::string& index_text() {
  static const std::string text = [] {
    std::string out(bytes_of(kIndex));
    replace_all(out, kHashPlaceholder, page_hash());
    return out;
  }();
  return text;
}

std::string all_styles() {
  std::string text;
  for (const auto name : kStyles) text += bytes_of(name);
  return text;
}

void add_file(Router& router, std::string_view name, std::string bytes) {
  Response response;
  response.content_type = type_of(name);
  response.packed = gzip(bytes, Packing::Small);
  response.body = std::move(bytes);
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  router.add(fmt::format("/assets/{}/{}", page_hash(), name),
             [response = std::move(response)](const Request&) { return response; });
}

}  // namespace

std::string_view page_hash() {
  static const std::string hash = hash_of_all();
  return hash;
}

Response page_index(const Request& request) {
  const std::string tag = fmt::format("\"{}\"", page_hash());
  Response response;
  response.content_type = type_of(kIndex);
  response.headers = {
      {"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-cache"}, {"ETag", tag}, {"Vary", "Accept-Encoding"}};
  if (request.if_none_match.find(tag) != std::string::npos) {
    response.status = 304;
  } else {
    response.body = index_text();
  }
  return response;
}

void add_page(Router& router) {
  router.add("/", page_index);
  add_file(router, kScript, bundle_modules(kMain, bytes_of));
  add_file(router, kStyle, all_styles());
  add_file(router, kLogo, std::string(bytes_of(kLogo)));
}

Response openapi_document() {
  Response response;
  response.content_type = kJson;
  response.body = bytes_of(kOpenApi);
  return response;
}

}  // namespace snaptrail::serving
