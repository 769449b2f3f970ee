#include "targets.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "informers/audit_decoder.hpp"
#include "informers/decoder.hpp"
#include "informers/recording.hpp"
#include "kube/kubeconfig.hpp"
#include "kube/response_reader.hpp"
#include "kube/status_error.hpp"
#include "objects/kind.hpp"

namespace snaptrail::fuzz {
namespace {

void must(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "targets.cpp:%d does not hold\n", line);
  std::abort();
}

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> lines;
  informers::LineSplitter splitter(4096);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    splitter.write(bytes.substr(at, piece), [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
  }
  return lines;
}

/// Number of items, and whether it was a list at all.
std::pair<std::size_t, bool> list_of(std::string_view bytes, std::size_t piece) {
  std::size_t items = 0;
  informers::ListDecoder decoder(objects::Kind::VolumeSnapshot, [&items](const objects::Object&) { ++items; });
  bool good = true;
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) good = decoder.write(bytes.substr(at, piece));
  return {items, good && decoder.finish()};
}

/// The same as an audit reads it.
std::pair<std::size_t, bool> audit_of(std::string_view bytes, std::size_t piece) {
  informers::AuditList list;
  informers::AuditPageDecoder decoder(list);
  bool good = true;
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) good = decoder.write(bytes.substr(at, piece));
  return {list.items.size(), good && decoder.finish()};
}

struct Answer {
  int status = 0;
  bool done = false;
  bool failed = false;
  std::string body;
  std::string error_body;
  friend bool operator==(const Answer&, const Answer&) = default;
};

Answer answer_of(std::string_view bytes, std::size_t piece) {
  Answer answer;
  const kube::ResponseReader::Sink sink = [&answer](std::string_view slice) {
    answer.body += slice;
    return true;
  };
  kube::ResponseReader reader(sink);
  std::string held;
  for (std::size_t at = 0; at < bytes.size() && !reader.done() && !answer.failed; at += piece) {
    held += bytes.substr(at, piece);
    const auto fed = reader.feed(held);
    must(fed.consumed <= held.size());
    held.erase(0, fed.consumed);
    answer.failed = fed.failed.has_value();
  }
  answer.done = reader.done();
  if (reader.has_head()) answer.status = reader.status();
  answer.error_body = reader.error_body();
  return answer;
}

/// A file that each kubeconfig is written to.
const std::filesystem::path& scratch() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("snaptrail-fuzz-" + std::to_string(::getpid()));
  static const struct Remove {
    ~Remove() { std::filesystem::remove(path); }
  } remove;
  return path;
}

}  // namespace

void decoder(std::string_view bytes) {
  const auto lines = lines_of(bytes, bytes.size() + 1);
  must(lines == lines_of(bytes, 3));
  static std::array<informers::WatchDecoder, 4> decoders{informers::WatchDecoder(objects::Kind::VolumeSnapshot),
                                                         informers::WatchDecoder(objects::Kind::PersistentVolumeClaim),
                                                         informers::WatchDecoder(objects::Kind::Event),
                                                         informers::WatchDecoder(objects::Kind::Backup)};
  for (const std::string& line : lines) {
    for (auto& each : decoders) {
      const auto decoded = each.decode(line);
      if (const auto* event = std::get_if<informers::ObjectEvent>(&decoded)) {
        must(static_cast<bool>(objects::meta_of(event->object).uid));
        must(!objects::meta_of(event->object).name.empty());
      }
    }
  }
  must(list_of(bytes, bytes.size() + 1) == list_of(bytes, 5));
  must(audit_of(bytes, bytes.size() + 1) == audit_of(bytes, 5));
}

void http(std::string_view bytes) {
  const Answer whole = answer_of(bytes, bytes.size() + 1);
  const Answer pieces = answer_of(bytes, 7);
  if (!whole.failed && !pieces.failed) must(whole == pieces);
  const kube::Error error = kube::status_error({whole.status, "1", "", bytes.substr(0, kube::kErrorBodyLimit)},
                                               {"GET /", "server", "context"}, {});
  must(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

void kubeconfig(std::string_view bytes) {
  {
    std::ofstream file(scratch(), std::ios::binary | std::ios::trunc);
    file << bytes;
  }
  const auto config = kube::load_kubeconfigs({scratch()}, "");
  if (config) must(!config->host.empty());
  if (!config) must(!config.error().message.empty());
}

void recording(std::string_view bytes) {
  try {
    informers::RecordingReader reader("fuzzed", bytes);
    while (reader.next()) {
    }
    informers::scan_recording(informers::RecordingReader("fuzzed", bytes));
  } catch (const informers::RecordingError& error) {
    must(!error.message.empty());
  }
}

}  // namespace snaptrail::fuzz
