#include "objects/row.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace snaptrail::objects {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<State, 18> kStates = {{
    {State::Pending, "Pending"},
    {State::Creating, "Creating"},
    {State::Uploading, "Uploading"},
    {State::Ready, "Ready"},
    {State::Broken, "Broken"},
    {State::Error, "Error"},
    {State::Deleting, "Deleting"},
    {State::Deleted, "Deleted"},
    {State::Orphaned, "Orphaned"},
    {State::WaitingForSnapshot, "WaitingForSnapshot"},
    {State::WaitingForConsumer, "WaitingForConsumer"},
    {State::Requested, "Requested"},
    {State::Provisioning, "Provisioning"},
    {State::Bound, "Bound"},
    {State::Lost, "Lost"},
    {State::Available, "Available"},
    {State::Released, "Released"},
    {State::Failed, "Failed"},
}};
constexpr Names<Outcome, 5> kOutcomes = {{
    {Outcome::Unknown, "Unknown"},
    {Outcome::NeverCut, "NeverCut"},
    {Outcome::Retained, "Retained"},
    {Outcome::Destroyed, "Destroyed"},
    {Outcome::Leaked, "Leaked"},
}};
constexpr Names<RowType, 5> kRowTypes = {{
    {RowType::Transition, "transition"},
    {RowType::Outcome, "outcome"},
    {RowType::Fact, "fact"},
    {RowType::Finding, "finding"},
    {RowType::Gap, "gap"},
}};
constexpr Names<FactType, 4> kFactTypes = {{
    {FactType::DeletionPolicyChanged, "DeletionPolicyChanged"},
    {FactType::HandleCleared, "HandleCleared"},
    {FactType::FinalizersRemoved, "FinalizersRemoved"},
    {FactType::ErrorChanged, "ErrorChanged"},
}};
constexpr Names<FindingEvent, 3> kFindingEvents = {{
    {FindingEvent::Began, "began"},
    {FindingEvent::Changed, "changed"},
    {FindingEvent::Ended, "ended"},
}};

constexpr Names<GapCause, 6> kGapCauses = {{
    {GapCause::Disconnected, "disconnected"},
    {GapCause::Expired, "expired"},
    {GapCause::Rewound, "rewound"},
    {GapCause::Restarted, "restarted"},
    {GapCause::Forbidden, "forbidden"},
    {GapCause::Overload, "overload"},
}};

template <class Enum, std::size_t N>
constexpr std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return {};
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const Names<Enum, N>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text, [](const auto& entry) { return entry.second; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

std::string_view to_string(State state) { return name_in(kStates, state); }
std::string_view to_string(Outcome outcome) { return name_in(kOutcomes, outcome); }
std::string_view to_string(RowType type) { return name_in(kRowTypes, type); }
std::string_view to_string(FactType type) { return name_in(kFactTypes, type); }
std::string_view to_string(FindingEvent event) { return name_in(kFindingEvents, event); }
std::string_view to_string(GapCause cause) { return name_in(kGapCauses, cause); }
std::string_view to_string(DeletionPolicy policy) {
  switch (policy) {
    case DeletionPolicy::None: return {};
    case DeletionPolicy::Retain: return "Retain";
    case DeletionPolicy::Delete: return "Delete";
  }
  return {};
}

std::optional<State> state_of(std::string_view text) { return value_in(kStates, text); }
std::optional<Outcome> outcome_of(std::string_view text) { return value_in(kOutcomes, text); }
std::optional<RowType> row_type_of(std::string_view text) { return value_in(kRowTypes, text); }
std::optional<FactType> fact_type_of(std::string_view text) { return value_in(kFactTypes, text); }
std::optional<FindingEvent> finding_event_of(std::string_view text) { return value_in(kFindingEvents, text); }
std::optional<GapCause> gap_cause_of(std::string_view text) { return value_in(kGapCauses, text); }
DeletionPolicy policy_of(std::string_view text) {
  if (text == "Retain") return DeletionPolicy::Retain;
  if (text == "Delete") return DeletionPolicy::Delete;
  return DeletionPolicy::None;
}

}  // namespace snaptrail::objects
