#include "kube/tls_error.hpp"

#include "kube/local_error.hpp"
#include "kube/server_url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

#include <memory>

namespace snaptrail::kube {
namespace {

constexpr int kNamesShown = 8;

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct NamesDeleter {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

/// What `print` writes into a memory BIO.
template <class Print>
std::string printed(Print print) {
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new(BIO_s_mem()));
  if (!bio) return {};
  print(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_text(const X509_NAME* name) {
  return printed([&](BIO* out) { X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253); });
}

std::string time_text(const ASN1_TIME* time) {
  return printed([&](BIO* out) { ASN1_TIME_print(out, time); });
}

std::string ip_text(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN] = {};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  const int size = ASN1_STRING_length(address);
  if (size != 4 && size != 16) return "?";
  return inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof text) ? text : "?";
}

std::string names_text(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, NamesDeleter> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && i < kNamesShown; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (!text.empty()) text += ", ";
    if (name->type == GEN_DNS) {
      text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                  static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else {
      text += name->type == GEN_IPADD ? ip_text(name->d.iPAddress) : "?";
    }
  }
  if (count > kNamesShown) text += fmt::format(" and {} more", count - kNamesShown);
  return text.empty() ? "no name" : text;
}

std::string ca_text(const ClusterConfig& config) {
  if (!config.ca_file.empty()) return config.ca_file.string();
  if (!config.ca_pem.empty()) return fmt::format("certificate-authority-data of cluster {}", config.cluster);
  return "the system's CAs";
}

/// OpenSSL's word for it, and what to do.
std::string explain_check(const PeerCheck& check, const TlsPeer& peer) {
  const std::string reason = X509_verify_cert_error_string(check.error);
  switch (check.error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format(
          "its certificate is for {}, not for {} ({}); use one of these in the server URL, or set "
          "tls-server-name",
          check.names, peer.name, reason);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("its certificate {} has expired (valid {}); renew it, and check this machine's clock",
                         check.subject, check.valid);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("its certificate {} is not yet valid (valid {}); check the clocks", check.subject,
                         check.valid);
    default:
      return fmt::format(
          "its certificate {}, issued by {}, is not trusted by {} ({}); check that this is the cluster's "
          "CA",
          check.subject, check.issuer, peer.authority, reason);
  }
}

std::string explain_protocol(const boost::system::error_code& failed, const TlsPeer& peer) {
  const auto code = static_cast<unsigned long>(static_cast<unsigned int>(failed.value()));
  const int reason = ERR_GET_REASON(code);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return fmt::format("it does not speak TLS; check the port and whether the {} URL should be http://",
                       peer.is_proxy ? "proxy's" : "server");
  }
  if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
    return "no common TLS version (1.2 or later is needed)";
  }
  if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED || reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
      reason == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED || reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
      reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN) {
    return fmt::format("it refuses our client certificate ({}); check {}", failed.message(), peer.credential);
  }
  return failed.message();
}

}  // namespace

TlsPeer peer_of(const ClusterConfig& config) {
  TlsPeer peer;
  peer.name = config.tls_server_name.empty() ? config.host : config.tls_server_name;
  peer.server = fmt::format("{} of context {}", server_of(config), context_of(config));
  peer.authority = ca_text(config);
  peer.credential = fmt::format("the client certificate of context {}", context_of(config));
  peer.verify = !config.insecure_skip_tls_verify;
  return peer;
}

TlsPeer proxy_peer_of(const ClusterConfig& config) {
  TlsPeer peer;
  peer.name = config.proxy->host;
  peer.server = fmt::format("the proxy {} of context {}", display_of(*config.proxy), context_of(config));
  peer.authority = fmt::format("the system's CAs nor by {}", ca_text(config));
  if (config.ca_pem.empty()) peer.authority = "the system's CAs";
  peer.credential = "the proxy's rules: none is presented to it";
  peer.verify = !config.insecure_skip_tls_verify;
  peer.is_proxy = true;
  return peer;
}

bool expect_peer(SSL* session, const std::string& name) {
  boost::system::error_code no_literal;
  boost::asio::ip::make_address(name, no_literal);
  X509_VERIFY_PARAM* parameters = SSL_get0_param(session);
  if (!no_literal) return X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1 &&
         SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) ==
             1;
}

void note_peer_check(bool good, X509_STORE_CTX* store, PeerCheck& check) {
  if (good || check.error != X509_V_OK) return;
  check.error = X509_STORE_CTX_get_error(store);
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (!certificate) return;
  check.subject = name_text(X509_get_subject_name(certificate));
  check.issuer = name_text(X509_get_issuer_name(certificate));
  check.names = names_text(certificate);
  check.valid = fmt::format("from {} until {}", time_text(X509_get0_notBefore(certificate)),
                            time_text(X509_get0_notAfter(certificate)));
}

Error tls_error(const boost::system::error_code& failed, const PeerCheck& check, const TlsPeer& peer) {
  const std::string why = check.error != X509_V_OK ? explain_check(check, peer) : explain_protocol(failed, peer);
  return local_error(peer.is_proxy ? Errc::proxy : Errc::tls, fmt::format("no TLS with {}: {}", peer.server, why));
}

}  // namespace snaptrail::kube
