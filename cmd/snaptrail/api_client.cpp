#include "cmd/snaptrail/api_client.hpp"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <chrono>
#include <optional>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"
#include "kube/files.hpp"
#include "ledger/ledger.hpp"
#include "objects/utf8.hpp"
#include "serving/api.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

/// The most items that a page may have (docs/api.md).
constexpr const char* kPage = "5000";
/// Rows are a kilobyte or so each.
constexpr std::size_t kMaxAnswer = 256u << 20;

std::string target_of(const std::string& path, const Params& params) {
  boost::urls::url target(path);
  for (const auto& [name, value] : params) {
    if (!value.empty()) target.params().append({name, value});
  }
  return std::string(target.buffer());
}

/// What a daemon says of a refusal: `{"error":…}`, or its text.
std::string words_of(const kube::Error& error) {
  boost::system::error_code ec;
  const json::value parsed = json::parse(error.server_message, ec);
  if (!ec && parsed.is_object()) {
    if (std::string text = text_in(parsed.get_object(), "error"); !text.empty()) return objects::to_printable(text);
  }
  return error.server_message.empty() ? error.message : objects::to_printable(error.server_message);
}

/// What a daemon itself has refused.
[[noreturn]] void refuse(const kube::Error& error, const std::string& where) {
  if (error.http_status == 400) throw Failure(kUsage, words_of(error));
  if (error.http_status == 404) {
    throw Failure(kServer, fmt::format("{} has no answer to this question: it is an older snaptrail, or none ({})",
                                       where, words_of(error)));
  }
  const bool asks_who = error.http_status == 401;
  throw Failure(kServer, fmt::format("{}: HTTP {}: {}{}", where, error.http_status, words_of(error),
                                     asks_who ? "\nGive it one: --token \"$(kubectl create token ACCOUNT)\"" : ""));
}

/// The client's own messages speak of an API server.
std::string why_unreachable(const kube::Error& error) {
  switch (error.code) {
    case kube::Errc::unreachable: return "can't connect";
    case kube::Errc::timed_out: return "no answer in time";
    case kube::Errc::disconnected: return "it closed the connection before it had answered";
    case kube::Errc::protocol: return "what answers there is no HTTP server that snaptrail understands";
    case kube::Errc::tls:
      return error.message + "\nWhom to believe is told by --certificate-authority FILE and --tls-server-name NAME.";
    default: return error.message;
  }
}

class DaemonAtUrl : public ApiClient {
 public:
  DaemonAtUrl(std::string url, std::shared_ptr<const kube::ClusterConfig> config)
      : url_(std::move(url)), connection_(std::move(config)) {}

  json::object get(const std::string& path, const Params& params) override {
    const auto answer = connection_.get(target_of(path, params));
    if (answer.has_value()) return parse_answer(answer.value(), where());
    if (answer.error().http_status != 0) refuse(answer.error(), where());
    throw Failure(kServer,
                  fmt::format("{}: {}\nDoes a daemon run there? Start one (snaptrail run), name another (--daemon "
                              "URL), or read its file (--ledger FILE).",
                              where(), why_unreachable(answer.error())));
  }
  std::string where() const override { return url_; }

 private:
  std::string url_;
  BlockingConnection connection_;
};

class DaemonBehindService : public ApiClient {
 public:
  DaemonBehindService(ServiceChoice service, std::unique_ptr<BlockingConnection> server)
      : service_(std::move(service)), server_(std::move(server)) {}

  json::object get(const std::string& path, const Params& params) override {
    const auto answer = server_->get(target_of(service_.proxy_path() + path, params));
    if (answer.has_value()) return parse_answer(answer.value(), where());
    explain(answer.error());
  }
  std::string where() const override { return service_.where(); }

 private:
  /// The proxy's own refusals are Status objects with a reason; the daemon's are not.
  [[noreturn]] void explain(const kube::Error& error) const {
    if (error.code == kube::Errc::forbidden) {
      throw Failure(kServer,
                    fmt::format("{}\nTo ask {} takes the right to get services/proxy there. Somebody who may can "
                                "grant it with this (kubectl apply -f -):\n\n{}",
                                error.message, where(), reader_role(service_.ns, service_.segment)));
    }
    // Refused by the daemon: the API server's own refusal has a reason.
    if (error.http_status == 401 && error.reason.empty()) {
      throw Failure(kServer,
                    fmt::format("{} asks who asks (auth.enabled), and the API server's proxy hands no token on. "
                                "Ask it directly:\n\n{}",
                                where(), direct_way(service_)));
    }
    // Not found by the API server: the Service, or its endpoints.
    const bool is_missing = error.code == kube::Errc::not_found && error.reason == "NotFound";
    if (is_missing || error.code == kube::Errc::unavailable || error.http_status == 502) {
      throw Failure(kServer, fmt::format("{}: the API server can't reach a daemon behind it: {}\nIs its pod running? "
                                         "kubectl -n {} get pods -l {}",
                                         where(), words_of(error), service_.ns, kServiceLabel));
    }
    if (error.http_status == 0 || !error.reason.empty()) throw Failure(kServer, error.message);
    refuse(error, where());
  }

  ServiceChoice service_;
  std::unique_ptr<BlockingConnection> server_;
};

/// A file that can't be read is the user's to mend.
template <class Read>
auto reading(Read read) {
  try {
    return read();
  } catch (const ledger::Error& error) {
    throw Failure(kUsage, error.what());
  }
}

class LedgerFile : public ApiClient {
 public:
  explicit LedgerFile(std::string file)
      : file_(std::move(file)),
        ledger_(reading([&] { return ledger::Ledger(file_, ledger::Ledger::Mode::ReadOnly); })) {}

  json::object get(const std::string& path, const Params& params) override {
    const auto target = serving::parse_target(target_of(path, params));
    if (!target) throw Failure(kUsage, "this question can't be asked");
    const auto answer = reading([&] { return serving::api_answer(ledger_, serving::Request{*target, {}}); });
    json::object body = parse_answer(answer.body, file_);
    if (answer.status != 200) throw Failure(kUsage, objects::to_printable(text_in(body, "error")));
    return body;
  }
  std::string where() const override { return file_; }

 private:
  std::string file_;
  ledger::Ledger ledger_;
};

}  // namespace

struct BlockingConnection::Impl {
  explicit Impl(std::shared_ptr<const kube::ClusterConfig> config) : connection(io.get_executor(), std::move(config)) {}
  boost::asio::io_context io{1};
  kube::Connection connection;
};

BlockingConnection::BlockingConnection(std::shared_ptr<const kube::ClusterConfig> config)
    : impl_(std::make_unique<Impl>(std::move(config))) {}
BlockingConnection::~BlockingConnection() = default;

namespace {

kube::Limits limits_of_a_question() {
  kube::Limits limits;
  limits.head = std::chrono::seconds{30};
  limits.total = std::chrono::minutes{2};
  return limits;
}

/// Runs a call to its end.
template <class T>
kube::Result<T> run(boost::asio::io_context& io, boost::asio::awaitable<kube::Result<T>> call) {
  std::optional<kube::Result<T>> answer;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(call), [&](std::exception_ptr error, kube::Result<T> result) {
    thrown = std::move(error);
    answer = std::move(result);
  });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*answer);
}

}  // namespace

kube::Result<std::string> BlockingConnection::get(const std::string& target) {
  return run(impl_->io, impl_->connection.get_text(target, limits_of_a_question(), kMaxAnswer));
}

kube::Result<int> BlockingConnection::get(const std::string& target, kube::BodySink sink) {
  return run(impl_->io, impl_->connection.get(target, limits_of_a_question(), std::move(sink)));
}

kube::Result<std::string> BlockingConnection::review(const std::string& target, const std::string& json) {
  return run(impl_->io, impl_->connection.review(target, json, limits_of_a_question()));
}

json::object parse_answer(const std::string& text, const std::string& where) {
  boost::system::error_code error;
  json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object()) {
    throw Failure(kServer, fmt::format("{} does not answer as snaptrail's API does", where));
  }
  return std::move(parsed.get_object());
}

json::object for_each_item(ApiClient& client, const std::string& path, const Params& params,
                           const std::function<void(const json::object&)>& visit) {
  Params question = params;
  question.emplace_back("limit", kPage);
  question.emplace_back("continue", "");
  for (;;) {
    json::object page = client.get(path, question);
    const json::value* items = page.if_contains("items");
    if (items == nullptr || !items->is_array()) {
      throw Failure(kServer, fmt::format("{} does not answer as snaptrail's API does: no items", client.where()));
    }
    for (const json::value& item : items->get_array()) {
      if (item.is_object()) visit(item.get_object());
    }
    std::string next = text_in(page, "continue");
    // A server that gives the same page for ever must not hold us for ever.
    if (next.empty() || next == question.back().second) return page;
    question.back().second = std::move(next);
  }
}

namespace {

bool is_this_machine(const std::string& host) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  return host == "localhost" || (!ec && address.is_loopback());
}

void take_flags(kube::ClusterConfig& config, const kube::ConnectionOverrides& flags) {
  config.insecure_skip_tls_verify = flags.insecure_skip_tls_verify;
  config.tls_server_name = flags.tls_server_name;
  config.token = flags.token;
  if (!flags.token.empty() && config.scheme == "http" && !is_this_machine(config.host)) {
    throw Failure(kUsage, "--token is not sent over plain HTTP to another machine: use --daemon https://…");
  }
  if (flags.certificate_authority.empty()) return;
  auto pem = kube::read_file(flags.certificate_authority, "CA (--certificate-authority)", 1u << 20);
  if (!pem) throw Failure(kUsage, pem.error().message);
  config.ca_pem = std::move(*pem);
}

}  // namespace

std::unique_ptr<ApiClient> daemon_at(const std::string& text, const kube::ConnectionOverrides& flags) {
  const std::string url = text.find("://") == std::string::npos ? "http://" + text : text;
  const auto parsed = boost::urls::parse_uri(url);
  const bool is_usable = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") &&
                         !parsed->host().empty() && !parsed->has_userinfo() && !parsed->has_query();
  if (!is_usable) {
    throw Failure(kUsage,
                  fmt::format("--daemon {}: give a URL such as http://127.0.0.1:8080", objects::to_printable(text)));
  }
  auto config = std::make_shared<kube::ClusterConfig>();
  config->scheme = parsed->scheme();
  config->host = std::string(parsed->host_address());
  config->port = parsed->has_port() ? parsed->port_number() : (config->scheme == "https" ? 443 : 80);
  config->base_path = std::string(parsed->encoded_path());
  while (config->base_path.ends_with('/')) config->base_path.pop_back();
  take_flags(*config, flags);
  return std::make_unique<DaemonAtUrl>(url, std::move(config));
}

std::unique_ptr<ApiClient> daemon_behind(ServiceChoice service, std::unique_ptr<BlockingConnection> server) {
  return std::make_unique<DaemonBehindService>(std::move(service), std::move(server));
}

std::unique_ptr<ApiClient> ledger_in(const std::string& file) { return std::make_unique<LedgerFile>(file); }

}  // namespace snaptrail::cmd
