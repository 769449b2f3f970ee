#include <benchmark/benchmark.h>

#include <array>
#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "informers/decoder.hpp"
#include "informers/recording.hpp"
#include "objects/kind.hpp"

#include "test_data_path.hpp"

/// How fast one core turns watch events into objects, beside what the parser alone costs. The events are those of
/// the recordings under test/data, in their order.
namespace {

using namespace snaptrail;
using objects::Kind;

struct Line {
  Kind kind;
  std::string bytes;
};

std::vector<Line> load() {
  std::vector<Line> lines;
  for (const char* name : {"velero-backup-restore.ndjson", "hazards.ndjson", "night.ndjson.gz"}) {
    informers::RecordingReader reader(std::filesystem::path(SNAPTRAIL_TEST_DATA) / "recordings" / name);
    while (const auto line = reader.next()) {
      const auto* event = std::get_if<informers::RecordedEvent>(&*line);
      if (event != nullptr && event->kind) lines.push_back({*event->kind, std::string(event->event)});
    }
  }
  return lines;
}

const std::vector<Line>& all_lines() {
  static const std::vector<Line> lines = load();
  return lines;
}

std::vector<Line> lines_of(Kind kind) {
  std::vector<Line> some;
  for (const Line& line : all_lines()) {
    if (line.kind == kind) some.push_back(line);
  }
  return some;
}

/// Runs `decode` over all lines again and again, and reports events and bytes a second.
template <class Decode>
void run(benchmark::State& state, const std::vector<Line>& lines, Decode decode) {
  std::int64_t bytes = 0;
  for (const Line& line : lines) bytes += static_cast<std::int64_t>(line.bytes.size());
  for (auto _ : state) {
    for (const Line& line : lines) decode(line);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
  state.SetBytesProcessed(state.iterations() * bytes);
}

void project_lines(benchmark::State& state, const std::vector<Line>& lines) {
  std::vector<informers::WatchDecoder> decoders;
  for (const Kind kind : objects::kAllKinds) decoders.emplace_back(kind);
  run(state, lines, [&](const Line& line) {
    const auto decoded = decoders[static_cast<std::size_t>(line.kind)].decode(line.bytes);
    if (std::holds_alternative<informers::Malformed>(decoded)) state.SkipWithError("malformed");
    benchmark::DoNotOptimize(&decoded);
  });
}

/// What the daemon does.
void decode_project(benchmark::State& state) { project_lines(state, all_lines()); }

void decode_project_kind(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  state.SetLabel(std::string(objects::to_string(kind)));
  project_lines(state, lines_of(kind));
}

/// The floor: the same parser with a handler that wants nothing.
struct Skip {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  using Text = boost::json::string_view;
  using Error = boost::json::error_code;
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t, Error&) { return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(Text, std::size_t, Error&) { return true; }
  bool on_key(Text, std::size_t, Error&) { return true; }
  bool on_string_part(Text, std::size_t, Error&) { return true; }
  bool on_string(Text, std::size_t, Error&) { return true; }
  bool on_number_part(Text, Error&) { return true; }
  bool on_int64(std::int64_t, Text, Error&) { return true; }
  bool on_uint64(std::uint64_t, Text, Error&) { return true; }
  bool on_double(double, Text, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }
};

void skip_lines(benchmark::State& state, const std::vector<Line>& lines) {
  boost::json::basic_parser<Skip> parser(boost::json::parse_options{});
  run(state, lines, [&](const Line& line) {
    boost::json::error_code error;
    parser.reset();
    parser.write_some(false, line.bytes.data(), line.bytes.size(), error);
    if (error) state.SkipWithError("malformed");
  });
}

void decode_skip(benchmark::State& state) { skip_lines(state, all_lines()); }

void decode_skip_kind(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  state.SetLabel(std::string(objects::to_string(kind)));
  skip_lines(state, lines_of(kind));
}

/// What a client with a document tree pays, before it has looked at any field.
void decode_dom(benchmark::State& state) {
  std::vector<unsigned char> arena(1u << 20);
  run(state, all_lines(), [&](const Line& line) {
    boost::json::monotonic_resource resource(arena.data(), arena.size());
    boost::json::error_code error;
    const auto value = boost::json::parse(line.bytes, error, &resource);
    if (error) state.SkipWithError("malformed");
    benchmark::DoNotOptimize(&value);
  });
}

void every_kind(benchmark::internal::Benchmark* bench) {
  for (const Kind kind : objects::kAllKinds) bench->Arg(static_cast<int>(kind));
}

}  // namespace

BENCHMARK(decode_project);
BENCHMARK(decode_skip);
BENCHMARK(decode_dom);
BENCHMARK(decode_project_kind)->Apply(every_kind);
BENCHMARK(decode_skip_kind)->Apply(every_kind);
