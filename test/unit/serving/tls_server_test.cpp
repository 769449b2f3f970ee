#include <openssl/ssl.h>

#include <array>
#include <boost/asio/ssl.hpp>
#include <catch2/catch_test_macros.hpp>
#include <list>
#include <memory>
#include <string>

#include "../kube/certificates.hpp"
#include "loopback.hpp"
#include "serving/http_server.hpp"

/// The server by TLS, against clients that mean well and others.
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using snaptrail::kube::test::Identity;
using snaptrail::kube::test::issue;
using snaptrail::kube::test::make_ca;
using std::chrono::milliseconds;
namespace ssl = boost::asio::ssl;

namespace {

const Identity& authority() {
  static const Identity ca = make_ca("ca");
  return ca;
}

Identity named(const std::string& name) { return issue(authority(), {.common_name = name}); }

std::shared_ptr<TlsKeys> keys_of(const Identity& identity) {
  return std::make_shared<TlsKeys>(identity.cert_pem, identity.key_pem);
}

HttpOptions secure(std::shared_ptr<TlsKeys> keys) {
  HttpOptions options;
  options.tls = std::move(keys);
  return options;
}

/// A client that trusts our authority.
class TlsClient {
 public:
  TlsClient(Loopback& loop, int least = TLS1_2_VERSION, int most = TLS1_3_VERSION)
      : loop_(loop), context_(ssl::context::tls_client), stream_(loop.io, prepare(context_, least, most)) {
    const ListenAddress address = loop.server->local_endpoint();
    stream_.next_layer().connect({boost::asio::ip::make_address(address.host), address.port});
  }

  error_code handshake() {
    std::optional<error_code> result;
    stream_.async_handshake(ssl::stream_base::client, [&result](error_code ec) { result = ec; });
    loop_.pump_until([&] { return result.has_value(); });
    return *result;
  }
  HttpResponse ask(const std::string& request) {
    bool sent = false;
    boost::asio::async_write(stream_, boost::asio::buffer(request), [&sent](error_code, std::size_t) { sent = true; });
    loop_.pump_until([&] { return sent; });
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    std::optional<error_code> result;
    http::async_read(stream_, buffer_, parser, [&result](error_code ec, std::size_t) { result = ec; });
    loop_.pump_until([&] { return result.has_value(); });
    if (*result) throw std::runtime_error("no answer: " + result->message());
    return parser.release();
  }
  /// What reading ends with.
  error_code end() {
    std::optional<error_code> result;
    std::array<char, 256> bytes{};
    stream_.async_read_some(boost::asio::buffer(bytes), [&result](error_code ec, std::size_t) { result = ec; });
    loop_.pump_until([&] { return result.has_value(); });
    return *result;
  }
  std::string peer_name() {
    const auto certificate =
        std::unique_ptr<X509, decltype(&X509_free)>(SSL_get1_peer_certificate(stream_.native_handle()), X509_free);
    std::array<char, 64> name{};
    if (!certificate) return {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
    return name.data();
  }
  std::string version() { return SSL_get_version(stream_.native_handle()); }
  void renegotiate() { SSL_renegotiate(stream_.native_handle()); }

 private:
  static ssl::context& prepare(ssl::context& context, int least, int most) {
    context.add_certificate_authority(boost::asio::buffer(authority().cert_pem));
    context.set_verify_mode(ssl::verify_peer);
    SSL_CTX_set_security_level(context.native_handle(), 0);  // what is refused is refused by the server
    SSL_CTX_set_min_proto_version(context.native_handle(), least);
    SSL_CTX_set_max_proto_version(context.native_handle(), most);
    return context;
  }

  Loopback& loop_;
  ssl::context context_;
  ssl::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
};

void wait_for_connections(Loopback& loop, std::size_t count) {
  loop.pump_until([&] { return loop.server->stats().connections == count; });
}

}  // namespace

TEST_CASE("by TLS the same is answered, several times over one connection", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  TlsClient client(loop);
  REQUIRE_FALSE(client.handshake());
  CHECK(client.version() == "TLSv1.3");
  CHECK(client.ask(get("/small")).body() == "small\n");
  CHECK(client.ask(get("/large")).body().size() == (1u << 20) + 1);
  CHECK(client.ask(get("/nowhere")).result_int() == 404);
  CHECK(loop.server->stats().connections == 1);
}

TEST_CASE("TLS 1.2 is served, and nothing older", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  TlsClient fine(loop, TLS1_2_VERSION, TLS1_2_VERSION);
  REQUIRE_FALSE(fine.handshake());
  CHECK(fine.ask(get("/small")).result_int() == 200);
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClient old(loop, version, version);
    CHECK(old.handshake());
  }
  loop.pump_until([&] { return loop.server->stats().failed_handshakes >= 2; });
  CHECK(loop.server->stats().failed_handshakes == 2);
}

TEST_CASE("a client can't have the keys negotiated anew", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  TlsClient client(loop, TLS1_2_VERSION, TLS1_2_VERSION);
  REQUIRE_FALSE(client.handshake());
  client.renegotiate();
  CHECK_THROWS(client.ask(get("/small")));
}

TEST_CASE("the server's end of a connection is told by TLS, so that a cut one is not taken for it", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  TlsClient client(loop);
  REQUIRE_FALSE(client.handshake());
  CHECK(client.ask(get("/small", "Connection: close\r\n")).result_int() == 200);
  CHECK(client.end() == boost::asio::error::eof);
}

TEST_CASE("a client that says nothing, or drips its handshake, is cut off at the deadline", "[tls]") {
  HttpOptions options = secure(keys_of(named("one")));
  options.handshake_timeout = milliseconds(60);
  Loopback loop(sample_router(), options);
  Client silent(loop), dripping(loop);
  dripping.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(silent.is_closed_by_server());
  CHECK(dripping.is_closed_by_server());
  loop.pump_until([&] { return loop.server->stats().failed_handshakes == 2; });
  wait_for_connections(loop, 0);
}

TEST_CASE("connections in their handshake count to the limit, and do not hold up those that are through", "[tls]") {
  HttpOptions options = secure(keys_of(named("one")));
  options.max_connections = 4;
  options.handshake_timeout = std::chrono::minutes(5);
  Loopback loop(sample_router(), options);
  TlsClient scraper(loop);
  REQUIRE_FALSE(scraper.handshake());
  std::list<Client> slow;
  for (int i = 0; i < 3; ++i) slow.emplace_back(loop).send(std::string("\x16\x03\x01\x02\x00", 5));
  wait_for_connections(loop, 4);
  Client refused(loop);
  CHECK(refused.is_closed_by_server());
  CHECK(loop.server->stats().refused_connections == 1);
  CHECK(scraper.ask(get("/small")).result_int() == 200);
}

TEST_CASE("who speaks plain HTTP to it is told to use https", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  Client client(loop);
  const auto answer = client.ask(get("/small"));
  CHECK(answer.result_int() == 400);
  CHECK(answer.body().find("https://") != std::string::npos);
}

TEST_CASE("garbage in place of a handshake ends the connection", "[tls]") {
  Loopback loop(sample_router(), secure(keys_of(named("one"))));
  for (const std::string& bytes : {std::string(400, '\0'), std::string(20'000, '\xff'),
                                   std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x')}) {
    Client client(loop);
    client.send(bytes);
    client.drain();
  }
  wait_for_connections(loop, 0);
  CHECK(loop.server->stats().failed_handshakes == 3);
}

TEST_CASE("a new certificate is shown to connections from then on, and those that stand go on", "[tls]") {
  const auto keys = keys_of(named("one"));
  Loopback loop(sample_router(), secure(keys));
  TlsClient before(loop);
  REQUIRE_FALSE(before.handshake());
  CHECK(before.peer_name() == "one");
  const Identity two = named("two");
  std::string why;
  CHECK(keys->offer(two.cert_pem, two.key_pem, why) == TlsKeys::Offered::Taken);
  CHECK(keys->offer(two.cert_pem, two.key_pem, why) == TlsKeys::Offered::Same);
  TlsClient after(loop);
  REQUIRE_FALSE(after.handshake());
  CHECK(after.peer_name() == "two");
  CHECK(before.ask(get("/small")).result_int() == 200);
}

TEST_CASE("a pair that can't be used is refused with the reason, and the one before stays", "[tls]") {
  const Identity one = named("one"), two = named("two");
  const auto keys = keys_of(one);
  const auto until = keys->stats().not_after;
  const auto refuse = [&](const std::string& cert, const std::string& key) {
    std::string why;
    CHECK(keys->offer(cert, key, why) == TlsKeys::Offered::Refused);
    CHECK_FALSE(keys->stats().last_reload_successful);
    return why;
  };
  CHECK(refuse(two.cert_pem, one.key_pem).find("does not belong") != std::string::npos);
  CHECK(refuse("", "").find("certificate") != std::string::npos);
  CHECK(refuse(two.cert_pem, "nonsense").find("key") != std::string::npos);
  CHECK(refuse(two.cert_pem, snaptrail::kube::test::encrypted_key_pem()).find("passphrase") != std::string::npos);
  CHECK(refuse(two.cert_pem.substr(0, 200), two.key_pem).find("certificate") != std::string::npos);
  CHECK(keys->stats().not_after == until);
  std::string why;
  CHECK(keys->offer(one.cert_pem, one.key_pem, why) == TlsKeys::Offered::Same);
  CHECK(keys->stats().last_reload_successful);
  Loopback loop(sample_router(), secure(keys));
  TlsClient client(loop);
  REQUIRE_FALSE(client.handshake());
  CHECK(client.peer_name() == "one");
}

TEST_CASE("the end of the certificate in use is known", "[tls]") {
  const auto keys = keys_of(issue(authority(), {.common_name = "x", .until_day = 3}));
  const auto left = keys->stats().not_after - std::chrono::system_clock::now();
  CHECK(left > std::chrono::hours(71));
  CHECK(left < std::chrono::hours(73));
}

TEST_CASE("at the start a pair that can't be used is an error", "[tls]") {
  CHECK_THROWS_AS(TlsKeys("", ""), ServeError);
}

TEST_CASE("a guard is asked for each path that is there, and what it refuses is its answer", "[http]") {
  HttpOptions options;
  std::vector<std::string> asked;
  std::vector<std::function<void(std::optional<Response>)>> later;
  options.guard = [&](const Request& request, std::function<void(std::optional<Response>)> decide) {
    asked.push_back(request.target.path + " " + request.authorization);
    if (request.authorization == "later") return later.push_back(std::move(decide));
    decide(request.authorization == "yes" ? std::nullopt : std::optional(text_response(403, "no")));
  };
  options.answer_timeout = std::chrono::seconds(30);
  Router router = sample_router();
  std::string seen = "unset";
  router.add("/seen", [&](const Request& request) {
    seen = request.authorization;
    return text_response(200, "ok");
  });
  Loopback loop(router, options);
  Client client(loop);
  CHECK(client.ask(get("/small", "Authorization: yes\r\n")).result_int() == 200);
  CHECK(client.ask(get("/small", "Authorization: no\r\n")).result_int() == 403);
  CHECK(client.ask(get("/small", "Authorization: yes\r\nAuthorization: yes\r\n")).result_int() == 403);
  CHECK(client.ask(get("/nowhere")).result_int() == 404);
  CHECK(client.ask(get("/seen", "Authorization: yes\r\n")).result_int() == 200);
  CHECK(seen.empty());
  CHECK(asked == std::vector<std::string>{"/small yes", "/small no", "/small ", "/seen yes"});

  Client waiting(loop);
  waiting.send(get("/small", "Authorization: later\r\n"));
  loop.pump_until([&] { return !later.empty(); });
  CHECK(client.ask(get("/small", "Authorization: yes\r\n")).result_int() == 200);  // nobody else is held up
  later.front()(std::nullopt);
  later.front()(text_response(500, "again"));
  CHECK(waiting.receive().result_int() == 200);
}

TEST_CASE("a guard that never decides is an answer 503, never an open door", "[http]") {
  HttpOptions options;
  options.guard = [](const Request&, std::function<void(std::optional<Response>)>) {};
  options.answer_timeout = milliseconds(50);
  Loopback loop(sample_router(), options);
  CHECK(Client(loop).ask(get("/small")).result_int() == 503);
}
