#include "kube/tunnel.hpp"

#include "kube/request_head.hpp"
#include "kube/response_reader.hpp"
#include "kube/socks5.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include <array>
#include <vector>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;

std::string_view advice_for(int status) {
  switch (status) {
    case 407: return "; put the right user and password into its URL: http://USER:PASSWORD@HOST:PORT";
    case 403:
    case 405: return "; its rules must allow CONNECT to this host and port";
    case 502:
    case 503:
    case 504: return "; it can't reach the API server: check the server URL, and the way from the proxy";
    default: return "";
  }
}

asio::awaitable<Tunnelled> connect_by_http(Transport& transport, const ClusterConfig& config) {
  const std::string head = connect_head(config);
  if (const auto unsent = co_await transport.write(head)) co_return Tunnelled{unsent, {}};
  std::string answer;
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto [failed, bytes] = co_await transport.read_some(chunk.data(), chunk.size());
    if (failed) co_return Tunnelled{failed, {}};
    answer.append(chunk.data(), bytes);
    const ConnectAnswer read = read_connect_answer(answer);
    if (read.complete) co_return Tunnelled{{}, read.refusal};
  }
}

asio::awaitable<Tunnelled> connect_by_socks(Transport& transport, const ClusterConfig& config) {
  Socks5 socks(*config.proxy, config.host, config.port);
  while (socks.wanted() > 0) {
    if (!socks.output().empty()) {
      if (const auto unsent = co_await transport.write(socks.output())) co_return Tunnelled{unsent, {}};
    }
    std::vector<char> answer(socks.wanted());
    for (std::size_t filled = 0; filled < answer.size();) {
      const auto [failed, bytes] = co_await transport.read_some(answer.data() + filled, answer.size() - filled);
      if (failed) co_return Tunnelled{failed, {}};
      filled += bytes;
    }
    socks.feed(std::string_view(answer.data(), answer.size()));
  }
  co_return Tunnelled{{}, socks.failure()};
}

}  // namespace

ConnectAnswer read_connect_answer(std::string_view bytes) {
  constexpr std::string_view kStart = "HTTP/1.";
  constexpr std::size_t kStatusEnd = 12;  // "HTTP/1.1 200"
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::string_view no_proxy =
      "it does not answer as an HTTP proxy does; check the port and the scheme of its URL";
  if (!kStart.starts_with(bytes.substr(0, kStart.size()))) return {true, std::string(no_proxy)};
  if (bytes.size() < kStatusEnd) return {};
  int status = 0;
  for (const char c : bytes.substr(kStatusEnd - 3, 3)) {
    if (c < '0' || c > '9') return {true, std::string(no_proxy)};
    status = status * 10 + (c - '0');
  }
  if (bytes[kStatusEnd - 4] != ' ') return {true, std::string(no_proxy)};
  if (status < 200 || status > 299) {
    // Interim answers are for requests with a body; the reason's text is a stranger's, and the number says it all.
    return {true, fmt::format("HTTP {}{}", status, advice_for(status))};
  }
  const auto end = bytes.find(kEnd);
  if (end == bytes.npos) {
    if (bytes.size() > kHeadLimit) return {true, "its answer's head exceeds 64 KiB"};
    return {};
  }
  // The server speaks after us in TLS: what comes with the head is nobody's.
  if (end + kEnd.size() != bytes.size()) return {true, "it sends bytes of its own into the tunnel"};
  return {true, ""};
}

asio::awaitable<Tunnelled> open_tunnel(Transport& transport, const ClusterConfig& config) {
  if (config.proxy->kind == Proxy::Kind::socks5) return connect_by_socks(transport, config);
  return connect_by_http(transport, config);
}

}  // namespace snaptrail::kube
