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
  if (const auto& run = story.asked.run) {
    if (!run->phase.empty()) out += ", " + to_printable(run->phase);
    if (!run->schedule.empty()) out += ", schedule " + to_printable(run->schedule);
    if (!run->non_admin_origin.empty()) out += ", asked for by " + to_printable(run->non_admin_origin);
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

std::string line(const StoryItem& item) {
  std::string out =
      fmt::format("{}  {}  {}", clock_text(item.began), qualified(item.ns, item.name), to_string(item.end));
  if (item.ended) out += " after " + length_text(*item.ended - item.began);
  if (item.outcome) out += fmt::format(", now {}", objects::to_string(*item.outcome));
  if (!item.handle.empty()) out += ", handle " + to_printable(item.handle);
  out += '\n';
  for (const StoryPhase& phase : item.phases) {
    out += fmt::format("    {}  {:<9} {:<19} {}{}\n", clock_text(phase.from), phase.name, to_string(phase.where),
                       phase.to ? length_text(*phase.to - phase.from) : "still", phase.exact ? "" : " (at most)");
  }
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
  const StoryRun run = story.asked.run.value_or(StoryRun());
  return json::serialize(
      json::object{{"type", text(story.type)},
                   {story.asked.restore ? "restore" : "backup", text(story.asked.name)},
                   {"phase", text(run.phase)},
                   {"schedule", text(run.schedule)},
                   {"nonAdminBackup", text(run.non_admin_origin)},
                   {"began", time(story.began)},
                   {"ended", time(story.ended)},
                   {"spentSeconds", std::move(spent)},
                   {"longestBlock", story.longest_block ? json::value(*story.longest_block) : nullptr},
                   {"items", std::move(items)},
                   {"links", std::move(links)}});
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
  return out;
}

}  // namespace snaptrail::reconcilers
