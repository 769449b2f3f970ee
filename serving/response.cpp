#include "serving/response.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "objects/utf8.hpp"

namespace snaptrail::serving {

Response text_response(unsigned status, std::string_view line) {
  Response response;
  response.status = status;
  response.body.append(line).append("\n");
  return response;
}

Response json_error(unsigned status, std::string_view message) {
  Response response;
  response.status = status;
  response.content_type = kJson;
  response.body = boost::json::serialize(boost::json::object{{"error", objects::to_valid_utf8(message)}}) + "\n";
  return response;
}

}  // namespace snaptrail::serving
