#pragma once

#include "kube/proxy.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// Our side of a SOCKS5 connect (RFC 1928, with RFC 1929 for user and password), without I/O: what to send, then how many
/// bytes to read, until it is connected or has failed. The proxy resolves the server's name.
class Socks5 {
 public:
  /// `proxy` must outlive it. `host`: a name or an IP literal without brackets.
  Socks5(const Proxy& proxy, std::string host, std::uint16_t port);

  /// To be sent before anything is read; empty: nothing.
  const std::string& output() const { return output_; }
  /// How many bytes to read, exactly, and to pass to feed(); 0: it is over.
  std::size_t wanted() const { return wanted_; }
  void feed(std::string_view bytes);
  /// Why it failed; empty: it has not.
  const std::string& failure() const { return failure_; }

 private:
  enum class Step { greeted, authenticated, asked, bound_length, bound };
  void fail(std::string why);
  void request();
  void on_reply(std::string_view bytes);

  const Proxy& proxy_;
  std::string host_;
  std::uint16_t port_;
  Step step_ = Step::greeted;
  std::string output_;
  std::size_t wanted_ = 2;
  std::string failure_;
};

}  // namespace snaptrail::kube
