#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/writer.hpp"
#include "serving/availability.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// Whether one of the informers' targets can be seen, and why not.
struct TargetHealth {
  std::string name;  ///< informers::Target::name
  Availability availability = Availability::Syncing;
  std::string why;  ///< a sentence, as the informer gave it; empty where all is well
};

/// What /readyz is judged by.
struct HealthView {
  bool gate_open = false;  ///< classification has begun (docs/states.md, "The gate")
  std::vector<TargetHealth> targets;
  ledger::WriterHealth ledger;
};

/// Ready: the gate is open; every target is synced, absent or forbidden; the ledger's writer does not fail. A missing CRD
/// or a right that RBAC refuses makes nothing unready: a restart would not mend it. It is named all the same.
bool is_ready(const HealthView& view);

/// /healthz: that it answers is the answer.
Response healthz(const Request& request);

/// /readyz: 200 or 503. Text: a verdict, then a line for each target that is not synced and for a ledger that fails; all of
/// them with `?verbose`. JSON with Accept: application/json.
Response readyz(const HealthView& view, const Request& request);

}  // namespace snaptrail::serving
