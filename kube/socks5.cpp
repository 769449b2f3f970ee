#include "kube/socks5.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include <array>

namespace snaptrail::kube {
namespace {

constexpr char kVersion = 5;
constexpr char kNoAuthentication = 0;
constexpr char kUserPassword = 2;
constexpr char kConnect = 1;
constexpr char kIpv4 = 1;
constexpr char kName = 3;
constexpr char kIpv6 = 4;

std::string_view reason_of(unsigned char reply) {
  constexpr std::array<std::string_view, 9> kReasons{"success",
                                                     "general failure",
                                                     "not allowed by its rules",
                                                     "the network is unreachable",
                                                     "the server is unreachable for it",
                                                     "the server refuses its connection",
                                                     "the time to live expired",
                                                     "it does not support CONNECT",
                                                     "it does not support this kind of address"};
  return reply < kReasons.size() ? kReasons[reply] : "unknown failure";
}

template <class Bytes>
std::string text_of(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

Socks5::Socks5(const Proxy& proxy, std::string host, std::uint16_t port)
    : proxy_(proxy), host_(std::move(host)), port_(port) {
  output_ = {kVersion, 1, proxy_.user ? kUserPassword : kNoAuthentication};
  const bool too_long = (proxy_.user && proxy_.user->size() > 255) || proxy_.password.size() > 255;
  if (too_long || host_.size() > 255) fail("its user, password or the server's name is longer than 255 bytes");
}

void Socks5::fail(std::string why) {
  failure_ = std::move(why);
  output_.clear();
  wanted_ = 0;
}

void Socks5::request() {
  output_ = {kVersion, kConnect, 0};
  boost::system::error_code no_literal;
  const auto address = boost::asio::ip::make_address(host_, no_literal);
  if (no_literal) {
    output_ += kName;
    output_ += static_cast<char>(host_.size());
    output_ += host_;
  } else if (address.is_v4()) {
    output_ += kIpv4 + text_of(address.to_v4().to_bytes());
  } else {
    output_ += kIpv6 + text_of(address.to_v6().to_bytes());
  }
  output_ += static_cast<char>(port_ >> 8);
  output_ += static_cast<char>(port_ & 0xff);
  step_ = Step::asked;
  wanted_ = 4;
}

void Socks5::on_reply(std::string_view bytes) {
  if (bytes[1] != 0) {
    return fail(fmt::format("it can't connect us: {}", reason_of(static_cast<unsigned char>(bytes[1]))));
  }
  // The address that it connects from, which nobody needs.
  step_ = Step::bound;
  if (bytes[3] == kIpv4) {
    wanted_ = 4 + 2;
  } else if (bytes[3] == kIpv6) {
    wanted_ = 16 + 2;
  } else if (bytes[3] == kName) {
    step_ = Step::bound_length;
    wanted_ = 1;
  } else {
    fail("its answer is no SOCKS5");
  }
}

void Socks5::feed(std::string_view bytes) {
  output_.clear();
  if ((step_ == Step::greeted || step_ == Step::asked) && bytes[0] != kVersion) return fail("it does not speak SOCKS5");
  switch (step_) {
    case Step::greeted:
      if (bytes[1] == kNoAuthentication) return request();
      if (bytes[1] != kUserPassword || !proxy_.user) {
        return fail("it wants to be told who we are; put user and password into its URL, or check them");
      }
      output_ = {1, static_cast<char>(proxy_.user->size())};
      output_ += *proxy_.user;
      output_ += static_cast<char>(proxy_.password.size());
      output_ += proxy_.password;
      step_ = Step::authenticated;
      wanted_ = 2;
      return;
    case Step::authenticated:
      if (bytes[1] != 0) return fail("it refuses the user and password of its URL");
      return request();
    case Step::asked: return on_reply(bytes);
    case Step::bound_length:
      step_ = Step::bound;
      wanted_ = static_cast<unsigned char>(bytes[0]) + 2u;
      return;
    case Step::bound: wanted_ = 0; return;
  }
}

}  // namespace snaptrail::kube
