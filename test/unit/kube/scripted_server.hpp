#pragma once

#include "certificates.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace snaptrail::kube::test {

struct Step {
  enum class Do {
    expect,          ///< read a request up to its blank line
    send,            ///< write `bytes`
    send_each_byte,  ///< write `bytes` one at a time
    trickle,         ///< write `bytes` kTrickled times, a tenth of a millisecond apart
    flood,           ///< write `bytes` again and again until the peer is gone
    close,           ///< end the connection
    reset,           ///< end it with RST
    hold,            ///< say nothing until the peer closes
  };
  Do what;
  std::string bytes = {};
};

inline Step expect() { return {Step::Do::expect}; }
inline Step send(std::string bytes) { return {Step::Do::send, std::move(bytes)}; }
inline Step send_each_byte(std::string bytes) { return {Step::Do::send_each_byte, std::move(bytes)}; }
inline Step trickle(std::string bytes) { return {Step::Do::trickle, std::move(bytes)}; }
inline Step flood(std::string bytes) { return {Step::Do::flood, std::move(bytes)}; }
inline Step close() { return {Step::Do::close}; }
inline Step reset() { return {Step::Do::reset}; }
inline Step hold() { return {Step::Do::hold}; }

inline constexpr int kTrickled = 100;

using Script = std::vector<Step>;

/// A server on 127.0.0.1 that serves one connection after the other, each by its script.
class ScriptedServer {
 public:
  ScriptedServer(boost::asio::io_context& context, std::vector<Script> scripts, std::optional<Identity> tls = {});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const;
  /// No further connection is accepted.
  void stop();

  std::size_t accepted = 0;
  std::vector<std::string> requests;      ///< each up to its blank line
  std::vector<std::string> server_names;  ///< SNI of each TLS handshake; empty: none was sent
  std::optional<Identity> client_ca;      ///< clients must present a certificate of it, over TLS 1.2 or 1.3
  std::vector<std::string> client_names;  ///< common names of the certificates presented
  std::function<void()> on_accept = [] {};
  std::function<void()> on_request = [] {};

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// An answer with Content-Length.
std::string answer(const std::string& status_line, const std::string& body, const std::string& fields = "");
/// The head of a chunked answer, and one chunk.
std::string chunked_head();
std::string chunk(const std::string& bytes);
inline const char* const kLastChunk = "0\r\n\r\n";

}  // namespace snaptrail::kube::test
