#include "serving/orphans.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace snaptrail::serving {
namespace {

struct Step {
  objects::Millis most;
  std::string_view name;
};

constexpr std::chrono::hours kDay{24};
constexpr std::array<Step, 5> kSteps = {
    {{kDay, "1d"}, {kDay * 7, "7d"}, {kDay * 30, "30d"}, {kDay * 365, "365d"}, {objects::Millis::max(), "older"}}};

const Step& step_of(objects::Millis age) {
  return *std::ranges::find_if(kSteps, [&](const Step& step) { return age <= step.most; });
}

}  // namespace

std::string_view age_step(objects::Millis age) { return step_of(age).name; }

void OrphanTally::add(std::string_view driver, objects::DeletionPolicy policy, objects::Millis age,
                      std::int64_t restore_size) {
  const Step& step = step_of(age);
  OrphanGroup& group = groups_[{std::string(driver), policy, step.most}];
  group.driver = driver;
  group.policy = policy;
  group.age = step.name;
  ++group.contents;
  if (restore_size > 0) group.restore_size_bytes += static_cast<std::uint64_t>(restore_size);
}

std::vector<OrphanGroup> OrphanTally::groups() const {
  std::vector<OrphanGroup> all;
  for (const auto& [key, group] : groups_) all.push_back(group);
  return all;
}

}  // namespace snaptrail::serving
