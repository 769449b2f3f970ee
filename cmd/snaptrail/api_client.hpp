#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmd/snaptrail/daemon_service.hpp"
#include "kube/client.hpp"

namespace snaptrail::cmd {

using Params = std::vector<std::pair<std::string, std::string>>;

/// Who answers a command's questions: a daemon through a cluster's service proxy, a daemon at a URL, or a ledger's file. A
/// new command adds a question, and nothing here.
class ApiClient {
 public:
  virtual ~ApiClient() = default;
  /// The answer to GET `path` (`/api/v1/status`) with those parameters that are not empty. Blocking, with a deadline. Throws
  /// Failure: kServer where nobody can be reached or answers as the API does, kUsage where the question is refused.
  virtual boost::json::object get(const std::string& path, const Params& params) = 0;
  /// Who it is, for a person: `service snaptrail/snaptrail`, a URL, a file.
  virtual std::string where() const = 0;
};

/// Asks all pages of a list and calls `visit` for each item. Returns the last page, for its further members.
boost::json::object for_each_item(ApiClient& client, const std::string& path, const Params& params,
                                  const std::function<void(const boost::json::object&)>& visit);

/// Questions to one server, one after the other, on one connection that is kept. Blocking, each with a deadline.
class BlockingConnection {
 public:
  explicit BlockingConnection(std::shared_ptr<const kube::ClusterConfig> config);
  ~BlockingConnection();
  BlockingConnection(const BlockingConnection&) = delete;
  BlockingConnection& operator=(const BlockingConnection&) = delete;

  kube::Result<std::string> get(const std::string& target);
  /// As kube::Connection::get(): the body goes to `sink` piece by piece.
  kube::Result<int> get(const std::string& target, kube::BodySink sink);
  /// As kube::Connection::review().
  kube::Result<std::string> review(const std::string& target, const std::string& json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A daemon at the URL `text` (http or https; without a scheme: http). Of `flags` count those that are about TLS and the token.
/// Throws Failure(kUsage) for what is no URL, a file that can't be read, and a token that others could read on its way.
std::unique_ptr<ApiClient> daemon_at(const std::string& text, const kube::ConnectionOverrides& flags = {});

/// The daemon behind a Service, through the proxy of the API server to which `server` leads.
std::unique_ptr<ApiClient> daemon_behind(ServiceChoice service, std::unique_ptr<BlockingConnection> server);

/// A ledger's file, of a daemon that runs or not. Throws Failure(kUsage) where it can't be read.
std::unique_ptr<ApiClient> ledger_in(const std::string& file);

/// The JSON object in a text; throws Failure(kServer) for anything else, naming `where`.
boost::json::object parse_answer(const std::string& text, const std::string& where);

}  // namespace snaptrail::cmd
