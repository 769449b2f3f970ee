#include "serving/page_assets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace snaptrail::serving {
namespace {

/// Only what the daemon itself serves; scripts and styles as files, none in the page.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kOpenApi = "openapi.json";
/// The modules that the page names.
constexpr std::string_view kFirst = "first.js";
constexpr std::string_view kMain = "app.js";
/// What stands in the page for the hash, and for the links to all modules.
constexpr std::string_view kHashPlaceholder = "@HASH@";
constexpr std::string_view kModulesPlaceholder = "@MODULES@";

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

/// The modules that a module imports, as our own are written: `from './NAME'`.
std::vector<std::string_view> imports_of(std::string_view module) {
  constexpr std::string_view kFrom = " from './";
  std::vector<std::string_view> names;
  for (std::size_t at = 0; (at = module.find(kFrom, at)) != std::string_view::npos;) {
    at += kFrom.size();
    names.push_back(module.substr(at, module.find('\'', at) - at));
  }
  return names;
}

/// Links by which the browser asks for all modules of the first picture at once, instead of each when the one that needs it is read.
/// What a module imports later is not among them.
std::string module_links() {
  std::vector<std::string_view> found = {kFirst, kMain};
  for (std::size_t next = 0; next < found.size(); ++next) {
    for (const auto name : imports_of(bytes_of(found[next]))) {
      if (std::ranges::find(found, name) == found.end()) found.push_back(name);
    }
  }
  std::string links;
  for (const auto name : found) {
    links += fmt::format("<link rel=\"modulepreload\" href=\"assets/{}/{}\">\n", kHashPlaceholder, name);
  }
  links.pop_back();  // the line's own end is in the page
  return links;
}

const std::string& index_text() {
  static const std::string text = [] {
    std::string out(bytes_of(kIndex));
    replace_all(out, kModulesPlaceholder, module_links());
    replace_all(out, kHashPlaceholder, page_hash());
    return out;
  }();
  return text;
}

Response asset_response(const PageAsset& asset) {
  Response response;
  response.content_type = type_of(asset.name);
  response.body = asset.bytes;
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  return response;
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
  response.headers = {{"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-cache"}, {"ETag", tag}};
  if (request.if_none_match.find(tag) != std::string::npos) {
    response.status = 304;
  } else {
    response.body = index_text();
  }
  return response;
}

void add_page(Router& router) {
  router.add("/", page_index);
  for (const PageAsset& asset : page_assets()) {
    if (asset.name == kIndex || asset.name == kOpenApi) continue;
    router.add(fmt::format("/assets/{}/{}", page_hash(), asset.name),
               [&asset](const Request&) { return asset_response(asset); });
  }
}

Response openapi_document() {
  Response response;
  response.content_type = kJson;
  response.body = bytes_of(kOpenApi);
  return response;
}

}  // namespace snaptrail::serving
