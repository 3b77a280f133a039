"""A small keep-alive HTTP client in a process of its own, so that asking takes nothing from the answering process.

Requests are ready-made bytes; of an answer only the status line and the length are looked at. A client that did more
would make every request dearer, the empty view first of all, and the ratios better than they are.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answered:
    """What a block of requests gave."""

    seconds: float
    latencies: Sequence[float]
    statuses: Mapping[int, int]

    @property
    def seconds_each(self) -> float:
        """Seconds of wall time per request, all connections together."""
        return self.seconds / len(self.latencies)


class Client:
    """Sends blocks of requests over a fixed number of kept connections, and waits for the end of each block."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def send(self, requests: Sequence[bytes], *, connections: int, expect: int) -> Answered:
        """Send all requests, each connection one after the other. Raises AssertionError for any other status."""
        self._pipe.send((requests, connections))
        answered: Answered = self._pipe.recv()
        assert set(answered.statuses) == {expect}, f"expected {expect}, got {dict(answered.statuses)}"
        return answered


@contextmanager
def client_of(port: int) -> Iterator[Client]:
    """A client process for the server on this port of this machine."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, port), daemon=True)
    process.start()
    theirs.close()  # or a client that died would be waited for
    try:
        yield Client(ours)
    finally:
        with suppress(BrokenPipeError):
            ours.send(None)
        process.join(10)


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", kind: str = ""
) -> bytes:
    """A whole request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"] if method == "POST" else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def _work(pipe: Connection, port: int) -> None:
    while (job := pipe.recv()) is not None:
        requests, connections = job
        # Opened for each block, before its clock starts: the server closes connections that were idle for long.
        sockets = [socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) for _ in range(connections)]
        for each in sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            pipe.send(_block(sockets, requests))
        finally:
            for each in sockets:
                each.close()


def _block(sockets: Sequence[socket.socket], requests: Sequence[bytes]) -> Answered:
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    left = iter(requests)
    taking = threading.Lock()

    def take_turns(connection: socket.socket) -> None:
        while True:
            with taking:
                asked = next(left, None)
            if asked is None:
                return
            began = time.perf_counter()
            connection.sendall(asked)
            statuses[_status_of(connection)] += 1
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(sockets)) as threads:
        list(threads.map(take_turns, sockets))  # raises what went wrong in any of them
    return Answered(time.perf_counter() - began, latencies, dict(statuses))


def _status_of(connection: socket.socket) -> int:
    """Read one whole answer; the connection is ready for the next request."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, body = got.split(b"\r\n\r\n", 1)
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(connection)
    else:
        marked = lower.partition(b"content-length:")[2]
        missing = int(marked.split(b"\r\n", 1)[0] or 0) - len(body)
        while missing > 0:
            missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 18)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece
