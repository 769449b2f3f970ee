#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "cmd/snaptrail/api_client.hpp"
#include "cmd/snaptrail/table.hpp"
#include "cmd/snaptrail/time_text.hpp"

/// Findings (items of /api/v1/findings) for a person.
namespace snaptrail::cmd {

/// The findings that matter most, by the uid of their object: what is wrong itself before what follows from it, errors before hazards,
/// these before what just waits.
struct FirstFinding {
  std::string reason;
  std::string category;
  std::string severity;
};
using Reasons = std::map<std::string, FirstFinding>;

/// Asks for the findings of a namespace (empty: all). Throws Failure.
Reasons reasons_of(ApiClient& client, const std::string& ns);
Cell reason_cell(const Reasons& reasons, const std::string& uid);

/// Whether `a` is to be looked at before `b`.
bool matters_more(const boost::json::object& a, const boost::json::object& b);
/// Whether somebody has to do something: not for what waits as it should.
bool is_problem(const boost::json::object& finding);

/// The finding as indented lines: what, since when, evidence, what blocks, what to do. Strings of strangers are made printable.
std::vector<std::string> finding_lines(const boost::json::object& finding, objects::Instant now, Zone zone);

}  // namespace snaptrail::cmd
