#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/uid.hpp"
#include "reconcilers/diagnosis/reason.hpp"

/// What diagnosis says of an object: why it doesn't get on, or what is about to be lost with it.
namespace snaptrail::reconcilers {

/// One mark that led to a finding, so that a person can check it.
struct Evidence {
  enum class Source : std::uint8_t {
    Field,   ///< `what`: the object and the path of its field
    Event,   ///< a Kubernetes Event; `what`: its reason
    Ledger,  ///< something that only a history can know; `what`: its name
  };
  Source source = Source::Field;
  std::string what;
  std::string text;  ///< the value, the event's message; as the cluster has it: to be made printable where it is shown
  std::int64_t count = 0;  ///< of an Event: how often; 0 where unknown
  objects::MaybeInstant at;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// An object by its names, also one that doesn't exist or is of a kind that isn't watched.
struct ObjectName {
  std::string kind;
  std::string ns;  ///< empty for cluster-scoped kinds
  std::string name;
  friend bool operator==(const ObjectName&, const ObjectName&) = default;
};

/// What to do, in one or two sentences, and the command to begin with. Names are filled in: printable in `text`, quoted
/// for a POSIX shell in `command`, so that it can be pasted whatever they hold.
struct Fix {
  std::string text;
  std::string command;
  friend bool operator==(const Fix&, const Fix&) = default;
};

/// Whom a finding is about.
struct Subject {
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  objects::Uid uid;
  std::string ns;
  std::string name;
  friend bool operator==(const Subject&, const Subject&) = default;
};

/// One thing that is wrong, or soon will be. A finding is the same one as long as subject and reason stay.
struct Finding {
  Reason reason = Reason::Unknown;
  Category category = Category::Error;
  Severity severity = Severity::Warning;
  Subject subject;
  std::string driver;  ///< empty where unknown
  /// When the phase, error or hazard began, as far as can be told.
  objects::Instant since;
  std::vector<Evidence> evidence;
  /// What stands in the way, the nearest first; the last one is the root as far as it can be followed.
  std::vector<ObjectName> blocking;
  Fix fix;
  /// When the component that failed tries again (its backoff), where that can be told.
  objects::MaybeInstant next_try;
  /// The cause is another finding: of the blocking object, or one with a lower rank of the same subject.
  bool consequence = false;
  /// Place among the findings of its subject: 0 is what to look at first.
  int rank = 0;
  /// Its subject was there, as it is, when the daemon looked for the first time.
  bool baseline = false;
};

}  // namespace snaptrail::reconcilers
