#pragma once

#include <prometheus/family.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serving/label_guard.hpp"

namespace snaptrail::serving {

/// Name and meaning of a family; docs/metrics.md lists the same names.
struct FamilySpec {
  std::string_view name;
  std::string_view help;
  std::vector<LabelSpec> labels;
};

/// A family of counters or histograms that live in a registry, its label sets guarded. One thread at a time.
template <class Metric>
class GuardedFamily {
 public:
  GuardedFamily(prometheus::Family<Metric>& family, const FamilySpec& spec) : family_(family), guard_(spec.labels) {}

  /// The metric of these values, created where there is none yet. `args` are those of Metric's constructor.
  template <class... Args>
  Metric& at(std::initializer_list<std::string_view> values, const Args&... args) {
    return family_.Add(guard_.admit(values), args...);
  }
  const std::string& name() const { return family_.GetName(); }
  std::uint64_t folded() const { return guard_.folded(); }

 private:
  prometheus::Family<Metric>& family_;
  LabelGuard guard_;
};

/// How values that fall into one label set become one: counts add up, of timestamps the oldest stands.
enum class Combine { Sum, Least };

/// Builds one family for one scrape.
class ScrapedFamily {
 public:
  ScrapedFamily(const FamilySpec& spec, prometheus::MetricType type, Combine combine = Combine::Sum);

  void add(std::initializer_list<std::string_view> values, double value);
  /// Gauges and counters alike, sorted by label set.
  prometheus::MetricFamily take() &&;
  std::uint64_t folded() const { return guard_.folded(); }

 private:
  prometheus::MetricFamily family_;
  LabelGuard guard_;
  Combine combine_;
  std::map<LabelSet, double> values_;
};

/// A family of one gauge or counter, with or without labels, all of them of closed sets.
prometheus::MetricFamily single(std::string_view name, std::string_view help, prometheus::MetricType type,
                                double value);

/// The text exposition format 0.0.4 of the families. Independent of the process's locale.
std::string to_text(const std::vector<prometheus::MetricFamily>& families);

/// The upper bounds of all durations, in seconds: those of external-snapshotter (.1 to 600) and on to four hours.
const std::vector<double>& duration_buckets();

}  // namespace snaptrail::serving
