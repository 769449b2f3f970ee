"""The keys and certificates of one control plane, by the openssl program."""
import pathlib
import subprocess


class CertificateError(Exception):
    """openssl failed."""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CertificateError(f"openssl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


class Certificates:
    """A CA in a folder, and what it signs. Elliptic keys: made in milliseconds."""

    def __init__(self, folder, name="snaptrail-test-ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.crt"
        self.ca_key = self.folder / "ca.key"
        if not self.ca.exists():
            self._key(self.ca_key)
            _openssl("req", "-x509", "-new", "-key", self.ca_key, "-subj", f"/CN={name}", "-days", "2", "-out", self.ca,
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    @staticmethod
    def _key(file):
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file)
        file.chmod(0o600)

    def rsa_key(self, name):
        """A key for signing service-account tokens."""
        file = self.folder / f"{name}.key"
        if not file.exists():
            _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", file)
            file.chmod(0o600)
        return file

    def issue(self, name, subject, usage, names=(), expired=False):
        """Signs a certificate; returns (certificate, key). `usage`: serverAuth or clientAuth."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        self._key(key)
        _openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        lines = [f"extendedKeyUsage={usage}", "keyUsage=critical,digitalSignature"]
        if names:
            lines.append("subjectAltName=" + ",".join(names))
        extensions.write_text("\n".join(lines) + "\n")
        if expired:
            self._sign_in_the_past(request, certificate, extensions)
        else:
            _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial",
                     "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key

    def _sign_in_the_past(self, request, certificate, extensions):
        """Only `openssl ca` signs with given dates."""
        home = self.folder / f"{certificate.stem}.ca"
        home.mkdir(exist_ok=True)
        (home / "index").write_text("")
        config = home / "openssl.cnf"
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={home}/index\nnew_certs_dir={home}\nrand_serial=yes\n"
                          "default_md=sha256\npolicy=p\nunique_subject=no\n"
                          "[p]\ncommonName=optional\norganizationName=optional\n")
        _openssl("ca", "-batch", "-notext", "-config", config, "-in", request, "-cert", self.ca, "-keyfile", self.ca_key,
                 "-startdate", "20200101000000Z", "-enddate", "20200102000000Z", "-extfile", extensions,
                 "-out", certificate)
