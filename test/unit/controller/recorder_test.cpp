// What `record` writes of a server's lists and watches, and when it asks: against a scripted API server.
#include "controller/recorder.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <deque>
#include <filesystem>
#include <variant>

#include "../informers/reflector_harness.hpp"
#include "informers/recording.hpp"

using namespace snaptrail;
using namespace snaptrail::informers::test;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

/// A recorder of VolumeSnapshots, stopped at the request after the last answer of the script.
class Recorded {
 public:
  explicit Recorded(std::vector<Answer> script) : script_(script.begin(), script.end()) {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-recorder-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    options.retry = 1ms;
  }
  ~Recorded() { std::filesystem::remove_all(folder_); }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  void run() {
    const auto file = folder_ / "r.ndjson";
    informers::RecordingWriter writer(file, informers::RecordingHeader{});
    controller::Recorder recorder(io_.get_executor(), config_for(server_.port()), kSnapshots, writer, log_, options);
    stop_ = [&] {
      recorder.stop();
      cancel_.emit(boost::asio::cancellation_type::terminal);
    };
    bool ended = false;
    boost::asio::co_spawn(io_, recorder.run(),
                          boost::asio::bind_cancellation_slot(cancel_.slot(), [&](const std::exception_ptr& thrown) {
                            ended = true;
                            CHECK_FALSE(thrown);
                            server_.stop();
                          }));
    io_.run_for(kLongest);
    REQUIRE(ended);
    writer.close();
    read(file);
  }

  controller::RecorderOptions options;
  Lines lines;  ///< of the recording
  Lines asked;
  std::vector<std::chrono::steady_clock::time_point> asked_at;

 private:
  static constexpr std::chrono::seconds kLongest{60};  ///< reached only by a defect

  Answer next(const std::string& request) {
    asked.emplace_back(request.find("watch=true") == std::string::npos ? "list" : "watch");
    asked_at.push_back(std::chrono::steady_clock::now());
    if (script_.empty()) {
      boost::asio::post(io_, [this] { stop_(); });
      return hang();
    }
    Answer answer = std::move(script_.front());
    script_.pop_front();
    return answer;
  }

  void read(const std::filesystem::path& file) {
    REQUIRE_NOTHROW(scan_recording(informers::RecordingReader(file)));
    informers::RecordingReader reader(file);
    informers::WatchDecoder decoder(kSnapshots.kind);
    while (const auto line = reader.next()) {
      if (const auto* gap = std::get_if<informers::RecordedGap>(&*line)) {
        lines.push_back("gap " + std::string(objects::to_string(gap->cause)));
        continue;
      }
      const auto decoded = decoder.decode(std::get<informers::RecordedEvent>(*line).event);
      if (const auto* event = std::get_if<informers::ObjectEvent>(&decoded)) {
        lines.push_back(objects::meta_of(event->object).name);
      } else {
        lines.emplace_back(std::get<informers::Bookmark>(decoded).initial_events_end ? "end of list" : "bookmark");
      }
    }
  }

  std::deque<Answer> script_;
  std::filesystem::path folder_;
  boost::asio::io_context io_;
  boost::asio::cancellation_signal cancel_;
  std::function<void()> stop_;
  controller::Log log_{controller::Config::Log{}};
  ScriptedServer server_{io_, [this](const std::string& request) { return next(request); }};
};

}  // namespace

TEST_CASE("an ERROR in a watch is a gap of its cause, and a new list after a pause", "[recorder]") {
  const bool expired = GENERATE(false, true);
  Recorded r({list("100", {object("a", "5")}),
              stream({event("ADDED", object("b", "101")),
                      expired ? error_event(410, "Expired") : error_event(500, "InternalError")},
                     End::Open),
              list("110", {object("b", "101")})});
  r.options.retry = 200ms;
  r.run();
  CHECK(r.lines == Lines{"a", "end of list", "b", expired ? "gap expired" : "gap disconnected", "b", "end of list"});
  REQUIRE(r.asked == Lines{"list", "watch", "list", "watch"});
  CHECK(r.asked_at[2] - r.asked_at[1] >= 200ms);
}

TEST_CASE("an event that can't be read is a gap and a new list, and nothing of it is recorded", "[recorder]") {
  const std::string line = GENERATE(std::string("{\"type\":\"ADDED\",\"object\":{\n"),
                                    event("ADDED", R"({"metadata":{"name":"nobody","resourceVersion":"101"}})"),
                                    event("ADDED", object(std::string(17u << 20, 'x'), "101")));
  Recorded r({list("100", {}), stream({line + event("ADDED", object("later", "102"))}, End::Open),
              list("110", {object("later", "102")})});
  r.run();
  CHECK(r.lines == Lines{"end of list", "gap disconnected", "later", "end of list"});
  CHECK(r.asked == Lines{"list", "watch", "list", "watch"});
}

TEST_CASE("what a watch says of something else is left out without a gap", "[recorder]") {
  const std::string foreign = event("ADDED", R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}})");
  Recorded r({list("100", {}),
              stream({"{\"type\":\"ODD\",\"object\":{}}\n", foreign, event("ADDED", object("a", "101"))}, End::Clean)});
  r.run();
  CHECK(r.lines == Lines{"end of list", "a"});
}

TEST_CASE("an item of a list that can't be read is left out", "[recorder]") {
  Recorded r({list("100", {R"({"metadata":{"name":"nobody","resourceVersion":"4"}})", object("a", "5")})});
  r.run();
  CHECK(r.lines == Lines{"a", "end of list"});
}
