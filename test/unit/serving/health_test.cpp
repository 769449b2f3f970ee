#include "serving/health.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::serving;

namespace {

const Request kPlain{{"/readyz", {}}, {}};
const Request kVerbose{{"/readyz", {{"verbose", ""}}}, {}};
const Request kWantsJson{{"/readyz", {}}, "application/json"};

HealthView healthy() {
  HealthView view;
  view.gate_open = true;
  view.targets = {{"volumesnapshots", Availability::Synced, ""}, {"persistentvolumes", Availability::Synced, ""}};
  view.ledger.committed_rows = 7;
  return view;
}

}  // namespace

TEST_CASE("healthz answers ok", "[health]") { CHECK(healthz(kPlain).body == "ok\n"); }

TEST_CASE("with all synced and a ledger that works it is ready in one line", "[health]") {
  const Response response = readyz(healthy(), kPlain);
  CHECK(response.status == 200);
  CHECK(response.body == "ready\n");
}

TEST_CASE("a kind that is absent or forbidden does not make it unready but is named with the reason", "[health]") {
  HealthView view = healthy();
  view.targets.push_back({"backups", Availability::Absent, "the CRD backups.velero.io is not installed"});
  view.targets.push_back({"events/VolumeSnapshot", Availability::Forbidden, "RBAC refuses list"});
  const Response response = readyz(view, kPlain);
  CHECK(response.status == 200);
  CHECK(response.body ==
        "ready\n"
        "backups: absent: the CRD backups.velero.io is not installed\n"
        "events/VolumeSnapshot: forbidden: RBAC refuses list\n");
}

TEST_CASE("before the first sync and while a kind fails it is not ready", "[health]") {
  HealthView syncing = healthy();
  syncing.gate_open = false;
  syncing.targets[0] = {"volumesnapshots", Availability::Syncing, ""};
  CHECK(readyz(syncing, kPlain).status == 503);
  CHECK(readyz(syncing, kPlain).body ==
        "not ready\ngate: closed, waiting for the first lists\nvolumesnapshots: syncing\n");

  HealthView failing = healthy();
  failing.targets[0] = {"volumesnapshots", Availability::Failing, "connection refused"};
  CHECK(readyz(failing, kPlain).status == 503);

  HealthView closed = healthy();
  closed.gate_open = false;
  CHECK(readyz(closed, kPlain).status == 503);
}

TEST_CASE("a ledger that fails makes it unready and says why on one line", "[health]") {
  HealthView view = healthy();
  view.ledger.failing = true;
  view.ledger.error = "disk full\n\x1b[31m";
  view.ledger.queued_rows = 3;
  const Response response = readyz(view, kPlain);
  CHECK(response.status == 503);
  CHECK(response.body == "not ready\nledger: failing (3 rows queued, 0 dropped): disk full\\n\\x1b[31m\n");
}

TEST_CASE("verbose names everything", "[health]") {
  CHECK(readyz(healthy(), kVerbose).body ==
        "ready\nvolumesnapshots: synced\npersistentvolumes: synced\nledger: ok (7 rows committed, 0 queued)\n");
}

TEST_CASE("JSON is given to those who accept it", "[health]") {
  HealthView view = healthy();
  view.targets[1] = {"persistentvolumes", Availability::Forbidden, "no \"list\""};
  const Response response = readyz(view, kWantsJson);
  CHECK(response.content_type == "application/json");
  const auto json = boost::json::parse(response.body).as_object();
  CHECK(json.at("ready") == true);
  CHECK(json.at("targets").at(1) ==
        boost::json::value({{"name", "persistentvolumes"}, {"availability", "forbidden"}, {"why", "no \"list\""}}));
  CHECK(json.at("targets").at(0).at("why").is_null());
  CHECK(json.at("ledger").at("committedRows") == 7);
}
