#pragma once

#include <span>
#include <string>
#include <string_view>

#include "serving/request.hpp"
#include "serving/response.hpp"
#include "serving/router.hpp"

/// The page's files (serving/page), part of the binary.
namespace snaptrail::serving {

struct PageAsset {
  std::string_view name;  ///< `app.js`
  std::string_view bytes;
};

/// All of them, by name.
std::span<const PageAsset> page_assets();

/// A hash over all of them, in hexadecimal: part of their address, so that a browser may keep them for good and still gets the
/// new ones of another version.
std::string_view page_hash();

/// `GET /`: the page itself, which is asked for anew each time (304 where the browser has it).
Response page_index(const Request& request);

/// Adds `/`, and below `/assets/HASH/` what it names: all modules as `page.js`, all styles as `page.css`, and the logo.
void add_page(Router& router);

/// `GET /api/v1/openapi.json`.
Response openapi_document();

}  // namespace snaptrail::serving
