"""A client that wants to be told of prints: a real server on this machine, which remembers what it hears."""

import json
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

#: Longest time that anything is waited for, in seconds.
LIMIT_S: Final = 60


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Say yes to everything, and remember it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told: Any = self.server
        told.got.put((self.path, json.loads(body)))
        answer = b'{"callback":"supported"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class CallbackClient(HTTPServer):
    """Listens on a free port of this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()

    @property
    def address(self) -> str:
        """Where it wants to be told."""
        return f"http://127.0.0.1:{self.server_port}/cb"

    def next(self) -> tuple[str, dict[str, Any]]:
        """Return the next path and body, once it is told something."""
        return self.got.get(timeout=LIMIT_S)

    def states_until(self, last: str) -> list[str]:
        """Return the states that it is told, up to one."""
        found = [self.next()[1].get("job_status", "asked")]
        while found[-1] != last:
            found.append(self.next()[1].get("job_status", "asked"))
        return found

    def handle_error(self, *_: object) -> None:
        """Say nothing of a caller that did not like the certificate."""


@contextmanager
def a_client(context: ssl.SSLContext | None = None) -> Iterator[CallbackClient]:
    """Give a client that listens."""
    with CallbackClient() as client:
        if context:
            client.socket = context.wrap_socket(client.socket, server_side=True)
        thread = threading.Thread(target=client.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield client
        finally:
            client.shutdown()
            thread.join()
