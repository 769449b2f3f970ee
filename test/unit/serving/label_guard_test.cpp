#include "serving/label_guard.hpp"

#include <catch2/catch_test_macros.hpp>

#include "serving/metric_family.hpp"

using namespace snaptrail::serving;

TEST_CASE("a label's value is valid UTF-8 of limited length, cut between characters", "[labels]") {
  CHECK(label_value("a\xff"
                    "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(label_value(std::string(300, 'x')).size() == 256);
  const std::string long_one = std::string(255, 'x') +
                               "\xC3\xA9"
                               "tail";
  CHECK(label_value(long_one) == std::string(255, 'x'));
  CHECK(label_value(std::string(256, 'x')).size() == 256);
  CHECK(label_value(std::string(5000, '\xff')).size() == 255);
}

TEST_CASE("empty values are left out of the label set", "[labels]") {
  LabelGuard guard({{"phase"}, {"driver", true}});
  CHECK(guard.admit({"bind", ""}) == LabelSet{{"phase", "bind"}});
}

TEST_CASE("beyond the limit open labels fold into other, closed ones stay, known sets stay", "[labels]") {
  LabelGuard guard({{"phase"}, {"driver", true}}, 2);
  CHECK(guard.admit({"bind", "a"}) == LabelSet{{"phase", "bind"}, {"driver", "a"}});
  CHECK(guard.admit({"bind", "b"}) == LabelSet{{"phase", "bind"}, {"driver", "b"}});
  CHECK(guard.folded() == 0);
  CHECK(guard.admit({"create", "c"}) == LabelSet{{"phase", "create"}, {"driver", "other"}});
  CHECK(guard.admit({"bind", "a"}) == LabelSet{{"phase", "bind"}, {"driver", "a"}});
  CHECK(guard.admit({"create", ""}) == LabelSet{{"phase", "create"}});
  CHECK(guard.folded() == 2);
}

TEST_CASE("values that fold into one series add up, and the oldest timestamp stands", "[labels]") {
  const FamilySpec spec{"snaptrail_test", "Help.", {{"driver", true}}};
  ScrapedFamily sums(spec, prometheus::MetricType::Gauge);
  for (int i = 0; i < 2'500; ++i) sums.add({"driver-" + std::to_string(i)}, 1);
  const auto family = std::move(sums).take();
  CHECK(family.metric.size() == kMaxLabelSets + 1);
  double total = 0;
  for (const auto& metric : family.metric) total += metric.gauge.value;
  CHECK(total == 2'500);

  ScrapedFamily oldest(spec, prometheus::MetricType::Gauge, Combine::Least);
  oldest.add({"a"}, 20);
  oldest.add({"a"}, 10);
  const std::string text = to_text({std::move(oldest).take()});
  CHECK(text == "# HELP snaptrail_test Help.\n# TYPE snaptrail_test gauge\nsnaptrail_test{driver=\"a\"} 10\n");
}

TEST_CASE("quotes, backslashes and newlines of a label's value are escaped once", "[labels]") {
  const FamilySpec spec{"snaptrail_test", "Help.", {{"driver", true}}};
  ScrapedFamily family(spec, prometheus::MetricType::Counter);
  family.add({"a\"b\\c\nd\te"}, 0.1);
  const std::string text = to_text({std::move(family).take()});
  CHECK(text ==
        "# HELP snaptrail_test Help.\n# TYPE snaptrail_test counter\n"
        "snaptrail_test{driver=\"a\\\"b\\\\c\\nd\te\"} 0.1\n");
}
