#include "informers/merged_recording.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "informers/recording_files.hpp"
#include "informers/recording_repair.hpp"
#include "informers/recording_writer.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;

namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-merge-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

std::string added(int at, const std::string& resource, const std::string& name) {
  return R"({"at":)" + std::to_string(at) + R"(,"resource":")" + resource +
         R"(","event":{"type":"ADDED","object":{"metadata":{"name":")" + name +
         "\",\"uid\":\"8f6f0000-0000-0000-0000-" + std::to_string(100000000000 + at) + "\",\"resourceVersion\":\"" +
         std::to_string(at) + "\"}}}}\n";
}

std::string end_of_list(int at, const std::string& resource) {
  return R"({"at":)" + std::to_string(at) + R"(,"resource":")" + resource +
         R"(","event":{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9","annotations":)"
         R"({"k8s.io/initial-events-end":"true"}}}}})"
         "\n";
}

std::string gap(int at, const std::string& resource) {
  return R"({"at":)" + std::to_string(at) + R"(,"resource":")" + resource +
         R"(","gap":{"cause":"disconnected"}})"
         "\n";
}

/// `SECOND RESOURCE`, a gap with its cause and `+` where a list follows.
std::vector<std::string> lines_of(MergedRecording& merged) {
  std::vector<std::string> lines;
  while (const auto line = merged.next()) {
    if (const auto* event = std::get_if<RecordedEvent>(&*line)) {
      lines.push_back(std::to_string(event->at.time_since_epoch().count() / 1000) + " " + event->resource);
    } else {
      const auto& one = std::get<RecordedGap>(*line);
      lines.push_back(std::to_string(one.at.time_since_epoch().count() / 1000) + " gap " + one.resource + " " +
                      std::string(objects::to_string(one.cause)) + (one.list_follows ? "+" : ""));
    }
  }
  return lines;
}

std::string refused(const std::vector<std::filesystem::path>& files) {
  try {
    const MergedRecording merged(files);
  } catch (const RecordingError& error) {
    return error.message;
  }
  return {};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("one recording is itself", "[merged_recording]") {
  const Scratch scratch;
  MergedRecording merged({scratch.write("a", added(1, "namespaces", "x") + end_of_list(2, "namespaces") +
                                                 gap(3, "namespaces") + added(4, "namespaces", "y"))});
  CHECK(lines_of(merged) == Lines{"1 namespaces", "2 namespaces", "3 gap namespaces disconnected+", "4 namespaces"});
}

TEST_CASE("recordings of different resources are merged in the order of time", "[merged_recording]") {
  const Scratch scratch;
  MergedRecording merged({scratch.write("a", added(1, "namespaces", "x") + added(5, "namespaces", "y")),
                          scratch.write("b", added(2, "storageclasses", "s") + added(6, "storageclasses", "t"))});
  CHECK(lines_of(merged) == Lines{"1 namespaces", "2 storageclasses", "5 namespaces", "6 storageclasses"});
  CHECK(merged.summary().lines == 4);
}

TEST_CASE("a part that begins with a list comes behind a gap, one that goes on does not", "[merged_recording]") {
  const Scratch scratch;
  const auto first = scratch.write("a", added(1, "namespaces", "x") + end_of_list(2, "namespaces"));
  const auto second = scratch.write(
      "b", added(10, "namespaces", "x") + end_of_list(11, "namespaces") + added(12, "storageclasses", "s"));
  const auto third = scratch.write("c", added(20, "namespaces", "y") + gap(21, "namespaces"));
  MergedRecording merged({third, second, first});
  CHECK(lines_of(merged) == Lines{"1 namespaces", "2 namespaces", "10 gap namespaces restarted+", "10 namespaces",
                                  "11 namespaces", "12 storageclasses", "20 namespaces",
                                  "21 gap namespaces disconnected"});
  const auto index = static_cast<std::size_t>(objects::Kind::Namespace);
  CHECK(merged.summary().begins_with_list[index]);
  CHECK(merged.summary().has_initial_end[index]);
}

TEST_CASE("what begins in mid-watch and is listed in a later part is told so", "[merged_recording]") {
  const Scratch scratch;
  MergedRecording merged({scratch.write("a", added(1, "namespaces", "x")),
                          scratch.write("b", added(5, "namespaces", "x") + end_of_list(6, "namespaces"))});
  const auto index = static_cast<std::size_t>(objects::Kind::Namespace);
  CHECK_FALSE(merged.summary().begins_with_list[index]);
  CHECK(merged.summary().has_initial_end[index]);
  CHECK(lines_of(merged) == Lines{"1 namespaces", "5 gap namespaces restarted+", "5 namespaces", "6 namespaces"});
}

TEST_CASE("the same resource at the same time, and two clusters, are refused with names and times",
          "[merged_recording]") {
  const Scratch scratch;
  const auto a = scratch.write("a", added(1, "namespaces", "x") + added(5, "namespaces", "y"));
  const auto b = scratch.write("b", added(3, "namespaces", "x") + added(9, "namespaces", "y"));
  CHECK(refused({a, b}).find("both hold namespaces from 1970-01-01T00:00:03.000Z to 1970-01-01T00:00:05.000Z") !=
        std::string::npos);
  const auto one = scratch.write("one", "{\"recording\":1,\"cluster\":\"prod\"}\n" + added(1, "namespaces", "x"));
  const auto other = scratch.write("other", "{\"recording\":1,\"cluster\":\"test\"}\n" + added(9, "namespaces", "x"));
  CHECK(refused({one, other}).find("not the same one") != std::string::npos);
  CHECK(refused({a, scratch / "missing"}).find("missing") != std::string::npos);
}

TEST_CASE("a folder stands for the recordings in it, by name", "[recording_files]") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "empty");
  for (const char* name : {"b.ndjson", "a.ndjson.gz", "notes.txt"}) scratch.write(name, "");
  CHECK(recording_files({scratch.path().string(), "x"}) ==
        std::vector<std::filesystem::path>{scratch / "a.ndjson.gz", scratch / "b.ndjson", "x"});
  CHECK_THROWS_AS(recording_files({(scratch / "empty").string()}), RecordingError);
}

TEST_CASE("a compressed recording reads back, also when its end is missing, and goes on after it was mended",
          "[recording_repair]") {
  const Scratch scratch;
  const auto file = scratch / "r.ndjson.gz";
  const objects::Instant at{objects::Millis{1'700'000'000'000}};
  const std::string event = R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}})";
  {
    RecordingWriter writer(file, {1, "prod", "", at});
    for (int i = 0; i < 50; ++i) CHECK(writer.event(at, "namespaces", event));
    writer.flush();
    CHECK(writer.bytes() == std::filesystem::file_size(file));
    CHECK(writer.event(at, "namespaces", event));
    writer.close();
  }
  CHECK(scan_recording(RecordingReader(file)).lines == 51);
  // As a crash leaves it: without the tail, and a piece more.
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 12);
  CHECK_THROWS_AS(scan_recording(RecordingReader(file)), RecordingError);
  const auto mended = mend_recording(file);
  CHECK(mended.lines >= 50);
  CHECK(mended.header.cluster == "prod");
  {
    RecordingWriter writer(RecordingWriter::Resume{}, file);
    writer.gap(at, "namespaces", objects::GapCause::Restarted);
    writer.close();
  }
  CHECK(scan_recording(RecordingReader(file)).lines == mended.lines + 1);
  CHECK_FALSE(std::filesystem::exists(file.string() + ".mending"));
}

TEST_CASE("a line that was cut goes, and what is damaged elsewhere stays as it is", "[recording_repair]") {
  const Scratch scratch;
  const auto cut = scratch.write("cut", added(1, "namespaces", "x") + R"({"at":2,"resou)");
  CHECK(mend_recording(cut).lines == 1);
  CHECK(std::filesystem::file_size(cut) == added(1, "namespaces", "x").size());
  const auto whole = scratch.write("whole", added(1, "namespaces", "x"));
  CHECK(mend_recording(whole).lines == 1);
  const auto damaged = scratch.write("damaged", "{\"at\":\n" + added(1, "namespaces", "x"));
  CHECK_THROWS_AS(mend_recording(damaged), RecordingError);
  CHECK_THROWS_AS(mend_recording(scratch / "missing"), RecordingError);
  // A gzip stream whose middle is broken is no interrupted one.
  const auto broken =
      scratch.write("broken.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10) + "\xff\xff\xff\xff");
  CHECK_THROWS_AS(mend_recording(broken), RecordingError);
  CHECK(std::filesystem::file_size(broken) == 14);
}

TEST_CASE("what a killed mending left behind does not keep the next one from mending", "[recording_repair]") {
  const Scratch scratch;
  const auto file = scratch / "r.ndjson.gz";
  const auto left = scratch / "r.ndjson.gz.mending";
  {
    RecordingWriter writer(file, RecordingHeader{});
    for (int i = 0; i < 50; ++i)
      writer.gap(objects::Instant(objects::Millis{1'000}), "namespaces", objects::GapCause::Expired);
    writer.close();
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 12);
  scratch.write("r.ndjson.gz.mending", std::string(100'000, 'x'));
  const auto mended = mend_recording(file);
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(scan_recording(RecordingReader(file)).lines == mended.lines);
  CHECK(mend_recording(file).lines == mended.lines);

  // What else has that name is nobody's leftover, and is neither followed nor removed.
  const auto other = scratch.write("other", "precious");
  std::filesystem::create_symlink(other, left);
  CHECK_THROWS_AS(mend_recording(file), RecordingError);
  CHECK(std::filesystem::is_symlink(left));
  CHECK(std::filesystem::file_size(other) == 8);
}
