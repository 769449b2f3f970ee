#pragma once

#include "kube/error.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace snaptrail::kube {

struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using X509Ptr = std::unique_ptr<X509, X509Deleter>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, PkeyDeleter>;

/// Every certificate of a PEM text, at least one; other PEM blocks are passed over. The error
/// (Errc::invalid_config) starts with `what`, which names the text's origin.
Result<std::vector<X509Ptr>> parse_certificates(std::string_view pem, std::string_view what);

/// The first private key of a PEM text. A key that is encrypted is an error; nobody is asked for a
/// passphrase.
Result<PkeyPtr> parse_private_key(std::string_view pem, std::string_view what);

/// A certificate chain (leaf first) and the leaf's private key.
struct KeyPair {
  std::vector<X509Ptr> chain;
  PkeyPtr key;
};
Result<KeyPair> parse_key_pair(std::string_view cert_pem, std::string_view cert_what, std::string_view key_pem,
                               std::string_view key_what);

}  // namespace snaptrail::kube
