#include "certificates.hpp"

#include "kube/pem.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace snaptrail::kube::test {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioDeleter>;

void must(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL failed to make a certificate");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

PkeyPtr make_key() {
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  must(key != nullptr);
  return key;
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr);
  const int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  must(added == 1);
}

X509Ptr blank(const Wanted& wanted, EVP_PKEY* key, long serial) {
  X509Ptr certificate(X509_new());
  must(certificate != nullptr);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_time_adj_ex(X509_getm_notBefore(certificate.get()), wanted.from_day, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), wanted.until_day, 0, nullptr);
  X509_set_pubkey(certificate.get(), key);
  const auto* name = reinterpret_cast<const unsigned char*>(wanted.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  return certificate;
}

}  // namespace

Identity make_ca(const std::string& common_name) {
  const PkeyPtr key = make_key();
  const X509Ptr certificate = blank({.common_name = common_name, .from_day = -2, .until_day = 2}, key.get(), 1);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get())};
}

Identity issue(const Identity& ca, const Wanted& wanted) {
  const auto issuer = parse_certificates(ca.cert_pem, "CA");
  const auto issuer_key = parse_private_key(ca.key_pem, "CA key");
  must(issuer.has_value() && issuer_key.has_value());
  static long serial = 100;
  const PkeyPtr key = make_key();
  const X509Ptr certificate = blank(wanted, key.get(), ++serial);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->front().get()));
  if (!wanted.alternative_names.empty()) {
    add_extension(certificate.get(), issuer->front().get(), NID_subject_alt_name, wanted.alternative_names);
  }
  must(X509_sign(certificate.get(), issuer_key->get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get())};
}

std::string encrypted_key_pem() {
  const PkeyPtr key = make_key();
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const unsigned char passphrase[] = "secret";
  must(PEM_write_bio_PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

}  // namespace snaptrail::kube::test
