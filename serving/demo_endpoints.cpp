#include "serving/demo_endpoints.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

namespace snaptrail::serving {
namespace {

namespace json = boost::json;

Response show_response(const DemoShow& show) {
  json::array recordings;
  for (const auto& one : show.recordings) {
    recordings.push_back(
        json::object{{"name", one.name}, {"title", one.title}, {"text", one.text}, {"seconds", one.length.count()}});
  }
  Response response;
  response.content_type = kJson;
  response.body = json::serialize(json::object{{"recordings", std::move(recordings)},
                                               {"playing", show.playing},
                                               {"pauseSeconds", static_cast<double>(show.pause.count()) / 1000}}) +
                  "\n";
  return response;
}

}  // namespace

void add_demo(Router& router, DemoShow show, std::function<void(const std::string& name)> play) {
  const auto shared = std::make_shared<const DemoShow>(std::move(show));
  router.add("/demo", [shared](const Request&) { return show_response(*shared); });
  router.add("/demo/play", [shared, play = std::move(play)](const Request& request) {
    const std::string* name = request.param("recording");
    if (name == nullptr ||
        std::ranges::find(shared->recordings, *name, &DemoRecording::name) == shared->recordings.end()) {
      return json_error(404, "there is no such recording; /demo names them all");
    }
    play(*name);
    Response response = text_response(202, "{}");
    response.content_type = kJson;
    return response;
  });
}

}  // namespace snaptrail::serving
