#include "serving/tls_keys.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <ctime>
#include <string_view>
#include <utility>

#include "serving/listen_address.hpp"

namespace snaptrail::serving {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

/// Of TLS 1.2; those of 1.3 are all fine.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
/// As ALPN has it on the wire: its length first.
constexpr std::string_view kHttp11("\x08http/1.1", 9);

/// Clients that offer it are told HTTP/1.1; others decide by themselves.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
  const int found =
      SSL_select_next_proto(&chosen, out_size, ours, static_cast<unsigned int>(kHttp11.size()), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<ssl::context> new_context() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep none
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  // OpenSSL's own would ask on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  return context;
}

/// Null where the pair can't be used, and `why` is set.
std::shared_ptr<ssl::context> make_context(const std::string& cert_pem, const std::string& key_pem, std::string& why) {
  auto context = new_context();
  error_code ec;
  context->use_certificate_chain(boost::asio::buffer(cert_pem), ec);
  if (ec) {
    why = fmt::format("the certificate is no usable PEM: {}", ec.message());
  } else if (context->use_private_key(boost::asio::buffer(key_pem), ssl::context::pem, ec), ec) {
    const bool of_another = ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == X509_R_KEY_VALUES_MISMATCH;
    why = of_another ? "the private key does not belong to the certificate"
                     : fmt::format("the private key is no usable PEM without a passphrase: {}", ec.message());
  }
  ERR_clear_error();
  return why.empty() ? context : nullptr;
}

objects::Instant end_of(ssl::context& context) {
  std::tm parts{};
  const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return {};
  return objects::Instant(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

TlsKeys::TlsKeys(std::string cert_pem, std::string key_pem) {
  std::string why;
  if (offer(std::move(cert_pem), std::move(key_pem), why) == Offered::Refused) {
    throw ServeError(ServeErrc::bad_certificate, "can't serve by TLS: " + why);
  }
}

TlsKeys::~TlsKeys() = default;

TlsKeys::Offered TlsKeys::offer(std::string cert_pem, std::string key_pem, std::string& why) {
  const bool same = context_ && cert_pem == cert_pem_ && key_pem == key_pem_;
  auto context = same ? context_ : make_context(cert_pem, key_pem, why);
  stats_.last_reload_successful = context != nullptr;
  if (same) return Offered::Same;
  if (!context) return Offered::Refused;
  context_ = std::move(context);
  cert_pem_ = std::move(cert_pem);
  key_pem_ = std::move(key_pem);
  stats_.not_after = end_of(*context_);
  return Offered::Taken;
}

}  // namespace snaptrail::serving
