"""Speaks to a server byte by byte, as no client library would."""

import socket
import time
from dataclasses import dataclass

HOST = b"host: orion\r\n"
TYPE = b"content-type: application/json\r\n"
BODY = b'{"data": 1}'
LENGTH = b"content-length: 11\r\n"
END = b"\r\n"


def head(channel: str, *lines: bytes, version: bytes = b"1.1") -> bytes:
    """The head of a data request, open: further lines and an empty one may follow."""
    return b"POST /api/v1/data/%b HTTP/%b\r\n" % (channel.encode(), version) + b"".join(lines)


def chunks(body: bytes = BODY) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@dataclass
class Said:
    """What came over a connection until it was closed, or until waiting ended."""

    content: bytes
    closed: bool
    seconds: float

    @property
    def status(self) -> int:
        """Of the first answer; 0 without one."""
        return int(self.content.split(b" ", 2)[1]) if self.content else 0

    @property
    def answers(self) -> int:
        return self.content.count(b"HTTP/1.1 ")


def say(port: int, content: bytes, patience: float = 8.0) -> Said:
    """Send bytes on a connection of their own and listen until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        if content:
            connection.sendall(content)
        return listen(connection)


def listen(connection: socket.socket) -> Said:
    """Everything that comes until the server closes, or the connection's own time is over."""
    started = time.monotonic()
    content, closed = b"", False
    try:
        while not closed:
            part = connection.recv(65536)
            content += part
            closed = not part
    except TimeoutError:
        pass
    except ConnectionResetError:
        closed = True
    return Said(content, closed, time.monotonic() - started)
