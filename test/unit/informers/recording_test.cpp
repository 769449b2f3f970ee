#include "informers/recording.hpp"

#include <zlib.h>
#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <string>

#include "decode_support.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;

namespace {

const std::string kEvent =
    R"({"type":"ADDED","object":{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a \"b\" }]","uid":"11111111-2222-3333-4444-555555555555"}}})";
const std::string kHeader =
    R"({"recording":1,"cluster":"prod","startedAt":"2026-11-22T23:11:11Z","server":"v1.36.3","new":{"a":[1]}})"
    "\n";

std::string event_line(std::string_view at, std::string_view resource = "namespaces", std::string_view event = kEvent) {
  return fmt::format("{{\"at\": {}, \"resource\": \"{}\", \"event\": {}}}\n", at, resource, event);
}

/// What reading all of `bytes` ends with: an error's text, or how many lines there were.
std::string outcome(std::string_view bytes) {
  try {
    RecordingReader reader("file", bytes);
    int lines = 0;
    while (reader.next()) ++lines;
    return fmt::format("{} lines", lines);
  } catch (const RecordingError& error) {
    return error.message;
  }
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("a recording gives header, events and gaps in their order", "[recording]") {
  const std::string text = kHeader + "\n" + event_line("1795389067.078") +
                           R"({"gap":{"cause":"expired"},"resource":"events/Pod","at":1795389068,"x":1})"
                           "\n" +
                           event_line("1.795389069e9", "pods");
  RecordingReader reader("file", text);
  CHECK(reader.header().cluster == "prod");
  CHECK(reader.header().server == "v1.36.3");
  REQUIRE(reader.header().started_at);
  CHECK(objects::format_rfc3339(*reader.header().started_at) == "2026-11-22T23:11:11.000Z");

  const auto first = reader.next();
  REQUIRE(first);
  const auto& event = std::get<RecordedEvent>(*first);
  CHECK(objects::format_rfc3339(event.at) == "2026-11-22T23:11:07.078Z");
  CHECK(event.resource == "namespaces");
  CHECK(event.kind == objects::Kind::Namespace);
  CHECK(event.event == kEvent);
  CHECK(reader.line() == 3);
  CHECK(reader.where() == "file:3");

  const auto second = reader.next();
  REQUIRE(second);
  CHECK(std::get<RecordedGap>(*second).cause == objects::GapCause::Expired);
  CHECK(std::get<RecordedGap>(*second).resource == "events/Pod");

  const auto third = reader.next();
  REQUIRE(third);
  CHECK_FALSE(std::get<RecordedEvent>(*third).kind);
  CHECK(objects::format_rfc3339(std::get<RecordedEvent>(*third).at) == "2026-11-22T23:11:09.000Z");
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
}

TEST_CASE("a recording without a header begins with its first line", "[recording]") {
  const std::string text = event_line("5") + event_line("6");
  CHECK(outcome(text) == "2 lines");
  CHECK(outcome(text.substr(0, text.size() - 1)) == "2 lines");
  CHECK(outcome("") == "0 lines");
  CHECK(outcome("\n\n") == "0 lines");
  CHECK(outcome(kHeader) == "0 lines");
  RecordingReader reader("file", text);
  CHECK(reader.header().cluster.empty());
}

TEST_CASE("a resource of the same name in another group is one that we don't know", "[recording]") {
  const auto kind = [](std::string_view resource, std::string_view event) {
    const std::string line = event_line("5", resource, event);
    RecordingReader reader("file", line);
    return std::get<RecordedEvent>(*reader.next()).kind;
  };
  CHECK(kind("backups", R"({"type":"ADDED","object":{"apiVersion":"velero.io/v1"}})") == objects::Kind::Backup);
  CHECK(kind("backups", R"({"type":"ADDED","object":{"apiVersion":"postgresql.cnpg.io/v1"}})") == std::nullopt);
  CHECK(kind("events", R"({"type":"ADDED","object":{"apiVersion":"events.k8s.io/v1"}})") == std::nullopt);
  CHECK(kind("events", R"({"type":"ADDED","object":{"apiVersion":"v1"}})") == objects::Kind::Event);
  CHECK(kind("backups", R"({"type":"ERROR","object":{"apiVersion":"v1","kind":"Status"}})") == objects::Kind::Backup);
  CHECK(kind("backups", R"({"type":"ADDED","object":{}})") == objects::Kind::Backup);
}

TEST_CASE("bad lines are errors with file and line", "[recording]") {
  const std::string good = event_line("5");
  const std::pair<std::string, std::string> cases[] = {
      {"garbage", "file:2: no JSON object"},
      {"[]", "file:2: no JSON object"},
      {"{} {}", "file:2: more bytes after the line's JSON object"},
      {R"({"at":5,"resource":"pods","event":{"type":ADDED}})", "file:2: no valid JSON: syntax error"},
      {good.substr(0, good.size() / 2), "file:2: the line is cut off"},
      {R"({"resource":"pods","event":{}})", "file:2: \"at\" must be a number of seconds since 1970"},
      {R"({"at":"5","resource":"pods","event":{}})", "file:2: \"at\" must be a number of seconds since 1970"},
      {R"({"at":-5,"resource":"pods","event":{}})", "file:2: \"at\" must be a number of seconds since 1970"},
      {R"({"at":1e300,"resource":"pods","event":{}})", "file:2: \"at\" must be a number of seconds since 1970"},
      {R"({"at":5,"event":{}})", "file:2: \"resource\" must be a resource's plural name"},
      {R"({"at":5,"resource":7,"event":{}})", "file:2: \"resource\" must be a resource's plural name"},
      {R"({"at":5,"resource":"pods"})", "file:2: there must be either an \"event\" or a \"gap\", as an object"},
      {R"({"at":5,"resource":"pods","event":[]})",
       "file:2: there must be either an \"event\" or a \"gap\", as an object"},
      {R"({"at":5,"resource":"pods","event":{},"gap":{}})",
       "file:2: there must be either an \"event\" or a \"gap\", as an object"},
      {R"({"at":5,"resource":"pods","gap":{"cause":"lunch\n"}})", "file:2: \"lunch\\n\" is no cause of a gap"},
      {R"({"at":5,"resource":"pods","ev\u0065nt":{}})", "file:2: the key \"event\" is not written plainly"},
      {R"({"at":3.9,"resource":"pods","event":{}})",
       "file:2: time goes back from 1970-01-01T00:00:05.000Z to 1970-01-01T00:00:03.900Z"},
      {R"({"recording":1})",
       "file:2: a recording's header in mid-file: several recordings were joined, give them one by one"},
  };
  for (const auto& [line, error] : cases) {
    INFO(line);
    CHECK(outcome(good + line + "\n" + good) == error);
  }
  CHECK(outcome(good + event_line("4") + good) == "3 lines");
  CHECK(outcome("nonsense\n") == "file:1: no JSON object");
}

TEST_CASE("the last of several events in one line counts, for reading and for its bytes", "[recording]") {
  const std::string line =
      R"({"at":5,"event":[{"a":"}"}],"resource":"namespaces", "event" : {"type":"ADDED"} ,"b":"\\\"","c":[{"event":{}}]})";
  RecordingReader reader("file", line);
  CHECK(std::get<RecordedEvent>(*reader.next()).event == R"({"type":"ADDED"})");
}

TEST_CASE("a recording of a newer format needs a newer snaptrail", "[recording]") {
  CHECK(outcome(R"({"recording":2})") ==
        "file:1: this recording has format version 2, and this snaptrail reads version 1: a newer snaptrail is needed");
  CHECK(outcome(R"({"recording":0})") == "file:1: there is no format version 0");
  CHECK(outcome(R"({"recording":"1"})") == "file:1: \"recording\" must be the format's version, a whole number");
  CHECK(outcome(R"({"recording":1,"startedAt":"today"})") == "file:1: \"startedAt\" is no RFC 3339 time");
}

TEST_CASE("gzip is known by its bytes, and may have several members", "[recording]") {
  const std::string text = kHeader + event_line("5") + event_line("6");
  CHECK(outcome(gzip(text)) == "2 lines");
  CHECK(outcome(gzip(text.substr(0, 300)) + gzip("") + gzip(text.substr(300))) == "2 lines");
  std::string many = kHeader;
  for (int i = 0; i < 5000; ++i) many += event_line("5");
  CHECK(outcome(gzip(many)) == "5000 lines");
}

TEST_CASE("a cut or broken gzip stream is an error, wherever it is cut", "[recording]") {
  const std::string whole = gzip(kHeader + event_line("5") + event_line("6"));
  for (std::size_t end = 2; end < whole.size(); ++end) {
    INFO("cut at " << end);
    CHECK(outcome(std::string_view(whole).substr(0, end)).ends_with("the gzip stream is cut off here"));
  }
  std::string broken = whole;
  broken[broken.size() - 6] ^= 1;  // the checksum
  CHECK(outcome(broken).ends_with("the gzip stream is broken here"));
  CHECK(outcome(whole + "trailing").ends_with("the gzip stream is broken here"));
}

TEST_CASE("a line beyond 16 MiB is an error, also in gzip, and memory stays bounded", "[recording]") {
  const std::string huge = event_line("5") + std::string((16u << 20) + 1, 'x') + "\n";
  CHECK(outcome(huge) == "file:2: a line longer than 16777216 bytes");
  CHECK(outcome(gzip(huge)) == "file:2: a line longer than 16777216 bytes");
}

TEST_CASE("a file that isn't there says so", "[recording]") {
  try {
    RecordingReader reader(std::filesystem::path("/nowhere/at-all.ndjson"));
    FAIL("it was opened");
  } catch (const RecordingError& error) {
    CHECK(error.message == "/nowhere/at-all.ndjson: No such file or directory");
  }
  CHECK_THROWS_AS(RecordingReader(std::filesystem::path("/")), RecordingError);
}

TEST_CASE("the recordings scan cleanly", "[recording]") {
  const std::pair<const char*, std::uint64_t> files[] = {
      {"velero-backup-restore.ndjson", 111}, {"hazards.ndjson", 150}, {"night.ndjson.gz", 782}};
  for (const auto& [name, lines] : files) {
    INFO(name);
    const RecordingSummary summary = scan_recording(RecordingReader(test::recording_path(name)));
    CHECK(summary.lines == lines);
    CHECK(summary.unknown_resources == 0);
    REQUIRE(summary.first);
    CHECK(*summary.first < *summary.last);
    CHECK(std::ranges::count(summary.has_initial_end, true) == 10);  // the resources that these recordings hold
  }
}

TEST_CASE("a scan refuses events that don't decode, counts unknown resources, and tells the initial lists' ends",
          "[recording]") {
  const auto scan = [](const std::string& text) { return scan_recording(RecordingReader("file", text)); };
  const auto summary = scan(
      kHeader + event_line("5") + event_line("6", "pods", R"({"type":"NEW"})") +
      event_line("7", "namespaces",
                 R"({"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}})"));
  CHECK(summary.header.cluster == "prod");
  CHECK(summary.lines == 3);
  CHECK(summary.unknown_resources == 1);
  CHECK(summary.has_initial_end[static_cast<std::size_t>(objects::Kind::Namespace)]);
  CHECK_FALSE(summary.has_initial_end[static_cast<std::size_t>(objects::Kind::Event)]);
  try {
    scan(kHeader + event_line("5") + event_line("6", "namespaces", R"({"type":"ADDED","object":{}})"));
    FAIL("it was accepted");
  } catch (const RecordingError& error) {
    CHECK(error.message == "file:3: no usable Namespace event: no usable metadata.uid");
  }
}
