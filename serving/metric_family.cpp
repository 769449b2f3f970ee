#include "serving/metric_family.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

namespace snaptrail::serving {
namespace {

prometheus::ClientMetric client_metric(const LabelSet& labels, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  for (const auto& [name, text] : labels) {
    prometheus::ClientMetric::Label label;
    label.name = name;
    label.value = text;
    metric.label.push_back(std::move(label));
  }
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

}  // namespace

ScrapedFamily::ScrapedFamily(const FamilySpec& spec, prometheus::MetricType type, Combine combine)
    : guard_(spec.labels), combine_(combine) {
  family_.name = spec.name;
  family_.help = spec.help;
  family_.type = type;
}

void ScrapedFamily::add(std::initializer_list<std::string_view> values, double value) {
  const auto [found, is_new] = values_.try_emplace(guard_.admit(values), value);
  if (!is_new) found->second = combine_ == Combine::Sum ? found->second + value : std::min(found->second, value);
}

prometheus::MetricFamily ScrapedFamily::take() && {
  for (const auto& [labels, value] : values_) family_.metric.push_back(client_metric(labels, family_.type, value));
  return std::move(family_);
}

prometheus::MetricFamily single(std::string_view name, std::string_view help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.push_back(client_metric({}, type, value));
  return family;
}

std::string to_text(const std::vector<prometheus::MetricFamily>& families) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

const std::vector<double>& duration_buckets() {
  static const std::vector<double> buckets = {.1, .25, .5,  1,   2.5,  5,    10,   15,   30,
                                              60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400};
  return buckets;
}

}  // namespace snaptrail::serving
