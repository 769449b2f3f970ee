#include "cmd/snaptrail/source.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "kube/client.hpp"
#include "objects/record_json.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

/// Rows asked for in one request; the server's own limit.
constexpr std::size_t kPage = 5'000;

boost::asio::awaitable<kube::Result<std::string>> fetch(std::shared_ptr<const kube::ClusterConfig> config,
                                                        std::string target) {
  kube::Connection connection(co_await boost::asio::this_coro::executor, config);
  kube::Limits limits;
  limits.connect = std::chrono::seconds{5};
  limits.head = std::chrono::seconds{30};
  co_return co_await connection.get_text(std::move(target), limits, 256u << 20);
}

json::object ask(const std::string& daemon, const std::string& target) {
  const auto url = boost::urls::parse_uri(daemon);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty()) {
    throw Failure(kUsage, fmt::format("--daemon {}: give a URL such as http://127.0.0.1:8080", daemon));
  }
  auto config = std::make_shared<kube::ClusterConfig>();
  config->scheme = url->scheme();
  config->host = std::string(url->host_address());
  config->port = url->has_port() ? url->port_number() : (config->scheme == "https" ? 443 : 80);
  config->base_path = url->encoded_path() == "/" ? std::string() : std::string(url->encoded_path());
  boost::asio::io_context io;
  std::optional<kube::Result<std::string>> answer;
  boost::asio::co_spawn(io, fetch(config, target), [&](std::exception_ptr error, kube::Result<std::string> result) {
    if (error) std::rethrow_exception(error);
    answer = std::move(result);
  });
  io.run();
  if (!answer || answer->has_error()) {
    throw Failure(kServer,
                  fmt::format("{}\nIs a daemon running there? Start one (snaptrail run), name it (--daemon URL), or "
                              "read its file (--ledger FILE).",
                              answer ? answer->error().message : "no answer"));
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(answer->value(), error);
  if (error || !parsed.is_object()) {
    throw Failure(kServer, fmt::format("{} does not answer as snaptrail's API does", daemon));
  }
  return parsed.get_object();
}

/// Calls visit for each of the answer's items.
std::size_t for_each_item(const json::object& answer, const std::function<void(const json::object&)>& visit) {
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array()) throw Failure(kServer, "the daemon's answer has no items");
  for (const auto& item : items->get_array()) {
    if (item.is_object()) visit(item.get_object());
  }
  return items->get_array().size();
}

ledger::Ledger open_ledger(const std::string& file) {
  try {
    return ledger::Ledger(file, ledger::Ledger::Mode::ReadOnly);
  } catch (const ledger::Error& error) {
    throw Failure(kUsage, error.what());
  }
}

std::string text_in(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<objects::Instant> time_in(const json::object& json, std::string_view name) {
  return objects::parse_rfc3339(text_in(json, name));
}

objects::Ready ready_in(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  if (!value || !value->is_bool()) return objects::Ready::Nil;
  return value->get_bool() ? objects::Ready::True : objects::Ready::False;
}

const json::object* object_in(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_object() ? &value->get_object() : nullptr;
}

void read_parts(const json::object& json, objects::Row& row) {
  if (const auto* ready = object_in(json, "readyToUse")) {
    row.ready = objects::ReadyChange{ready_in(*ready, "from"), ready_in(*ready, "to")};
  }
  if (const auto* initiator = object_in(json, "initiator")) {
    row.initiator =
        objects::Initiator{text_in(*initiator, "type"), text_in(*initiator, "backup"), text_in(*initiator, "restore")};
  }
  if (const auto* cause = object_in(json, "cause")) {
    row.cause = objects::Cause{objects::kind_of(text_in(*cause, "kind")).value_or(objects::Kind::Event),
                               objects::Uid::parse(text_in(*cause, "uid")).value_or(objects::Uid()),
                               text_in(*cause, "resourceVersion")};
  }
  if (const auto* fact = object_in(json, "fact")) {
    if (const auto type = objects::fact_type_of(text_in(*fact, "type"))) {
      row.fact = objects::Fact{*type, text_in(*fact, "from"), text_in(*fact, "to")};
    }
  }
  if (const auto* gap = object_in(json, "gap")) {
    row.gap = objects::Gap{text_in(*gap, "resource"),
                           time_in(*gap, "since").value_or(objects::Instant()),
                           time_in(*gap, "until").value_or(objects::Instant()),
                           text_in(*gap, "firstResourceVersion"),
                           text_in(*gap, "lastResourceVersion"),
                           objects::gap_cause_of(text_in(*gap, "cause")).value_or(objects::GapCause::Disconnected)};
  }
}

}  // namespace

void add_source_options(CLI::App& command, SourceOptions& options) {
  auto* ledger = command.add_option("--ledger", options.ledger, "Read this ledger file instead of asking a daemon");
  command.add_option("--daemon", options.daemon, "URL of the daemon to ask")->capture_default_str()->excludes(ledger);
}

objects::Row row_from_json(const json::object& json) {
  objects::Row row;
  if (const auto* seq = json.if_contains("seq"); seq && seq->is_int64()) row.seq = seq->get_int64();
  if (const auto* epoch = json.if_contains("epoch"); epoch && epoch->is_int64()) row.epoch = epoch->get_int64();
  if (const auto* late = json.if_contains("late"); late && late->is_bool()) row.late = late->get_bool();
  row.cluster = text_in(json, "cluster");
  row.type = objects::row_type_of(text_in(json, "type")).value_or(objects::RowType::Transition);
  row.at = time_in(json, "at").value_or(objects::Instant());
  row.api_time = time_in(json, "apiTime");
  row.kind = objects::kind_of(text_in(json, "kind"));
  row.ns = text_in(json, "namespace");
  row.name = text_in(json, "name");
  row.uid = objects::Uid::parse(text_in(json, "uid")).value_or(objects::Uid());
  row.from = objects::state_of(text_in(json, "from"));
  row.to = objects::state_of(text_in(json, "to"));
  row.outcome = objects::outcome_of(text_in(json, "outcome"));
  row.reason = text_in(json, "reason");
  row.message = text_in(json, "message");
  row.resource_version = text_in(json, "resourceVersion");
  row.actor = text_in(json, "actor");
  row.chain = text_in(json, "chain");
  row.content = text_in(json, "content");
  row.claim_uid = objects::Uid::parse(text_in(json, "claimUid")).value_or(objects::Uid());
  row.policy = objects::policy_of(text_in(json, "deletionPolicy"));
  row.driver = text_in(json, "driver");
  row.snapshot_handle = text_in(json, "snapshotHandle");
  row.volume_handle = text_in(json, "volumeHandle");
  read_parts(json, row);
  return row;
}

void for_each_status(const SourceOptions& source, const std::function<void(const json::object&)>& visit) {
  if (source.ledger.empty()) {
    for_each_item(ask(source.daemon, "/api/v1/status"), visit);
    return;
  }
  try {
    open_ledger(source.ledger).for_each_record(false, [&](const objects::ObjectRecord& record) {
      visit(json::parse(objects::to_json(record)).get_object());
    });
  } catch (const ledger::Error& error) {
    throw Failure(kUsage, error.what());
  }
}

void for_each_row(const SourceOptions& source, const ledger::Query& query,
                  const std::function<void(const objects::Row&)>& visit) {
  if (!source.ledger.empty()) {
    try {
      open_ledger(source.ledger).for_each_row(query, visit);
    } catch (const ledger::Error& error) {
      throw Failure(kUsage, error.what());
    }
    return;
  }
  boost::urls::url target("/api/v1/timeline");
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) target.params().append({name, value});
  };
  add("ns", query.ns);
  add("name", query.name);
  add("handle", query.handle);
  add("backup", query.backup);
  add("restore", query.restore);
  add("chain", query.chain);
  const bool newest_only = query.limit > 0;
  add("limit", std::to_string(newest_only ? std::min(query.limit, kPage) : kPage));
  std::int64_t after = query.after_seq;
  for (;;) {
    boost::urls::url page(target);
    if (!newest_only) page.params().append({"afterSeq", std::to_string(after)});
    const auto count = for_each_item(ask(source.daemon, std::string(page.buffer())), [&](const json::object& item) {
      const objects::Row row = row_from_json(item);
      after = std::max(after, row.seq);
      visit(row);
    });
    if (newest_only || count < kPage) return;
  }
}

}  // namespace snaptrail::cmd
