#include "kube/pem.hpp"

#include "kube/local_error.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits>

namespace snaptrail::kube {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioDeleter>;

BioPtr reader_of(std::string_view pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// Stands in for OpenSSL's own callback, which would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

/// The reason of OpenSSL's last error, whose queue is left empty.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason ? reason : "unknown format";
}

bool at_end_of_pem() {
  const unsigned long code = ERR_peek_last_error();
  return code == 0 || (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE);
}

}  // namespace

Result<std::vector<X509Ptr>> parse_certificates(std::string_view pem, std::string_view what) {
  ERR_clear_error();
  std::vector<X509Ptr> certificates;
  const BioPtr reader = reader_of(pem);
  while (reader) {
    X509Ptr certificate(PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    certificates.push_back(std::move(certificate));
  }
  const bool ended = at_end_of_pem();
  const std::string reason = openssl_reason();
  if (!ended) return config_error(fmt::format("{} holds a damaged certificate: {}", what, reason));
  if (certificates.empty()) return config_error(fmt::format("{} holds no PEM certificate", what));
  return certificates;
}

Result<PkeyPtr> parse_private_key(std::string_view pem, std::string_view what) {
  ERR_clear_error();
  if (pem.find("ENCRYPTED") != pem.npos) {
    return config_error(fmt::format("{} holds an encrypted private key; decrypt it (openssl pkey) first", what));
  }
  const BioPtr reader = reader_of(pem);
  PkeyPtr key(reader ? PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr) : nullptr);
  const std::string reason = openssl_reason();
  if (!key) return config_error(fmt::format("{} holds no usable PEM private key: {}", what, reason));
  return key;
}

Result<KeyPair> parse_key_pair(std::string_view cert_pem, std::string_view cert_what, std::string_view key_pem,
                               std::string_view key_what) {
  auto chain = parse_certificates(cert_pem, cert_what);
  if (!chain) return chain.error();
  auto key = parse_private_key(key_pem, key_what);
  if (!key) return key.error();
  const bool matches = X509_check_private_key(chain->front().get(), key->get()) == 1;
  ERR_clear_error();
  if (!matches) return config_error(fmt::format("the private key of {} does not belong to {}", key_what, cert_what));
  return KeyPair{std::move(*chain), std::move(*key)};
}

}  // namespace snaptrail::kube
