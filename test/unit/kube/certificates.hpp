#pragma once

#include <string>
#include <vector>

namespace snaptrail::kube::test {

struct Identity {
  std::string cert_pem;
  std::string key_pem;
};

/// What to put into a certificate. Days count from now; negative: past.
struct Wanted {
  std::string common_name = "server";
  std::string alternative_names = "IP:127.0.0.1";  ///< as in openssl.cnf: "DNS:a,IP:1.2.3.4"; may be empty
  int from_day = -1;
  int until_day = 1;
};

Identity make_ca(const std::string& common_name);
Identity issue(const Identity& ca, const Wanted& wanted);
/// The private key with a passphrase on it.
std::string encrypted_key_pem();

}  // namespace snaptrail::kube::test
