#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "objects/utf8.hpp"
#include "reconcilers/story/story.hpp"

namespace snaptrail::reconcilers {
namespace {

namespace json = boost::json;
using objects::Millis;
using objects::to_printable;

json::value text(std::string_view value) {
  return value.empty() ? json::value() : json::value(objects::to_valid_utf8(value));
}
json::value time(objects::MaybeInstant at) { return at ? json::value(objects::format_rfc3339(*at)) : json::value(); }
double seconds(Millis length) { return static_cast<double>(length.count()) / 1000.0; }

json::object of(const StoryPhase& phase) {
  return {{"phase", std::string(phase.name)},
          {"where", std::string(to_string(phase.where))},
          {"from", time(phase.from)},
          {"to", time(phase.to)},
          {"seconds", phase.to ? json::value(seconds(*phase.to - phase.from)) : json::value()},
          {"exact", phase.exact}};
}

json::object of(const StoryItem& item) {
  json::array phases;
  for (const StoryPhase& phase : item.phases) phases.push_back(of(phase));
  return {{"kind", text(objects::to_string(item.kind))},
          {"namespace", text(item.ns)},
          {"name", text(item.name)},
          {"uid", text(item.uid.str())},
          {"chain", text(item.chain)},
          {"driver", text(item.driver)},
          {"snapshotHandle", text(item.handle)},
          {"began", time(item.began)},
          {"ended", time(item.ended)},
          {"end", std::string(to_string(item.end))},
          {"error", text(item.error)},
          {"outcome", item.outcome ? text(objects::to_string(*item.outcome)) : json::value()},
          {"blockedSeconds", seconds(item.blocked)},
          {"heldUp", item.held_up},
          {"phases", std::move(phases)}};
}

json::object of(const StoryLink& link) {
  return {{"item", link.item},          {"kind", text(objects::to_string(link.kind))},
          {"namespace", text(link.ns)}, {"name", text(link.name)},
          {"run", text(link.run)},      {"state", text(objects::to_string(link.state))},
          {"at", time(link.at)}};
}

json::object of(const StoryStep& step) {
  json::array phases;
  for (const StoryPhase& phase : step.phases) phases.push_back(of(phase));
  return {{"kind", text(objects::to_string(step.kind))},
          {"namespace", text(step.ns)},
          {"name", text(step.name)},
          {"phase", text(step.phase)},
          {"claimNamespace", text(step.claim_ns)},
          {"claim", text(step.claim)},
          {"copy", text(step.copy)},
          {"item", step.item ? json::value(*step.item) : nullptr},
          {"began", time(step.began)},
          {"ended", time(step.ended)},
          {"message", text(step.message)},
          {"phases", std::move(phases)}};
}

/// A Restore that was made from the Backup.
json::object of(const objects::Operation& restore) {
  return {{"namespace", text(restore.ns)},
          {"name", text(restore.name)},
          {"phase", text(restore.phase)},
          {"began", time(restore.started ? restore.started : restore.created)},
          {"ended", time(restore.completed)}};
}

std::string qualified(std::string_view ns, std::string_view name) {
  return ns.empty() ? to_printable(name) : to_printable(ns) + "/" + to_printable(name);
}

/// "1m32.4s", to a tenth of a second.
std::string length_text(Millis length) {
  const auto tenths = (length.count() + 50) / 100;
  const auto minutes = tenths / 600;
  const auto rest = tenths % 600;
  if (minutes >= 60) return fmt::format("{}h{}m{}.{}s", minutes / 60, minutes % 60, rest / 10, rest % 10);
  if (minutes > 0) return fmt::format("{}m{}.{}s", minutes, rest / 10, rest % 10);
  return fmt::format("{}.{}s", rest / 10, rest % 10);
}

std::string clock_text(objects::Instant at) { return objects::format_rfc3339(at).substr(11, 12); }

std::string head(const Story& story) {
  std::string out = fmt::format("{} {} {}", story.type.empty() ? "unknown" : to_printable(story.type),
                                story.asked.restore ? "restore" : "backup", to_printable(story.asked.name));
  if (const auto& run = story.run) {
    if (!run->phase.empty()) out += ", " + to_printable(run->phase);
    if (!run->schedule.empty()) out += ", schedule " + to_printable(run->schedule);
    if (!run->requested_by.empty()) out += ", asked for by " + to_printable(run->requested_by);
    if (story.asked.restore && !run->backup.empty()) out += ", from backup " + to_printable(run->backup);
  }
  out += '\n';
  if (!story.began) return out + "nothing of it is in the ledger\n";
  out += "began " + objects::format_rfc3339(*story.began);
  if (story.ended) {
    out += fmt::format(", ended {}, took {}", objects::format_rfc3339(*story.ended),
                       length_text(*story.ended - *story.began));
  } else {
    out += ", not over";
  }
  if (story.run && story.run->gone) {
    out += fmt::format("\nits object went {}: {}", objects::format_rfc3339(*story.run->gone),
                       objects::to_string(story.run->end.value_or(objects::OperationEnd::Removed)));
  }
  return out + '\n';
}

std::string division(const Story& story) {
  std::string out;
  for (std::size_t i = 0; i < kSpentCount; ++i) {
    const Millis length = story.spent.at(i);
    if (length.count() == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "time: " : ", ", to_string(static_cast<Spent>(i)), length_text(length));
  }
  return out.empty() ? out : out + '\n';
}

std::string lines(const std::vector<StoryPhase>& phases) {
  std::string out;
  for (const StoryPhase& phase : phases) {
    out += fmt::format("    {}  {:<9} {:<19} {}{}\n", clock_text(phase.from), phase.name, to_string(phase.where),
                       phase.to ? length_text(*phase.to - phase.from) : "still", phase.exact ? "" : " (at most)");
  }
  return out;
}

std::string line(const StoryStep& step) {
  std::string out = fmt::format("{}  {} {}", step.began ? clock_text(*step.began) : "", objects::to_string(step.kind),
                                qualified(step.ns, step.name));
  if (!step.claim.empty()) out += " of " + qualified(step.claim_ns, step.claim);
  if (!step.phase.empty()) out += "  " + to_printable(step.phase);
  if (step.began && step.ended) out += " after " + length_text(*step.ended - *step.began);
  if (!step.copy.empty()) out += ", copy " + to_printable(step.copy);
  out += '\n' + lines(step.phases);
  if (!step.message.empty()) out += "    message: " + to_printable(step.message) + '\n';
  return out;
}

std::string line(const StoryItem& item) {
  std::string out =
      fmt::format("{}  {}  {}", clock_text(item.began), qualified(item.ns, item.name), to_string(item.end));
  if (item.ended) out += " after " + length_text(*item.ended - item.began);
  if (item.outcome) out += fmt::format(", now {}", objects::to_string(*item.outcome));
  if (!item.handle.empty()) out += ", handle " + to_printable(item.handle);
  out += '\n' + lines(item.phases);
  if (!item.error.empty()) out += "    error: " + to_printable(item.error) + '\n';
  return out;
}

}  // namespace

std::string_view to_string(Spent where) {
  switch (where) {
    case Spent::Controller: return "controller";
    case Spent::Sidecar: return "sidecar";
    case Spent::Driver: return "driver";
    case Spent::Backoff: return "backoff";
    case Spent::Consumer: return "consumer";
    case Spent::Source: return "source";
    case Spent::Mover: return "mover";
    case Spent::Initiator: return "initiator";
  }
  return "unknown";
}

std::string_view to_string(StoryEnd end) {
  switch (end) {
    case StoryEnd::Open: return "open";
    case StoryEnd::Ready: return "ready";
    case StoryEnd::Bound: return "bound";
    case StoryEnd::Failed: return "failed";
  }
  return "unknown";
}

std::string to_json(const Story& story) {
  json::array items, links;
  for (const StoryItem& item : story.items) items.push_back(of(item));
  for (const StoryLink& link : story.links) links.push_back(of(link));
  json::object spent;
  for (std::size_t i = 0; i < kSpentCount; ++i) {
    spent[std::string(to_string(static_cast<Spent>(i)))] = seconds(story.spent.at(i));
  }
  json::array steps, restores;
  for (const StoryStep& step : story.steps) steps.push_back(of(step));
  for (const auto& restore : story.restores) restores.push_back(of(restore));
  const objects::Operation run = story.run.value_or(objects::Operation());
  return json::serialize(
      json::object{{"type", text(story.type)},
                   {"backup", text(story.asked.restore ? run.backup : story.asked.name)},
                   {"restore", text(story.asked.restore ? story.asked.name : std::string())},
                   {"phase", text(run.phase)},
                   {"schedule", text(run.schedule)},
                   {"nonAdminBackup", text(run.requested_by)},
                   {"expires", time(run.expires)},
                   {"gone", time(run.gone)},
                   {"goneHow", run.end ? text(objects::to_string(*run.end)) : json::value()},
                   {"began", time(story.began)},
                   {"ended", time(story.ended)},
                   {"spentSeconds", std::move(spent)},
                   {"longestBlock", story.longest_block ? json::value(*story.longest_block) : nullptr},
                   {"items", std::move(items)},
                   {"links", std::move(links)},
                   {"steps", std::move(steps)},
                   {"restores", std::move(restores)}});
}

std::string to_table(const Story& story) {
  std::string out = head(story) + division(story);
  if (story.longest_block) {
    const StoryItem& item = story.items.at(*story.longest_block);
    out += fmt::format("{} held up {} others for {}\n", qualified(item.ns, item.name), item.held_up,
                       length_text(item.blocked));
  }
  for (std::size_t i = 0; i < story.items.size(); ++i) {
    out += line(story.items[i]);
    for (const StoryLink& link : story.links) {
      if (link.item != i) continue;
      out += fmt::format("    {} {} {}{}, {}\n", story.asked.restore ? "from" : "restored as",
                         objects::to_string(link.kind), qualified(link.ns, link.name),
                         link.run.empty() ? "" : " of " + to_printable(link.run), objects::to_string(link.state));
    }
  }
  for (const StoryStep& step : story.steps) out += line(step);
  for (const auto& restore : story.restores) {
    out += fmt::format("restored by {}, {}\n", qualified(restore.ns, restore.name), to_printable(restore.phase));
  }
  return out;
}

}  // namespace snaptrail::reconcilers
