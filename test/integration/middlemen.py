"""What may stand between us and an API server, on the loopback: a forward proxy, and a load balancer that ends TLS."""
import base64
import contextlib
import selectors
import socket
import socketserver
import ssl
import threading


def relay(left, right, change=lambda source, data: data):
    """Passes bytes both ways until one side ends. TLS sockets may hold bytes that select does not see. `change(source, data)`:
    what is passed on in place of the data that came from that socket."""
    with contextlib.suppress(OSError), selectors.DefaultSelector() as waiting:
        waiting.register(left, selectors.EVENT_READ, right)
        waiting.register(right, selectors.EVENT_READ, left)
        while True:
            for key, _ in waiting.select():
                source, target = key.fileobj, key.data
                data = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    data += source.recv(source.pending())
                if not data:
                    return
                target.sendall(change(source, data))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that go away are what these tests are about."""


class Middleman:
    """A server on a port of its own, from the call of start() to that of stop(). Its clients can be cut off."""

    def __init__(self):
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with outer.lock:
                    outer.clients.append(self.request)
                outer.serve(self.request)

        self.lock = threading.Lock()
        self.clients = []
        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def serve(self, client):
        raise NotImplementedError

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.cut()

    def cut(self):
        """Ends every connection there is."""
        with self.lock:
            clients, self.clients = self.clients, []
        for client in clients:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(client, socket.SHUT_RDWR)  # a TLS socket's own leaves its reader without TLS


class ForwardProxy(Middleman):
    """Tunnels by CONNECT. `hosts`: names that only it knows, with their addresses. `login`: USER:PASSWORD that it wants."""

    def __init__(self, hosts=None, login=None):
        super().__init__()
        self.hosts = hosts or {}
        self.login = login
        self.asked = []  # HOST:PORT of each CONNECT that was let through
        self.refused = 0

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        wanted = "basic " + base64.b64encode((self.login or "").encode()).decode().lower()
        if self.login and headers.get("proxy-authorization") != wanted:
            self.refused += 1
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        assert method == "CONNECT", lines[0]
        self.asked.append(target)
        host, _, port = target.rpartition(":")
        with socket.create_connection((self.hosts.get(host, host.strip("[]")), int(port)), 10) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(client, server)


class LoadBalancer(Middleman):
    """Ends TLS with a certificate of its own, which may be changed, and speaks TLS with the API server behind it."""

    def __init__(self, port, ca, certificate):
        super().__init__()
        self.behind = port
        self.trust = ssl.create_default_context(cafile=str(ca))
        self.handshakes = 0
        self.use(certificate)

    def use(self, certificate):
        """(certificate, key) for connections from now on."""
        identity = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        identity.load_cert_chain(*map(str, certificate))
        self.identity = identity

    def serve(self, client):
        with contextlib.suppress(OSError):
            with self.identity.wrap_socket(client, server_side=True) as inner:
                with self.lock:
                    self.clients.append(inner)  # which has taken the client's place
                    self.handshakes += 1
                with socket.create_connection(("127.0.0.1", self.behind), 10) as plain:
                    with self.trust.wrap_socket(plain, server_hostname="127.0.0.1") as server:
                        relay(inner, server, lambda source, data: self.change(inner, source is inner, data))

    def change(self, client, asked, data):
        """What is passed on in place of `data`, which a client asked or was answered."""
        return data
