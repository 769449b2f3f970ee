#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "controller/pipeline.hpp"
#include "informers/audit.hpp"
#include "informers/audit_decoder.hpp"
#include "informers/decoder.hpp"
#include "ledger/writer.hpp"
#include "objects/uid.hpp"

/// What the daemon keeps of a cluster, and what it takes to get there, without a cluster: generated chains as the pages of
/// four lists through decoder, pipeline and the ledger's writer. Prints bytes and CPU time an object, step by step. The templates are
/// those of test/e2e/harness/bulk.py (bench/lab/templates.py hands them over).
namespace {

using namespace snaptrail;
using objects::Instant;
using objects::Kind;

constexpr std::size_t kPage = 500;
constexpr std::size_t kPiece = 16 * 1024;  ///< as the bytes come off a TLS connection
constexpr Instant kStart{objects::Millis{1'777'900'000'000}};
constexpr std::array kKinds = {Kind::VolumeSnapshot, Kind::VolumeSnapshotContent, Kind::PersistentVolumeClaim,
                               Kind::PersistentVolume};

double cpu_seconds(clockid_t clock) {
  timespec at{};
  ::clock_gettime(clock, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

std::size_t status_kib(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10);
  }
  return 0;
}

objects::Uid uid_of(char kind, std::size_t number) {
  std::mt19937_64 random(number * 256 + static_cast<std::size_t>(kind));
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return objects::Uid::from_bytes(bytes);
}

/// One kind's objects as text: the template cut at its stand-ins.
class Template {
 public:
  explicit Template(std::string_view text) {
    while (!text.empty()) {
      const std::size_t at = text.find('@');
      parts_.push_back({std::string(text.substr(0, at)), '\0'});
      if (at == std::string_view::npos) break;
      const std::size_t end = text.find('@', at + 1);
      parts_.back().stand_in = text[at + 1];
      if (text.substr(at + 1, end - at - 1) == "NS") parts_.back().stand_in = 's';
      text.remove_prefix(end + 1);
    }
  }

  void append(std::string& out, std::size_t number, std::uint64_t version) const {
    for (const Part& part : parts_) {
      out += part.text;
      switch (part.stand_in) {
        case '\0': break;
        case 'N': out += std::to_string(number); break;
        case 's': out += "tenant-" + std::to_string(number / 100); break;
        case 'R': out += std::to_string(version); break;
        default: out += uid_of(part.stand_in, number).str();
      }
    }
  }

 private:
  struct Part {
    std::string text;
    char stand_in;
  };
  std::vector<Part> parts_;
};

/// The writer behind the pipeline, as the daemon has it.
class Sink : public controller::PipelineSink {
 public:
  explicit Sink(const std::filesystem::path& file)
      : writer_(
            ledger::Ledger(file, ledger::Ledger::Mode::ReadWrite), {}, [](std::vector<objects::Row>) {},
            [](const ledger::WriterHealth&) {}) {}
  void record(ledger::Batch batch) override { writer_.append(std::move(batch)); }
  bool has_room() const override { return writer_.queued_records() < 3'000; }
  void availability_changed(const informers::Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(Instant) override {}
  bool is_drained() const { return writer_.queued_records() == 0; }

 private:
  ledger::Writer writer_;
};

class Bench {
 public:
  Bench(std::size_t chains, const std::vector<Template>& templates, const std::filesystem::path& file)
      : chains_(chains), templates_(templates), sink_(std::make_unique<Sink>(file)) {
    controller::PipelineOptions options;
    options.cluster = "bench";
    options.targets = informers::all_targets();
    pipeline_ = std::make_unique<controller::Pipeline>(std::move(options), *sink_);
  }

  void run() {
    fmt::print(
        "{} objects\n\n| step | CPU | heap in use, bytes an object | resident | peak so far |\n|---|---|---|---|---|\n",
        chains_ * kKinds.size());
    step("empty");
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      list(kKinds[i], 1);
      step(fmt::format("{} listed", objects::to_string(kKinds[i])));
    }
    for (const auto& target : informers::all_targets()) {
      if (std::ranges::find(kKinds, target.kind) != kKinds.end()) continue;
      pipeline_->list_started(target, now_);
      pipeline_->list_finished(target, "1", now_);
    }
    step("gate open");
    now_ += objects::Millis{1'000};
    pipeline_->advance(now_);
    step("diagnosed");
    const double writing = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    do {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      pipeline_->advance(now_);
    } while (!sink_->is_drained());
    step("recorded");
    const double written = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (const Kind kind : kKinds) list(kind, 2);
    step("listed again, all changed");
    for (const Kind kind : kKinds) audit(kind, 2);
    step("audited");
    ::malloc_trim(0);
    step("trimmed");
    fmt::print("\nWriting the records: {:.2f} s of CPU after the first diagnosis.\n", written - writing);
    fmt::print("An audit's comparison, during which nothing else goes on: at most {:.0f} ms a kind.\n",
               comparing_ * 1e3);
  }

 private:
  static std::uint64_t version_of(std::uint64_t list) { return list * 10'000'000; }

  void list(Kind kind, std::uint64_t version) {
    const auto target = *std::ranges::find(informers::all_targets(), kind, &informers::Target::kind);
    pipeline_->list_started(target, now_);
    for_each_page(kind, version, [&](std::string_view page) {
      informers::ListDecoder decoder(
          kind, [&](objects::Object object) { pipeline_->listed(target, std::move(object), now_); });
      read(decoder, page);
      if (decoder.malformed() > 0) throw std::runtime_error("a page with unusable items");
    });
    pipeline_->list_finished(target, std::to_string(version_of(version) + chains_), now_);
  }

  /// What an audit does with a list, whose objects are whole here.
  void audit(Kind kind, std::uint64_t version) {
    informers::AuditList list{std::to_string(version_of(version) + chains_), {}};
    for_each_page(kind, version, [&](std::string_view page) {
      informers::AuditPageDecoder decoder(list);
      read(decoder, page);
    });
    const double before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    list.sort();
    std::size_t found = 0;
    pipeline_->stores().with_store(kind,
                                   [&](const auto& store) { found = informers::differences(list, store, {}).count; });
    comparing_ = std::max(comparing_, cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - before);
    if (found > 0) throw std::runtime_error(fmt::format("an audit found {} differences", found));
  }

  template <class Decoder>
  static void read(Decoder& decoder, std::string_view page) {
    for (; !page.empty(); page.remove_prefix(std::min(page.size(), kPiece))) decoder.write(page.substr(0, kPiece));
    if (!decoder.finish()) throw std::runtime_error("bad page: " + decoder.error());
  }

  template <class Take>
  void for_each_page(Kind kind, std::uint64_t version, Take take) {
    const auto index = static_cast<std::size_t>(std::ranges::find(kKinds, kind) - kKinds.begin());
    std::string page;
    for (std::size_t first = 0; first < chains_; first += kPage) {
      const double before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
      page =
          fmt::format(R"({{"kind":"{}List","metadata":{{"resourceVersion":"9"}},"items":[)", objects::to_string(kind));
      for (std::size_t i = first; i < std::min(chains_, first + kPage); ++i) {
        if (i != first) page += ',';
        templates_[index].append(page, i, version_of(version) + i);
      }
      page += "]}";
      generating_ += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - before;
      take(std::string_view(page));
    }
  }

  void step(std::string_view name) {
    const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - generating_;
    const auto heap = ::mallinfo2();
    fmt::print("| {} | {:.2f} s | {:.0f} | {:.1f} MB | {:.1f} MB |\n", name, cpu,
               static_cast<double>(heap.uordblks + heap.hblkhd) / static_cast<double>(chains_ * kKinds.size()),
               static_cast<double>(status_kib("VmRSS:")) / 1024, static_cast<double>(status_kib("VmHWM:")) / 1024);
    std::fflush(stdout);
  }

  std::size_t chains_;
  const std::vector<Template>& templates_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<controller::Pipeline> pipeline_;
  Instant now_ = kStart;
  double generating_ = 0;
  double comparing_ = 0;  ///< the longest of an audit's comparisons
};

std::vector<Template> read_templates(const char* file) {
  std::ifstream in(file);
  std::vector<Template> templates;
  for (std::string line; std::getline(in, line);) templates.emplace_back(line);
  if (templates.size() != kKinds.size()) throw std::runtime_error(fmt::format("{}: not four templates", file));
  return templates;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: snaptrail_memory CHAINS TEMPLATES (bench/lab/templates.py hands them over)\n";
    return 2;
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("snaptrail-memory-{}", ::getpid());
  std::filesystem::create_directory(folder);
  int code = 0;
  try {
    const auto templates = read_templates(argv[2]);
    Bench(std::strtoull(argv[1], nullptr, 10), templates, folder / "ledger.db").run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    code = 1;
  }
  std::filesystem::remove_all(folder);
  return code;
}
