#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "fakes.hpp"
#include "serving/coverage_metrics.hpp"
#include "serving/metrics.hpp"
#include "serving/object_metrics.hpp"

/// docs/metrics.md against what is exported, and its budget of series against a synthetic load.
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using namespace snaptrail::objects;

namespace {

constexpr int kDrivers = 3, kClasses = 2, kNamespaces = 50, kTargets = 25, kSchedules = 4, kFindings = 4 * 25;

std::string driver_of(int i) { return "driver-" + std::to_string(i) + ".csi.example"; }
std::string class_of(int i) { return "class-" + std::to_string(i); }

void load_state(FakeState& state) {
  state.option_stats.tls = TlsStats{true, at(1'700'000'000'000)};
  for (int t = 0; t < kTargets; ++t) {
    InformerStats stats{.name = "target-" + std::to_string(t), .availability = Availability::Synced};
    stats.last_receive = at(1'700'000'000'000);
    stats.traffic.last_sync = Millis{2'500};
    state.informer_stats.push_back(stats);
  }
  for (int d = 0; d < kDrivers; ++d) {
    for (int n = 0; n < kNamespaces; ++n) {
      for (const State one : {State::Pending, State::Creating, State::Uploading, State::Ready, State::Broken,
                              State::Error, State::Deleting}) {
        state.snapshot_groups.push_back({"namespace-" + std::to_string(n), driver_of(d), one, 2});
      }
    }
    for (const State one : {State::Pending, State::Creating, State::Uploading, State::Broken, State::Error}) {
      state.oldest.push_back({driver_of(d), one, at(1'700'000'000'000)});
    }
    for (const std::string_view age : {"1d", "7d", "30d", "365d", "older"}) {
      state.orphan_groups.push_back({driver_of(d), snaptrail::objects::DeletionPolicy::Retain, age, 1, 1});
      state.orphan_groups.push_back({driver_of(d), snaptrail::objects::DeletionPolicy::Delete, age, 1, 1});
    }
  }
  for (int n = 0; n < kNamespaces; ++n) {
    state.coverage_by_namespace.push_back({"namespace-" + std::to_string(n), 1, 1});
  }
  using snaptrail::reconcilers::Category;
  using snaptrail::reconcilers::Reason;
  for (int n = 0; n < kFindings / 4; ++n) {
    const std::string ns = "namespace-" + std::to_string(n);
    state.finding_groups.push_back(
        {Kind::VolumeSnapshot, ns, driver_of(0), Reason::SidecarAbsent, Category::Stuck, false, 1});
    state.finding_groups.push_back(
        {Kind::VolumeSnapshot, ns, driver_of(0), Reason::UploadSlow, Category::Waiting, false, 1});
    state.finding_groups.push_back(
        {Kind::VolumeSnapshot, ns, driver_of(0), Reason::GitOpsOwned, Category::Hazard, false, 1});
    state.finding_groups.push_back(
        {Kind::VolumeSnapshot, ns, driver_of(0), Reason::GitOpsOwned, Category::Hazard, true, 1});
  }
}

void load_metrics(Metrics& metrics) {
  for (int d = 0; d < kDrivers; ++d) {
    for (int c = 0; c < kClasses; ++c) {
      metrics.know_snapshot_class(driver_of(d), class_of(c));
      metrics.know_storage_class(driver_of(d), class_of(c));
    }
  }
  for (int s = 0; s < kSchedules; ++s) {
    for (const char* outcome : {"Completed", "PartiallyFailed", "Failed", "FailedValidation", "Strange"}) {
      metrics.backup_finished("velero", "schedule-" + std::to_string(s), outcome, 60);
      metrics.restore_finished("velero", "schedule-" + std::to_string(s), outcome, 60);
    }
  }
}

FakeObjects some_objects() {
  FakeObjects source;
  VolumeSnapshot snapshot;
  snapshot.meta.ns = "a";
  snapshot.meta.name = "s";
  snapshot.meta.created = snapshot.meta.deleted = snapshot.cut = at(1'700'000'000'000);
  snapshot.restore_size = 1;
  source.snapshot_objects = {snapshot};
  VolumeSnapshotContent content;
  content.meta.name = "c";
  content.meta.created = content.meta.deleted = at(1'700'000'000'000);
  content.policy = DeletionPolicy::Delete;
  content.snapshot_handle = "h";
  content.restore_size = 1;
  source.content_objects = {content};
  return source;
}

FakeCoverage some_claims(int count) {
  FakeCoverage source;
  for (int n = 0; n < count; ++n) {
    snaptrail::reconcilers::ClaimCoverage claim;
    claim.ns = "a";
    claim.name = "data-" + std::to_string(n);
    claim.target.limit = Millis{60'000};
    claim.last = snaptrail::reconcilers::RecoveryPoint{{}, at(1'700'000'000'000), "h", "", ""};
    source.claims.push_back(claim);
  }
  return source;
}

std::string loaded_exposition() {
  FakeState state;
  load_state(state);
  Metrics metrics({"0.1.0", "abc"}, state, {});
  load_metrics(metrics);
  return metrics.exposition();
}

std::string everything() {
  return loaded_exposition() + object_metrics(some_objects(), {}) + coverage_metrics(some_claims(1), {});
}

std::set<std::string> exported_names(const std::string& exposition) {
  std::set<std::string> names;
  for (const std::string& line : lines_of(exposition)) {
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  return names;
}

std::string documentation() {
  std::ifstream file(SNAPTRAIL_DOCS "/metrics.md");
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A metric is documented by a row of a table that begins with its full name in backticks.
std::set<std::string> documented_names(const std::string& text) {
  static const std::regex row(R"(^\| `([a-z_]+)`)");
  std::set<std::string> names;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_search(line, match, row)) names.insert(match[1]);
  }
  return names;
}

/// The formula of the docs' section "Budget".
constexpr int budget() {
  constexpr int kHistogram = 21;
  constexpr int kFixed = 441;
  constexpr int kPerTarget = 42;
  constexpr int kPerSnapshotClass = 7 * kHistogram + 2;
  constexpr int kPerStorageClass = 5 * kHistogram + 2;
  constexpr int kPerDriver = 30;
  constexpr int kPerSchedule = 10 * kHistogram;
  constexpr int kPerNamespaceAndDriver = 7;
  constexpr int kPerNamespace = 2;
  return kFixed + kPerTarget * kTargets + (kPerSnapshotClass + kPerStorageClass) * kDrivers * kClasses +
         kPerDriver * kDrivers + kPerSchedule * kSchedules + kPerNamespaceAndDriver * kNamespaces * kDrivers +
         kPerNamespace * kNamespaces + kFindings;
}

}  // namespace

TEST_CASE("every metric that is exported is documented, and every documented one is exported", "[metrics docs]") {
  const auto documented = documented_names(documentation());
  const auto exported = exported_names(everything());
  std::string undocumented, unknown;
  for (const auto& name : exported) undocumented += documented.contains(name) ? "" : name + " ";
  for (const auto& name : documented) unknown += exported.contains(name) ? "" : name + " ";
  CHECK(undocumented.empty());
  CHECK(unknown.empty());
  CHECK(exported.size() > 50);
}

TEST_CASE("the type of each metric is the documented one", "[metrics docs]") {
  const std::string text = documentation();
  for (const std::string& line : lines_of(everything())) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7), type = line.substr(line.rfind(' ') + 1);
    CAPTURE(name, type);
    CHECK(text.find("| `" + name + "` | " + type + " |") != std::string::npos);
  }
}

TEST_CASE("a loaded registry stays within the documented budget of series, and not far below it", "[metrics docs]") {
  const auto lines = lines_of(loaded_exposition());
  const auto series =
      static_cast<int>(std::ranges::count_if(lines, [](const auto& line) { return !line.starts_with('#'); }));
  CHECK(series <= budget());
  CHECK(series > budget() * 9 / 10);
  CHECK(documentation().find("fixed | 441 |") != std::string::npos);
}

TEST_CASE("a claim has two series of its own, as the budget says", "[metrics docs]") {
  CHECK(lines_of(coverage_metrics(some_claims(11), {})).size() -
            lines_of(coverage_metrics(some_claims(1), {})).size() ==
        20);
  CHECK(documentation().find("bound CSI claim, where claim metrics are on | 2 |") != std::string::npos);
}
