#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "world.hpp"

namespace snaptrail::simulation {

/// Which faults happen when. Each question has chance of its own, so that leaving one kind out (to shrink a failure) leaves the
/// others where they were as long as possible.
class Faults {
 public:
  Faults(World& world, std::uint64_t seed, std::bitset<kFaults> allowed)
      : world_(world), chance_(seed), allowed_(allowed) {}

  bool on = true;
  /// What goes wrong with a request; nothing most of the time.
  std::optional<Fault> of_request() { return pick(14, Fault::Refused, Fault::ListWithoutVersion); }
  /// With a stream, at each look at it.
  std::optional<Fault> of_stream() { return pick(12, Fault::StreamCut, Fault::ErrorStorage); }
  /// With the cluster.
  std::optional<Fault> of_cluster() { return pick(5, Fault::Restart, Fault::Coalesced); }
  void note(Fault fault) { world_.note(fault); }

  /// A refused or damaged answer.
  Answer spoil(Fault fault, Answer good) const;
  /// The bytes of some lines, in pieces, with a fault in them.
  std::vector<std::string> spoil(std::optional<Fault> fault, std::vector<std::string> lines, Stream& stream);

 private:
  std::optional<Fault> pick(int percent, Fault first, Fault last);

  World& world_;
  Chance chance_;
  std::bitset<kFaults> allowed_;
};

}  // namespace snaptrail::simulation
