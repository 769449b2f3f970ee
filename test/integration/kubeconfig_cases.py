"""The forms of kubeconfigs, flags and environment variables that test_kubeconfig.py compares with client-go.

In every text, {dir} is the case's folder, {ca}, {ca2}, {cert} and {key} are base64 of PEM files, which are there as ca.crt,
ca2.crt, tls.crt and tls.key as well. A case without a reason expects that both sides make the same of it, be it a
refusal. A reason says in which one they differ, on purpose: ours is then "refused" or "accepted", or a list of keys that differ.
"""
import dataclasses


@dataclasses.dataclass
class Case:
    """One kubeconfig (or several), flags and environment."""
    name: str
    cluster: str = "server: 'https://10.0.0.1:6443'"
    user: str = "token: abc"
    args: tuple = ()
    env: dict = dataclasses.field(default_factory=dict)
    files: dict = None  # name: text, instead of the one of cluster and user
    refused: bool = False  # both must refuse it
    ours: object = None
    reason: str = ""


def kubeconfig(cluster, user, rest=""):
    """A kubeconfig of one context, in flow style: cluster and user are the inside of their maps."""
    return (f"apiVersion: v1\nkind: Config\ncurrent-context: here\n"
            f"clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
            f"contexts: [{{name: here, context: {{cluster: c, user: u, namespace: apps}}}}]\n{rest}")


SERVER = "server: 'https://10.0.0.1:6443'"
KUBE = "server: 'https://kube.example:6443'"
EXEC = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: {dir}/plugin"
TWO = ("apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters:\n- {name: one, cluster: {server: 'https://one'}}\n"
       "- {name: two, cluster: {server: 'https://two', tls-server-name: kube.example, certificate-authority-data: {ca}}}\n"
       "users:\n- {name: first, user: {token: t1}}\n- {name: second, user: {token: t2, as: jane, as-groups: [dev]}}\n"
       "contexts:\n- {name: a, context: {cluster: one, user: first, namespace: na}}\n"
       "- {name: b, context: {cluster: two, user: second}}\n- {name: lost, context: {cluster: gone, user: first}}\n"
       "- {name: nobody, context: {cluster: one, user: gone}}\n- {name: anonymous, context: {cluster: one}}\n")


def two(name, *args, **fields):
    """A case over TWO."""
    return Case(name, files={"config": TWO}, args=args, **fields)


SERVERS = [Case(f"server {url}", cluster=f"server: '{url}'", **fields) for url, fields in {
    "https://kube.example": {}, "https://kube.example/": {}, "https://10.0.0.1:6443": {}, "HTTPS://Kube.Example:8443": {},
    "https://[fd00::1]:6443": {}, "https://[::1]": {}, "https://rancher.example/k8s/clusters/c-1/": {},
    "http://kube.example": {}, "10.0.0.1:6443": {}, "localhost:8001": {}, "kube.example": {}, "kube.example:80/": {},
    "[fd00::1]:8080": {}, "kube.example/path": {"refused": True},
    "https://me:pw@kube.example": {"ours": "refused", "reason": "a password in the server's URL would get into logs"},
    "https://kube.example/?a=b": {"ours": "refused", "reason": "a query has no meaning"},
    "ftp://kube.example": {"ours": "refused", "reason": "client-go notices only when it connects"},
}.items()]

TRUST = [
    Case("CA inline", cluster=SERVER + ", certificate-authority-data: {ca}"),
    Case("CA file, absolute", cluster=SERVER + ", certificate-authority: {dir}/ca.crt"),
    Case("CA file, relative", cluster=SERVER + ", certificate-authority: ca.crt"),
    Case("CA file and data", cluster=SERVER + ", certificate-authority: ca.crt, certificate-authority-data: {ca}",
         refused=True),
    Case("CA file missing", cluster=SERVER + ", certificate-authority: gone.crt", refused=True),
    Case("CA that is none", cluster=SERVER + ", certificate-authority-data: bm90aGluZw==", refused=True),
    Case("CA that is no base64", cluster=SERVER + ", certificate-authority-data: '!'", refused=True),
    Case("insecure", cluster=SERVER + ", insecure-skip-tls-verify: true"),
    Case("insecure with a CA", cluster=SERVER + ", insecure-skip-tls-verify: true, certificate-authority-data: {ca}",
         refused=True),
    Case("tls-server-name", cluster=SERVER + ", tls-server-name: kube.example"),
    Case("disable-compression", cluster=SERVER + ", disable-compression: true"),
]

USERS = [
    Case("nobody", user=""),
    Case("token", user="token: abc"),
    Case("tokenFile, relative", user="tokenFile: token"),
    Case("token and tokenFile", user="token: abc, tokenFile: token"),
    Case("tokenFile missing", user="tokenFile: gone", refused=True),
    Case("token and a missing tokenFile", user="token: abc, tokenFile: gone"),
    Case("certificate inline", user="client-certificate-data: {cert}, client-key-data: {key}"),
    Case("certificate files", user="client-certificate: tls.crt, client-key: tls.key"),
    Case("certificate inline, key by file", user="client-certificate-data: {cert}, client-key: tls.key"),
    Case("certificate without a key", user="client-certificate-data: {cert}", refused=True),
    Case("key without a certificate", user="client-key-data: {key}"),
    Case("certificate twice", user="client-certificate: tls.crt, client-certificate-data: {cert}, client-key: tls.key",
         refused=True),
    Case("key of another certificate", user="client-certificate-data: {ca}, client-key-data: {key}", refused=True),
    Case("certificate and token", user="token: abc, client-certificate: tls.crt, client-key: tls.key"),
    Case("basic", user="username: me, password: 's3:cret'"),
    Case("user name alone", user="username: me"),
    Case("basic and token", user="token: abc, username: me, password: s3cret", refused=True),
    Case("credentials over plain HTTP", cluster="server: 'http://kube.example'", user="token: abc, as: jane"),
    Case("impersonation", user="token: abc, as: jane, as-uid: '7', as-groups: [dev, ops], "
                               "as-user-extra: {example.com/Scope: [a, b], odd%key: [c]}"),
    Case("groups without a user", user="token: abc, as-groups: [dev]", refused=True),
    Case("a number as a token", user="token: 123", ours="accepted", reason="YAML writes many strings without quotes"),
]

PROVIDERS = [Case(f"auth-provider {name}", user=f"auth-provider: {{name: {name}}}", refused=True)
             for name in ("gcp", "azure", "oidc", "openstack")] + [
    Case("auth-provider oidc with its token", user="auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', "
         "client-id: c, id-token: eyJhbGciOiJub25lIn0.eyJleHAiOjQwNzA5MDg4MDB9.c2ln}}", ours="refused", reason="the refreshed token would have to be written back"),
    Case("auth-provider oidc beside a token", user="token: abc, auth-provider: {name: oidc, config: {idp-issuer-url: "
         "'https://i', client-id: c}}"),
]

EXECS = [
    Case("exec", user=f"exec: {{{EXEC}}}"),
    Case("exec v1beta1 without a mode", user="exec: {apiVersion: client.authentication.k8s.io/v1beta1, "
         "command: {dir}/plugin-v1beta1, args: [], env: []}"),
    Case("exec v1 without a mode", user="exec: {apiVersion: client.authentication.k8s.io/v1, command: {dir}/plugin}",
         refused=True),
    Case("exec v1alpha1", user="exec: {apiVersion: client.authentication.k8s.io/v1alpha1, interactiveMode: Never, "
         "command: {dir}/plugin}", refused=True),
    Case("exec that wants a terminal", user="exec: {apiVersion: client.authentication.k8s.io/v1, "
         "interactiveMode: Always, command: {dir}/plugin}", refused=True),
    Case("exec if available", user="exec: {apiVersion: client.authentication.k8s.io/v1, "
         "interactiveMode: IfAvailable, command: {dir}/plugin}"),
    Case("exec, relative command", user="exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, "
         "command: ./plugin}"),
    Case("exec, command on the PATH", env={"PATH": "{dir}:/usr/bin:/bin"}, user="exec: {apiVersion: "
         "client.authentication.k8s.io/v1, interactiveMode: Never, command: plugin}"),
    Case("exec, missing command", user="exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, "
         "command: no-such-plugin, installHint: get it}", refused=True),
    Case("exec without a command", user="exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
         refused=True),
    Case("exec, variables and arguments", env={"PLUGIN_A": "outer"}, user=f"exec: {{{EXEC}, args: [a b, --c], "
         "env: [{name: PLUGIN_A, value: inner}, {name: PLUGIN_B, value: ''}]}"),
    Case("exec, a variable without a name", user=f"exec: {{{EXEC}, env: [{{value: x}}]}}", refused=True),
    Case("exec that is told its cluster", user=f"exec: {{{EXEC}, provideClusterInfo: true}}",
         cluster=SERVER + ", certificate-authority-data: {ca}, tls-server-name: kube.example, disable-compression: true, "
         "proxy-url: 'http://me:pw@proxy:3128', extensions: [{name: other, extension: {}}, {name: "
         "client.authentication.k8s.io/exec, extension: {audience: a1, count: 3, share: 0.5, on: true, none: null, "
         "quoted: '7', list: [x, {y: z}]}}]"),
    Case("exec that is told an insecure cluster", user=f"exec: {{{EXEC}, provideClusterInfo: true}}",
         cluster=SERVER + ", insecure-skip-tls-verify: true"),
    Case("exec that gives a certificate", user="exec: {apiVersion: client.authentication.k8s.io/v1, "
         "interactiveMode: Never, command: {dir}/plugin-cert}"),
    Case("exec that gives another version", user="exec: {apiVersion: client.authentication.k8s.io/v1, "
         "interactiveMode: Never, command: {dir}/plugin-v1beta1}", refused=True),
    Case("exec that fails", user="exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, "
         "command: 'false'}", refused=True),
    Case("exec beside a token", user=f"token: abc, exec: {{{EXEC}}}"),
    Case("exec beside --token", args=("--token", "flag"), user=f"exec: {{{EXEC}}}"),
    Case("exec and auth-provider", user=f"auth-provider: {{name: oidc}}, exec: {{{EXEC}}}", refused=True),
]

PROXIES = [Case(f"proxy-url {url}", cluster=f"{SERVER}, proxy-url: '{url}'", **fields) for url, fields in {
    "http://proxy": {}, "http://proxy:3128": {}, "https://proxy": {}, "socks5://proxy": {}, "http://[fd00::1]:3128": {},
    "http://me:p%3Ass%40@proxy:3128": {}, "ftp://proxy": {"refused": True}, "proxy:3128": {"refused": True},
}.items()] + [
    Case("proxy-url to this machine", cluster="server: 'https://127.0.0.1:6443', proxy-url: 'http://proxy:3128'",
         env={"NO_PROXY": "*"}),
    Case("HTTPS_PROXY", cluster=KUBE, env={"HTTPS_PROXY": "http://proxy:3128"}),
    Case("https_proxy", cluster=KUBE, env={"https_proxy": "http://proxy:3128"}),
    Case("HTTPS_PROXY before https_proxy", cluster=KUBE, env={"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}),
    Case("HTTPS_PROXY without a scheme", cluster=KUBE, env={"HTTPS_PROXY": "me:pw@proxy:3128"}),
    Case("HTTPS_PROXY socks5h", cluster=KUBE, env={"HTTPS_PROXY": "socks5://proxy:9"}),
    Case("HTTP_PROXY is not for https", cluster=KUBE, env={"HTTP_PROXY": "http://proxy:3128"}),
    Case("HTTP_PROXY for http", cluster="server: 'http://kube.example'", env={"HTTP_PROXY": "http://proxy:3128"}),
    Case("ALL_PROXY is not read", cluster=KUBE, env={"ALL_PROXY": "http://proxy:3128"}),
    Case("proxy-url before HTTPS_PROXY", cluster=KUBE + ", proxy-url: 'http://mine:1'",
         env={"HTTPS_PROXY": "http://proxy:3128"}),
]

NO_PROXY = [Case(f"NO_PROXY {rule!r} for {host}", cluster=f"server: 'https://{host}:6443'",
                 env={"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": rule})
            for host, rules in {
                "kube.example": ("", "*", "example", "kube.example", "Kube.Example", ".example", ".kube.example",
                                 "*.example", "*.kube.example", "kube.example:6443", "kube.example:443", "kube.example:",
                                 ":6443", " a , kube.example", "a,*", "10.0.0.0/8", "akube.example", "ube.example"),
                "10.1.2.3": ("10.0.0.0/8", "10.1.2.3", "10.1.2.3:6443", "10.1.2.3:1", "10.1.2.0/33", "0.0.0.0/0", "::/0",
                             "::ffff:10.1.2.3", ".2.3", "10.1.2.3/32,x"),
                "[fd00::1]": ("fd00::/8", "fd00::1", "[fd00::1]:6443", "[fd00::1]", "[fd00::1]:1", "::/0", "0.0.0.0/0"),
                "localhost": ("",), "127.0.0.9": ("",), "[::1]": ("",), "LOCALHOST": ("",),
            }.items() for rule in rules]

CONTEXTS = [
    two("current-context"), two("--context", "--context", "b"), two("--context gone", "--context", "gone", refused=True),
    two("--cluster", "--cluster", "two"), two("--cluster gone", "--cluster", "gone", refused=True),
    two("--user", "--user", "second"), two("--user gone", "--user", "gone", refused=True),
    two("--context and --cluster and --user", "--context", "b", "--cluster", "one", "--user", "first"),
    two("a context whose cluster is missing", "--context", "lost", ours="refused",
        reason="kubectl would try http://localhost:8080"),
    two("a context whose cluster is missing, with --server", "--context", "lost", "--server", "https://three"),
    two("a context whose user is missing", "--context", "nobody", ours="refused",
        reason="kubectl would be nobody, which is never meant"),
    two("a missing user, another by flag", "--context", "nobody", "--user", "second"),
    two("a context without a user", "--context", "anonymous"),
]

FLAGS = [
    two("--server", "--server", "https://10.9.9.9:1"), two("-s", "-s", "https://10.9.9.9:1"),
    two("--server drops tls-server-name", "--context", "b", "--server", "https://10.9.9.9"),
    two("--tls-server-name", "--context", "b", "--tls-server-name", "other.example"),
    two("--server and --tls-server-name", "--context", "b", "--server", "https://10.9.9.9", "--tls-server-name", "x"),
    two("--token", "--token", "flag"),
    two("--insecure-skip-tls-verify drops the CA", "--context", "b", "--insecure-skip-tls-verify"),
    two("--certificate-authority replaces data", "--context", "b", "--certificate-authority", "{dir}/ca2.crt"),
    two("--insecure-skip-tls-verify and a CA", "--insecure-skip-tls-verify", "--certificate-authority", "{dir}/ca2.crt",
        refused=True),
    two("--client-certificate and --client-key", "--client-certificate", "{dir}/tls.crt", "--client-key",
        "{dir}/tls.key"),
    two("--client-certificate alone", "--client-certificate", "{dir}/tls.crt", refused=True),
    two("--as", "--as", "bob"), two("--as over the file's", "--context", "b", "--as", "bob"),
    two("--as-group replaces the file's", "--context", "b", "--as-group", "x", "--as-group", "y,z"),
    two("--as-uid and --as-user-extra", "--as", "bob", "--as-uid", "7", "--as-user-extra", "k=v=w", "--as-user-extra",
        "k=u"),
    two("--as-group without a user", "--as-group", "x", refused=True),
    two("--as-user-extra without a value", "--as", "bob", "--as-user-extra", "k", ours="refused",
        reason="kubectl passes it over in silence"),
    Case("--client-certificate over data", user="client-certificate-data: {ca}, client-key-data: {key}",
         args=("--client-certificate", "{dir}/tls.crt", "--client-key", "{dir}/tls.key")),
    Case("--certificate-authority over distrust", cluster=SERVER + ", insecure-skip-tls-verify: true",
         args=("--certificate-authority", "{dir}/ca.crt")),
    Case("--token over tokenFile", user="tokenFile: token", args=("--token", "flag"), ours=["headers"],
         reason="kubectl still sends the file's; its own code means to drop it"),
    Case("--token over basic", user="username: me, password: pw", args=("--token", "flag"), refused=True),
    Case("--server without any kubeconfig", files={}, args=("--server", "https://10.9.9.9", "--token", "t")),
    Case("--server without a scheme", files={}, args=("--server", "localhost:8001", "--token", "t")),
]

FILES = [
    Case("~/.kube/config", files={".kube/config": kubeconfig(SERVER, "token: home")}, env={"KUBECONFIG": ""}),
    Case("--kubeconfig before $KUBECONFIG", files={"config": kubeconfig(SERVER, "token: env"),
                                                   "other": kubeconfig(KUBE, "token: flag")},
         args=("--kubeconfig", "{dir}/other")),
    Case("--kubeconfig missing", args=("--kubeconfig", "{dir}/gone"), refused=True),
    Case("a list, merged", env={"KUBECONFIG": "{dir}/a/config:{dir}/gone::{dir}/b/config"}, files={
        "a/config": "clusters: [{name: c, cluster: {server: 'https://one'}}]\ncurrent-context: here\n",
        "b/config": kubeconfig("server: 'https://two'", "tokenFile: ../token")}),
    Case("a list, current-context of the second", env={"KUBECONFIG": "{dir}/a:{dir}/b"}, files={
        "a": "users: [{name: u, user: {token: first}}]\n", "b": kubeconfig(SERVER, "token: second")}),
    Case("a list, entries are not merged within", env={"KUBECONFIG": "{dir}/a:{dir}/b"}, files={
        "a": "clusters: [{name: c, cluster: {tls-server-name: x}}]\n", "b": kubeconfig(SERVER, "token: abc")},
         ours="refused", reason="kubectl would try http://localhost:8080"),
    Case("a list with an empty file", env={"KUBECONFIG": "{dir}/a:{dir}/b"}, files={
        "a": "", "b": kubeconfig(SERVER, "token: abc")}),
    Case("a list with a file that is none", env={"KUBECONFIG": "{dir}/a:{dir}/b"}, files={
        "a": "just text", "b": kubeconfig(SERVER, "token: abc")}, refused=True),
    Case("a name twice in a file", files={"config": TWO + "- {name: a, context: {cluster: two}}\n"}, refused=True),
    Case("JSON", files={"config": '{"current-context":"x","clusters":[{"name":"c","cluster":{"server":"https://j"}}],'
                                  '"contexts":[{"name":"x","context":{"cluster":"c"}}]}'}),
    Case("no current-context", files={"config": TWO.replace("current-context: a", "")}, ours="refused",
         reason="kubectl would try http://localhost:8080"),
    Case("a current-context that is missing", files={"config": TWO.replace("current-context: a", "current-context: z")},
         refused=True),
    Case("no kubeconfig", files={}, env={"KUBECONFIG": ""}, ours="refused", reason="kubectl would try localhost:8080"),
    Case("$KUBECONFIG names no file", files={}, env={"KUBECONFIG": "{dir}/gone"}, ours="refused",
         reason="kubectl would try http://localhost:8080"),
    Case("no YAML", files={"config": "a: [1"}, refused=True),
    Case("a list where a map should be", files={"config": "[1]"}, refused=True),
]

CASES = SERVERS + TRUST + USERS + PROVIDERS + EXECS + PROXIES + NO_PROXY + CONTEXTS + FLAGS + FILES
