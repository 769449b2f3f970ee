#include "cmd/snaptrail/doctor_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/finding_text.hpp"
#include "cmd/snaptrail/output.hpp"
#include "informers/decoder.hpp"
#include "informers/intake.hpp"
#include "informers/request_path.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;
using objects::Kind;
using reconcilers::preflight::ApiGroup;
using reconcilers::preflight::Crd;
using reconcilers::preflight::Facts;
using reconcilers::preflight::Looked;
using reconcilers::preflight::Right;
using reconcilers::preflight::Sight;

constexpr std::string_view kSnapshotGroup = "snapshot.storage.k8s.io";
constexpr std::string_view kGroupSnapshotGroup = "groupsnapshot.storage.k8s.io";
constexpr std::string_view kVeleroGroup = "velero.io";
constexpr std::string_view kReview = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
constexpr std::size_t kPage = 500;

/// What a refusal means for what was asked; throws where nobody answers, or nobody knows the asker: then nothing can be
/// told at all.
Looked refusal(const kube::Error& error) {
  if (error.http_status == 0 || error.code == kube::Errc::unauthorized) throw Failure(kServer, error.message);
  if (error.code == kube::Errc::not_found) return {Sight::Absent, {}};
  return {error.code == kube::Errc::forbidden ? Sight::Forbidden : Sight::Failed, error.message};
}

json::object parsed(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) {
    throw Failure(kServer, "what answers there is no API server: it sends no JSON object; check the server's URL");
  }
  return std::move(value.get_object());
}

class Gathering {
 public:
  Gathering(BlockingConnection& server, Facts& facts) : server_(server), facts_(facts) {}

  void run() {
    read_version();
    read_groups();
    read_crds();
    read_lists();
    read_rights();
  }

 private:
  /// The document at that path; `looked` says whether it could be seen.
  json::object document(const std::string& path, Looked& looked) {
    const auto answer = server_.get(path);
    if (answer.has_error()) {
      looked = refusal(answer.error());
      return {};
    }
    looked = {Sight::Seen, {}};
    return parsed(answer.value());
  }

  void read_version() {
    Looked looked;
    facts_.server_version = text_in(document("/version", looked), "gitVersion");
  }

  /// The plurals of that version, where it is served.
  void read_resources(ApiGroup& group, std::string_view name) {
    if (group.versions.empty()) return;
    // v1 is what counts; where it isn't served, whatever is.
    const bool has_v1 = std::ranges::find(group.versions, "v1") != group.versions.end();
    Looked looked;
    read_plurals(document(fmt::format("/apis/{}/{}", name, has_v1 ? "v1" : group.versions.front()), looked), group);
    if (!looked.seen() && looked.sight != Sight::Absent) static_cast<Looked&>(group) = looked;
  }

  void read_groups() {
    Looked looked;
    groups_ = document("/apis", looked);
    for (auto& [group, name] :
         {std::pair(&facts_.snapshot_api, kSnapshotGroup), std::pair(&facts_.group_api, kGroupSnapshotGroup),
          std::pair(&facts_.velero_api, kVeleroGroup)}) {
      if (!looked.seen()) {
        static_cast<Looked&>(*group) = looked;
        continue;
      }
      *group = api_group_in(groups_, name);
      read_resources(*group, name);
    }
    groups_seen_ = looked.seen();
  }

  void read_crds() {
    for (const Kind kind : objects::kAllKinds) {
      const objects::Resource& resource = objects::resource_of(kind);
      if (resource.group != kSnapshotGroup && resource.group != kGroupSnapshotGroup) continue;
      const std::string name = fmt::format("{}.{}", resource.plural, resource.group);
      Looked looked;
      const json::object found = document("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name, looked);
      Crd crd = crd_in(found);
      static_cast<Looked&>(crd) = looked;
      crd.name = name;
      facts_.crds.push_back(std::move(crd));
    }
  }

  /// One page of a list into `take`; where the next one begins.
  std::string read_page(const informers::Target& target, const std::string& token, std::string_view version,
                        Looked& looked) {
    informers::ListDecoder decoder(
        target.kind, [this](objects::Object object) { reconcilers::preflight::take(facts_, std::move(object)); });
    informers::command::ListPage page;
    page.continue_token = token;
    page.limit = kPage;
    const auto answer = server_.get(informers::request_path(target, page, version),
                                    [&decoder](std::string_view piece) { return decoder.write(piece); });
    const bool is_garbled = !decoder.error().empty() || (!answer.has_error() && !decoder.finish());
    if (is_garbled) {
      looked = {Sight::Failed, fmt::format("{}: {}", target.name, decoder.error())};
    } else if (answer.has_error()) {
      looked = refusal(answer.error());
    } else {
      looked = {Sight::Seen, {}};
      return decoder.meta().continue_token;
    }
    return {};
  }

  /// All objects of a kind.
  void read_list(Kind kind, Looked& looked) {
    const objects::Resource& resource = objects::resource_of(kind);
    if (!is_served(kind)) {
      looked = {Sight::Absent, {}};
      return;
    }
    // All but the nodes' Leases, as the daemon does.
    const auto& targets = informers::all_targets();
    const auto target = std::ranges::find(targets, kind, &informers::Target::kind);
    if (target == targets.end()) return;
    std::string token;
    do {
      token = read_page(*target, token, resource.version, looked);
    } while (!token.empty() && looked.seen());
  }

  void read_lists() {
    read_list(Kind::VolumeSnapshotClass, facts_.classes);
    read_list(Kind::StorageClass, facts_.storage_classes);
    read_list(Kind::CSIDriver, facts_.drivers);
    read_list(Kind::Lease, facts_.leases);
    read_list(Kind::BackupStorageLocation, facts_.locations);
    read_list(Kind::VolumeSnapshot, facts_.snapshots);
    read_list(Kind::VolumeSnapshotContent, facts_.contents);
    read_list(Kind::PersistentVolume, facts_.other_volumes);
    read_list(Kind::PersistentVolumeClaim, facts_.claims);
    read_whole(Kind::VolumeSnapshotClass, facts_.secrets,
               [this](const json::object& list) { facts_.secrets.items = secrets_in(list); });
    for (const Kind kind : {Kind::Backup, Kind::Schedule}) {
      Looked looked;
      read_whole(kind, looked, [this, kind](const json::object& list) {
        for (auto& named : named_classes_in(list, objects::to_string(kind))) {
          facts_.named_classes.push_back(std::move(named));
        }
      });
    }
  }

  /// A list whose objects have what the projection leaves out.
  template <class Read>
  void read_whole(Kind kind, Looked& looked, Read read) {
    const objects::Resource& resource = objects::resource_of(kind);
    if (!is_served(kind)) {
      looked = {Sight::Absent, {}};
      return;
    }
    const json::object list =
        document(fmt::format("/apis/{}/{}/{}", resource.group, resource.version, resource.plural), looked);
    if (looked.seen()) read(list);
  }

  bool is_served(Kind kind) const {
    const objects::Resource& resource = objects::resource_of(kind);
    if (resource.group.empty() || !groups_seen_) return true;
    return api_group_in(groups_, resource.group).seen();
  }

  void read_right(const informers::Target& target, std::string_view verb) {
    const objects::Resource& resource = objects::resource_of(target.kind);
    const json::object review{
        {"apiVersion", "authorization.k8s.io/v1"},
        {"kind", "SelfSubjectAccessReview"},
        {"spec", {{"resourceAttributes", {{"group", resource.group}, {"resource", resource.plural}, {"verb", verb}}}}}};
    Right right{target.kind, std::string(verb), Right::Allowed::Unknown, {}};
    const auto answer = server_.review(std::string(kReview), json::serialize(review));
    if (answer.has_error()) {
      right.why = refusal(answer.error()).why;
    } else {
      const json::object body = parsed(answer.value());
      const auto* status = body.if_contains("status");
      const auto* allowed =
          status != nullptr && status->is_object() ? status->get_object().if_contains("allowed") : nullptr;
      if (allowed != nullptr && allowed->is_bool()) {
        right.allowed = allowed->get_bool() ? Right::Allowed::Yes : Right::Allowed::No;
      }
    }
    facts_.rights.push_back(std::move(right));
  }

  void read_rights() {
    Kind last = Kind::Restore;
    bool any = false;
    for (const informers::Target& target : informers::all_targets()) {
      if ((any && target.kind == last) || !is_served(target.kind)) continue;  // events: once for all kinds
      last = target.kind;
      any = true;
      read_right(target, "list");
      if (target.poll.count() == 0) read_right(target, "watch");
    }
  }

  BlockingConnection& server_;
  Facts& facts_;
  json::object groups_;
  bool groups_seen_ = false;
};

}  // namespace

Facts gather_facts(BlockingConnection& server, objects::Instant now) {
  Facts facts;
  facts.now = now;
  Gathering(server, facts).run();
  return facts;
}

reconcilers::preflight::DaemonFacts ask_daemon(ApiClient& daemon, objects::Instant since) {
  reconcilers::preflight::DaemonFacts facts;
  for_each_item(daemon, "/api/v1/findings", {}, [&facts](const json::object& finding) {
    if (is_problem(finding)) ++facts.findings[text_in(finding, "reason")];
  });
  for_each_item(daemon, "/api/v1/timeline", {{"since", objects::format_rfc3339(since)}},
                [&facts](const json::object& row) {
                  if (text_in(row, "type") != "gap") return;
                  const auto* gap = row.if_contains("gap");
                  ++facts.gaps[gap != nullptr && gap->is_object() ? text_in(gap->get_object(), "resource") : ""];
                });
  facts.where = daemon.where();
  facts.sight = Sight::Seen;
  return facts;
}

}  // namespace snaptrail::cmd
