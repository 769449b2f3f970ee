#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace snaptrail::serving {

/// A label of a family. An open one takes its values from the cluster, so that there may be any number of them.
struct LabelSpec {
  std::string_view name;
  bool open = false;
};

using LabelSet = std::map<std::string, std::string>;

/// At most this many label sets a family; a cluster that needs more is better asked through the API.
inline constexpr std::size_t kMaxLabelSets = 2'000;

/// What stands for the values beyond that.
inline constexpr std::string_view kOtherValue = "other";

/// The longest value of a label, in bytes: driver, class, namespace and schedule names are at most 253.
inline constexpr std::size_t kMaxLabelBytes = 256;

/// A stranger's string as the value of a label: valid UTF-8, at most kMaxLabelBytes, cut between characters.
std::string label_value(std::string_view text);

/// Makes the label sets of one family from values, and keeps their number down: beyond the limit every open label of a new set
/// becomes "other". Sets known already stay as they are. Empty values are left out.
class LabelGuard {
 public:
  explicit LabelGuard(std::vector<LabelSpec> labels, std::size_t limit = kMaxLabelSets)
      : labels_(std::move(labels)), limit_(limit) {}

  /// `values` in the order of the specs.
  LabelSet admit(std::span<const std::string_view> values);
  LabelSet admit(std::initializer_list<std::string_view> values) {
    return admit(std::span(values.begin(), values.size()));
  }

  /// How often a set was folded.
  std::uint64_t folded() const { return folded_; }

  /// Forgets the sets, for a family that is built anew at each scrape; not how often one was folded.
  void restart() { known_.clear(); }

 private:
  LabelSet named(std::span<const std::string> values) const;

  std::vector<LabelSpec> labels_;
  std::size_t limit_;
  std::set<std::vector<std::string>> known_;
  std::uint64_t folded_ = 0;
};

}  // namespace snaptrail::serving
