#include "informers/recording_writer.hpp"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "decode_support.hpp"
#include "informers/recording_repair.hpp"
#include "informers/redaction.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;

namespace {

/// A directory of its own for a test's files.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-recording-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::filesystem::path file() const { return path_ / "out.ndjson"; }

 private:
  std::filesystem::path path_;
};

/// No file may grow beyond that, as on a full disk, until this goes.
class LimitedFileSize {
 public:
  explicit LimitedFileSize(std::uintmax_t size) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const struct rlimit limited {
      size, before_.rlim_max
    };
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  }
  ~LimitedFileSize() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  LimitedFileSize(const LimitedFileSize&) = delete;
  LimitedFileSize& operator=(const LimitedFileSize&) = delete;

 private:
  struct rlimit before_ {};
  void (*handler_)(int);
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr objects::Instant kAt{objects::Millis{1795389067078}};

}  // namespace

TEST_CASE("what is written is read back", "[recording_writer]") {
  Scratch scratch;
  const std::string event = R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}})";
  {
    RecordingWriter writer(scratch.file(), {1, "prod \"1\"", "v1.36.3", kAt});
    CHECK(writer.event(kAt, "namespaces", event));
    writer.gap(kAt + objects::Millis{5}, "events/PersistentVolumeClaim", objects::GapCause::Disconnected);
    CHECK_FALSE(writer.event(kAt, "namespaces", "{\"type\":"));
    CHECK_FALSE(writer.event(kAt, "namespaces", "[]"));
    writer.close();
    writer.close();
  }
  CHECK(contents(scratch.file()) ==
        R"({"recording":1,"cluster":"prod \"1\"","startedAt":"2026-11-22T23:11:07.078Z","server":"v1.36.3"})"
        "\n"
        R"({"at":1795389067.078,"resource":"namespaces","event":)" +
            event +
            "}\n"
            R"({"at":1795389067.083,"resource":"events/PersistentVolumeClaim","gap":{"cause":"disconnected"}})"
            "\n");
  RecordingReader reader(scratch.file());
  CHECK(reader.header().cluster == "prod \"1\"");
  CHECK(reader.header().started_at == kAt);
  CHECK(std::get<RecordedEvent>(*reader.next()).at == kAt);
  CHECK(std::get<RecordedGap>(*reader.next()).at == kAt + objects::Millis{5});
  CHECK_FALSE(reader.next());

  struct stat info {};
  REQUIRE(::stat(scratch.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("lines reach the file with the flush of their group", "[recording_writer]") {
  Scratch scratch;
  RecordingWriter writer(scratch.file(), RecordingHeader{});
  const std::string header = contents(scratch.file());
  CHECK(header == "{\"recording\":1,\"cluster\":\"\",\"server\":\"\"}\n");
  writer.gap(kAt, "namespaces", objects::GapCause::Expired);
  CHECK(contents(scratch.file()) == header);
  writer.flush();
  CHECK(contents(scratch.file()).size() > header.size());
}

TEST_CASE("a file that is there is not overwritten, and a place that can't be written says why", "[recording_writer]") {
  Scratch scratch;
  std::ofstream(scratch.file()) << "precious";
  try {
    RecordingWriter writer(scratch.file(), RecordingHeader{});
    FAIL("it was overwritten");
  } catch (const RecordingError& error) {
    CHECK(error.message == scratch.file().string() + ": there is such a file already; name another one, or remove it");
  }
  CHECK(contents(scratch.file()) == "precious");
  try {
    RecordingWriter writer("/nowhere/out.ndjson", RecordingHeader{});
    FAIL("it was created");
  } catch (const RecordingError& error) {
    CHECK(error.message == "/nowhere/out.ndjson: can't be created: No such file or directory");
  }
}

TEST_CASE("a full disk is an error when it is met", "[recording_writer]") {
  try {
    RecordingWriter writer("/dev/full", RecordingHeader{});
    FAIL("it was written");
  } catch (const RecordingError& error) {
    CHECK(error.message == "/dev/full: can't be written: No space left on device");
  }
}

TEST_CASE("after a write that failed nothing more is written, so that what is there stays readable",
          "[recording_writer]") {
  const bool compressed = GENERATE(false, true);
  const Scratch scratch;
  const std::filesystem::path file = scratch.file().string() + (compressed ? ".gz" : "");
  RecordingWriter writer(file, RecordingHeader{});
  writer.gap(kAt, "namespaces", objects::GapCause::Expired);
  writer.flush();
  const auto size = std::filesystem::file_size(file);
  {
    const LimitedFileSize limit(size + 10);
    writer.gap(kAt, "namespaces", objects::GapCause::Disconnected);
    CHECK_THROWS_AS(writer.flush(), RecordingError);
  }
  writer.gap(kAt, "namespaces", objects::GapCause::Rewound);
  CHECK_NOTHROW(writer.flush());
  CHECK_NOTHROW(writer.close());
  CHECK(std::filesystem::file_size(file) == size + 10);
  CHECK(writer.bytes() == size + 10);
  CHECK(mend_recording(file).lines == 1);
}

TEST_CASE("with everything kept an event's bytes stay as they are, on one line", "[recording_writer]") {
  Scratch scratch;
  RecordingWriter writer(scratch.file(), {}, RecordingWriter::Content::Everything);
  CHECK(
      writer.event(kAt, "pods", "{\"type\" : \"ADDED\",\r\n\"object\": {\"secretRef\":{\"name\":\"s\"},\"n\":1.50}}"));
  writer.close();
  CHECK(contents(scratch.file())
            .find("\"event\":{\"type\" : \"ADDED\",  \"object\": {\"secretRef\":{\"name\":\"s\"},\"n\":1.50}}}\n") !=
        std::string::npos);
}

TEST_CASE("redaction leaves out bodies of managedFields, annotations that are not on its list, and secret references",
          "[recording_writer]") {
  const auto redacted = redact(
      R"({"type":"ADDED","object":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","example.com/notes":"x","velero.io/keep":"1",)"
      R"("snapshot.storage.kubernetes.io/deletion-secret-name":"s","snapshot.storage.kubernetes.io/deletion-secret-namespace":"s",)"
      R"("volume.kubernetes.io/provisioner-deletion-secret-name":"s","volume.kubernetes.io/provisioner-deletion-secret-namespace":"s"},)"
      R"("managedFields":[{"fieldsType":"FieldsV1","fieldsV1":{"f:a":{}},"manager":"m"}]},)"
      R"("parameters":{"csi.storage.k8s.io/snapshotter-secret-name":"s","csi.storage.k8s.io/snapshotter-secret-namespace":"s","type":"gp3"},)"
      R"("spec":{"csi":{"controllerExpandSecretRef":{"name":"s"},"driver":"d","nodeStageSecretRef":{"name":"s"}},"azureFile":{"secretName":"s"},)"
      R"("list":[[{"secretRef":{"name":"s"},"last":1}]]}}})");
  CHECK(
      redacted ==
      R"({"type":"ADDED","object":{"metadata":{"annotations":{"velero.io/keep":"1"},"managedFields":[{"fieldsType":"FieldsV1","manager":"m"}]},)"
      R"("parameters":{"type":"gp3"},"spec":{"csi":{"driver":"d"},"azureFile":{},"list":[[{"last":1}]]}}})");
  CHECK(redact("nonsense") == std::nullopt);
  CHECK(redact(std::string(1000, '[')) == std::nullopt);
}

TEST_CASE("a redacted recording projects to the same objects, hashes aside", "[recording_writer]") {
  for (const char* name : {"velero-backup-restore.ndjson", "hazards.ndjson", "night.ndjson.gz"}) {
    Scratch scratch;
    const auto events = test::recorded_events(name);
    RecordingWriter writer(scratch.file(), RecordingHeader{});
    for (const auto& recorded : events) {
      REQUIRE(writer.event(kAt, objects::resource_of(recorded.kind).plural, recorded.event));
    }
    writer.close();
    const std::string text = contents(scratch.file());
    CHECK(text.find("fieldsV1\"") == std::string::npos);
    CHECK(text.find("last-applied-configuration") == std::string::npos);
    CHECK(text.find("deletion-secret") == std::string::npos);

    RecordingReader reader(scratch.file());
    for (const auto& recorded : events) {
      const auto line = reader.next();
      REQUIRE(line);
      const auto& event = std::get<RecordedEvent>(*line);
      REQUIRE(event.kind == recorded.kind);
      REQUIRE(test::describe(test::decode(recorded.kind, event.event), false) ==
              test::describe(test::decode(recorded.kind, recorded.event), false));
    }
    CHECK_FALSE(reader.next());
  }
}
