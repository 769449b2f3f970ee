#include "world.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace snaptrail::simulation {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {"refused",
                                                          "reset",
                                                          "timed out",
                                                          "cut body",
                                                          "200 with HTML",
                                                          "200 with a Table",
                                                          "404 in plain text",
                                                          "401",
                                                          "403",
                                                          "409",
                                                          "410",
                                                          "413",
                                                          "422",
                                                          "429",
                                                          "Retry-After 0",
                                                          "Retry-After 1",
                                                          "Retry-After of a day",
                                                          "Retry-After as a date",
                                                          "500",
                                                          "503",
                                                          "504",
                                                          "504 too large",
                                                          "list without a version",
                                                          "stream cut",
                                                          "stream cut within a line",
                                                          "half open",
                                                          "single bytes",
                                                          "merged chunks",
                                                          "blanks only",
                                                          "duplicate event",
                                                          "replayed events",
                                                          "event of another kind",
                                                          "event of unknown type",
                                                          "garbage for an event",
                                                          "oversized event",
                                                          "deep nesting",
                                                          "NaN",
                                                          "duplicate keys",
                                                          "clean end",
                                                          "bookmark without a version",
                                                          "bookmark storm",
                                                          "bookmark with garbage",
                                                          "bookmark of the past",
                                                          "no bookmarks",
                                                          "ERROR 410",
                                                          "ERROR 429",
                                                          "ERROR 500",
                                                          "ERROR 504",
                                                          "ERROR of unknown code",
                                                          "ERROR StorageReadError",
                                                          "API server restart",
                                                          "compaction",
                                                          "etcd restored",
                                                          "lagging API server",
                                                          "CRD changed",
                                                          "CRD deleted",
                                                          "clock jump",
                                                          "daemon killed",
                                                          "no streamed lists",
                                                          "forbidden for a while",
                                                          "coalesced versions"};

}  // namespace

std::string_view to_string(Fault fault) { return kNames.at(static_cast<std::size_t>(fault)); }

World::World(std::uint64_t seed) : chance_(seed) {
  resources.resize(2);
  resources[0] = {
      "PersistentVolume", "persistentvolumes", "v1", "", "", {"Pending", "Available", "Bound", "Released", "Failed"}};
  resources[1] = {"PersistentVolumeClaim", "persistentvolumeclaims", "v1", "", "shop", {"Pending", "Bound", "Lost"}};
  for (int i = 0; i < 8; ++i) write();
  catch_up();
}

void World::tell(std::string_view what, std::string_view more) const {
  if (!tells) return;
  std::printf("%9lld  %.*s%.*s\n", static_cast<long long>(now), static_cast<int>(what.size()), what.data(),
              static_cast<int>(more.size()), more.data());
}

std::string World::new_uid() {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08llx-0000-4000-8000-000000000000",
                static_cast<unsigned long long>(++uids_));
  return text.data();
}

void World::write_version(std::size_t resource, const std::string& name, bool remove) {
  Resource& of = resources[resource];
  const auto found = of.live.find(name);
  Version version;
  version.name = name;
  version.uid = found == of.live.end() ? new_uid() : found->second.uid;
  version.number = ++revision;
  version.deleted = remove;
  version.state = found == of.live.end() ? of.states[0] : found->second.state;
  if (!remove && found != of.live.end() && version.state != "Deleting" && chance_.percent(80)) {
    version.state =
        chance_.percent(15)
            ? "Deleting"
            : of.states[static_cast<std::size_t>(chance_.below(static_cast<std::int64_t>(of.states.size())))];
  }
  of.branches.back().push_back(version);
  tell("written: ",
       of.plural + ' ' + name + " at " + std::to_string(revision) + " -> " + (remove ? "gone" : version.state));
  if (remove) {
    of.live.erase(name);
  } else {
    of.live[name] = version;
  }
}

void World::write() {
  if (!writing || writes_left == 0) return;
  if (writes_left > 0) --writes_left;
  const auto resource = static_cast<std::size_t>(chance_.below(2));
  if (resources[resource].absent_until > now) return;
  const std::string name = "o" + std::to_string(chance_.below(6));
  const bool exists = resources[resource].live.contains(name);
  write_version(resource, name, exists && chance_.percent(25));
  // Other resources write too: numbers are not consecutive.
  if (writes_left < 0) revision += chance_.below(2);
}

bool World::remove_unseen(std::size_t resource) {
  Resource& of = resources[resource];
  if (of.live.empty() || writes_left >= 0) return false;
  write_version(resource, of.live.begin()->first, true);
  of.branches.back().back().unseen = true;
  return true;
}

void World::delete_all(std::size_t resource) {
  while (!resources[resource].live.empty()) write_version(resource, resources[resource].live.begin()->first, true);
}

void World::begin_storage(std::size_t resource) {
  ++resources[resource].storage;
  resources[resource].storage_since = revision + 1;
}

void World::change_crd(std::size_t resource, std::int64_t closed_until) {
  resources[resource].closed_until = closed_until;
  begin_storage(resource);
}

void World::delete_crd(std::size_t resource, std::int64_t absent_until) {
  delete_all(resource);
  catch_up();
  resources[resource].absent_until = absent_until;
  begin_storage(resource);
}

void World::rewind(std::int64_t number) {
  for (Resource& resource : resources) {
    std::vector<Version> kept;
    resource.live.clear();
    for (const Version& version : resource.history()) {
      if (version.number > number) break;
      kept.push_back(version);
      if (version.deleted) {
        resource.live.erase(version.name);
      } else {
        resource.live[version.name] = version;
      }
    }
    resource.branches.push_back(std::move(kept));
  }
  revision = number;
  tell("etcd restored to ", std::to_string(number));
  catch_up();
}

std::vector<Version> World::at(std::size_t resource, std::int64_t number) const {
  std::map<std::string, Version> then;
  for (const Version& version : resources[resource].history()) {
    if (version.number > number) break;
    if (version.deleted) {
      then.erase(version.name);
    } else {
      then[version.name] = version;
    }
  }
  std::vector<Version> objects;
  for (auto& [name, version] : then) objects.push_back(version);
  return objects;
}

const Version* World::find(std::size_t resource, std::size_t branch, std::int64_t number) const {
  const auto& history = resources[resource].branches[branch];
  const auto found =
      std::lower_bound(history.begin(), history.end(), number,
                       [](const Version& version, std::int64_t value) { return version.number < value; });
  return found != history.end() && found->number == number ? &*found : nullptr;
}

}  // namespace snaptrail::simulation
