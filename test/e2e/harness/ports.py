"""Free TCP ports of the loopback."""
import contextlib
import socket


def free_ports(count):
    """Ports that nothing listens on just now, all different."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            found.append(one.getsockname()[1])
        return found
