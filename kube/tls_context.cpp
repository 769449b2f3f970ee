#include "kube/tls_context.hpp"

#include "kube/files.hpp"
#include "kube/local_error.hpp"
#include "kube/pem.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <boost/asio/ssl/context.hpp>

namespace snaptrail::kube {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t kLargestPem = 1u << 20;

Result<void> trust(SSL_CTX* context, const std::string& ca_pem, std::string_view what) {
  if (ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return config_error("the system's trusted CAs can't be loaded; set certificate-authority in the kubeconfig");
  }
  auto certificates = parse_certificates(ca_pem, what);
  if (!certificates) return certificates.error();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const X509Ptr& certificate : *certificates) X509_STORE_add_cert(store, certificate.get());
  // What the bundle holds is trusted, be it a root, an intermediate or the server's own certificate (as Go
  // does).
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

Result<void> use_key_pair(SSL_CTX* context, const std::string& cert_pem, const std::string& key_pem) {
  auto pair = parse_key_pair(cert_pem, "the client certificate", key_pem, "the client key");
  if (!pair) return pair.error();
  bool ok = SSL_CTX_use_certificate(context, pair->chain.front().get()) == 1;
  for (std::size_t i = 1; ok && i < pair->chain.size(); ++i) {
    ok = SSL_CTX_add1_chain_cert(context, pair->chain[i].get()) == 1;
  }
  ok = ok && SSL_CTX_use_PrivateKey(context, pair->key.get()) == 1;
  if (!ok) return config_error("OpenSSL refuses the client certificate or key (too weak for its security level?)");
  return {};
}

std::shared_ptr<ssl::context> new_context() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  return context;
}

/// Takes `fresh` in place of `current`; true if it differs.
bool replace(std::string& current, std::string& fresh) {
  if (current == fresh) return false;
  current = std::move(fresh);
  return true;
}

}  // namespace

TlsContext::TlsContext(std::shared_ptr<const ClusterConfig> config)
    : config_(std::move(config)),
      ca_pem_(config_->ca_pem),
      client_cert_pem_(config_->client_cert_pem),
      client_key_pem_(config_->client_key_pem) {}

bool TlsContext::reread_files() {
  bool changed = false;
  if (!config_->ca_file.empty()) {
    auto ca = read_file(config_->ca_file, "CA", kLargestPem);
    if (ca && parse_certificates(*ca, "CA")) changed = replace(ca_pem_, *ca);
  }
  if (!config_->client_cert_file.empty() && !config_->client_key_file.empty()) {
    auto cert = read_file(config_->client_cert_file, "certificate", kLargestPem);
    auto key = read_file(config_->client_key_file, "key", kLargestPem);
    if (cert && key && parse_key_pair(*cert, "certificate", *key, "key")) {
      changed = replace(client_cert_pem_, *cert) || changed;
      changed = replace(client_key_pem_, *key) || changed;
    }
  }
  if (changed) context_.reset();
  return changed;
}

bool TlsContext::present(const std::string& cert_pem, const std::string& key_pem) {
  if (client_cert_pem_ == cert_pem && client_key_pem_ == key_pem) return false;
  client_cert_pem_ = cert_pem;
  client_key_pem_ = key_pem;
  context_.reset();
  return true;
}

Result<std::shared_ptr<ssl::context>> TlsContext::current() {
  reread_files();
  if (context_) return context_;
  auto context = new_context();
  SSL_CTX* native = context->native_handle();
  if (config_->insecure_skip_tls_verify) {
    context->set_verify_mode(ssl::verify_none);
  } else {
    context->set_verify_mode(ssl::verify_peer);
    const std::string what = fmt::format("the CA of cluster {}", config_->cluster);
    if (auto trusted = trust(native, ca_pem_, what); !trusted) return trusted.error();
  }
  if (!client_cert_pem_.empty()) {
    if (auto used = use_key_pair(native, client_cert_pem_, client_key_pem_); !used) return used.error();
  }
  context_ = std::move(context);
  return context_;
}

Result<std::shared_ptr<ssl::context>> TlsContext::for_proxy() {
  auto context = new_context();
  if (config_->insecure_skip_tls_verify) {
    context->set_verify_mode(ssl::verify_none);
    return context;
  }
  context->set_verify_mode(ssl::verify_peer);
  if (auto trusted = trust(context->native_handle(), "", ""); !trusted && ca_pem_.empty()) return trusted.error();
  if (ca_pem_.empty()) return context;
  const std::string what = fmt::format("the CA of cluster {}", config_->cluster);
  if (auto trusted = trust(context->native_handle(), ca_pem_, what); !trusted) return trusted.error();
  return context;
}

}  // namespace snaptrail::kube
