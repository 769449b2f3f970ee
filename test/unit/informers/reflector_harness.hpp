#pragma once

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>
#include <stdexcept>

#include "informers/reflector.hpp"
#include "scripted_server.hpp"

namespace snaptrail::informers::test {

/// A VolumeSnapshot's JSON; the name makes the UID.
inline std::string object(const std::string& name, const std::string& version) {
  std::array<char, 40> uid{};
  std::snprintf(uid.data(), uid.size(), "00000000-0000-4000-8000-%012zx", std::hash<std::string>()(name) % 0xffffffff);
  return R"({"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot","metadata":{"name":")" + name +
         R"(","namespace":"app","uid":")" + uid.data() + R"(","resourceVersion":")" + version + R"("}})";
}

inline Answer list(const std::string& version, const std::vector<std::string>& items, const std::string& token = "") {
  std::string joined;
  for (const auto& item : items) joined += (joined.empty() ? "" : ",") + item;
  return answer(
      200, R"({"kind":"VolumeSnapshotList","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"resourceVersion":")" +
               version + R"(","continue":")" + token + R"("},"items":[)" + joined + "]}");
}

inline std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}
inline std::string bookmark(const std::string& version) {
  return R"({"type":"BOOKMARK","object":{"kind":"VolumeSnapshot","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"resourceVersion":")" +
         version + R"("}}})" + "\n";
}
/// What marks the end of a streamed list's objects, or with another value does not.
inline std::string end_bookmark(const std::string& version, const std::string& value = "true") {
  return R"({"type":"BOOKMARK","object":{"kind":"VolumeSnapshot","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"resourceVersion":")" +
         version + R"(","annotations":{"k8s.io/initial-events-end":")" + value + R"("}}}})" + "\n";
}
inline std::string error_event(int code, const std::string& reason) {
  return R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old","reason":")" +
         reason + R"(","code":)" + std::to_string(code) + "}}\n";
}

/// Writes down what it is told, a line each.
class RecordingIntake : public Intake {
 public:
  void list_started(const Target& t, objects::Instant) override { note(t, "list_started"); }
  void listed(const Target& t, objects::Object object, objects::Instant) override {
    note(t, "listed " + named(object));
  }
  void list_finished(const Target& t, std::string_view version, objects::Instant) override {
    note(t, "list_finished " + std::string(version));
  }
  void delivered(const Target& t, ObjectEvent event, objects::Instant) override {
    static const std::array<std::string, 3> types{"ADDED ", "MODIFIED ", "DELETED "};
    note(t, types.at(static_cast<std::size_t>(event.type)) + named(event.object));
  }
  void bookmark(const Target& t, std::string_view version, objects::Instant) override {
    note(t, "bookmark " + std::string(version));
  }
  void gap(const Target& t, objects::Gap gap, objects::Instant) override {
    CHECK(gap.resource == t.name);
    CHECK(gap.since <= gap.until);
    note(t, "gap " + std::string(objects::to_string(gap.cause)) + " " + gap.first_resource_version + ".." +
                gap.last_resource_version);
  }
  void availability(const Target& t, Availability availability, std::string_view why, objects::Instant) override {
    CHECK_FALSE(why.empty());
    note(t, std::string(to_string(availability)));
  }

  std::vector<std::string> seen;  ///< of all targets
  std::map<std::string, std::vector<std::string>> by_target;
  std::function<void(const std::string& line)> on_line;

 private:
  static std::string named(const objects::Object& object) {
    const auto& meta = objects::meta_of(object);
    return meta.name + " " + meta.resource_version;
  }
  void note(const Target& target, std::string line) {
    seen.push_back(line);
    by_target[target.name].push_back(line);
    if (on_line) on_line(line);
  }
};

inline const Target kSnapshots{objects::Kind::VolumeSnapshot, "", "volumesnapshots"};

/// Waits of a millisecond, and a clock of its own on which two seconds pass from look to look: no stream is short.
inline ReflectorOptions quick_options() {
  ReflectorOptions options;
  options.timings.backoff = {std::chrono::milliseconds(1), 1.0, std::chrono::milliseconds(1), 0.0,
                             std::chrono::minutes(2)};
  options.proof = std::chrono::hours(24);
  options.timings.stream_lists = false;  // those tests of lists say so that are about streams
  options.timings.absent_poll = std::chrono::milliseconds(1);
  options.timings.retry_after_cap = std::chrono::milliseconds(1);
  options.clock = [ticks = std::make_shared<std::chrono::seconds>()] {
    *ticks += std::chrono::seconds(2);
    return Moment{objects::Instant(std::chrono::hours(24 * 365 * 50)) + *ticks,
                  std::chrono::steady_clock::time_point{} + *ticks};
  };
  return options;
}

/// The longest that any of these tests may take: reached only by a defect.
inline constexpr std::chrono::seconds kCeiling{20};

inline std::shared_ptr<const kube::ClusterConfig> config_for(std::uint16_t port) {
  auto config = std::make_shared<kube::ClusterConfig>();
  config->context = config->cluster = "scripted";
  config->scheme = "http";
  config->host = "127.0.0.1";
  config->port = port;
  return config;
}

/// One reflector against a server that gives the scripted answers in turn; at the request after the last one the
/// reflector is cancelled.
class Harness {
 public:
  explicit Harness(std::vector<Answer> script) : script_(script.begin(), script.end()) {
    options.log = [this](LogLevel level, std::string_view line) {
      log.push_back((level == LogLevel::Warning ? "warning: " : "info: ") + std::string(line));
    };
  }

  void run() {
    Reflector reflector(context.get_executor(), config_for(server.port()), target, intake, stored, 1, options);
    if (distrust) reflector.distrust(*distrust);
    bool ended = false;
    boost::asio::co_spawn(context, reflector.run(),
                          boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) {
                            thrown = std::move(e);
                            ended = true;
                            server.stop();
                          }));
    // Posted, as InformerSet does it: newer Asio throws out of run() what is cancelled before its first step.
    if (cancel_at_start) {
      boost::asio::post(context, [this] { cancel.emit(boost::asio::cancellation_type::terminal); });
    }
    context.run_for(kCeiling);
    stats = reflector.stats();
    REQUIRE(ended);
    CHECK(context.stopped());  // no work is left behind
  }

  /// Requests without their query's fixed parts and random timeout.
  std::vector<std::string> asked;
  std::vector<std::string> targets;  ///< requests as they came
  RecordingIntake intake;
  std::vector<std::string> log;
  ReflectorOptions options = quick_options();
  Target target = kSnapshots;
  std::optional<Position> stored;
  std::optional<Distrust> distrust;
  ReflectorStats stats;
  std::exception_ptr thrown;
  std::function<Answer(const std::string& target)> serve;  ///< in place of the script
  bool cancel_at_start = false;
  boost::asio::io_context context{1};
  boost::asio::cancellation_signal cancel;

 private:
  static std::string abridged(const std::string& request) {
    const auto parameter = [&request](const std::string& name) {
      const auto at = request.find(name + "=");
      if (at == std::string::npos) return std::string();
      const auto begin = at + name.size() + 1;
      return request.substr(begin, request.find('&', begin) - begin);
    };
    if (request.find("sendInitialEvents=true") != std::string::npos) {
      const std::string at_least = parameter("resourceVersion");
      return at_least.empty() ? "stream" : "stream " + at_least;
    }
    if (request.find("watch=true") != std::string::npos) return "watch " + parameter("resourceVersion");
    if (request.find("limit=1&") != std::string::npos) return "check " + parameter("resourceVersion");
    const std::string token = parameter("continue");
    return token.empty() ? "list" : "list " + token;
  }

  Answer next(const std::string& request) {
    if (serve) return serve(request);
    if (script_.empty()) {
      boost::asio::post(context, [this] { cancel.emit(boost::asio::cancellation_type::terminal); });
      return hang();
    }
    targets.push_back(request);
    asked.push_back(abridged(request));
    Answer a = script_.front();
    script_.pop_front();
    return a;
  }

  std::deque<Answer> script_;
  ScriptedServer server{context, [this](const std::string& request) { return next(request); }};
};

}  // namespace snaptrail::informers::test
