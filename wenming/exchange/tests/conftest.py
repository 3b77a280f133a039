"""Another system on this machine that can be told to answer, to refuse, to redirect and to drip."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.cases.tests.story import MONDAY
from wenming.exchange import following
from wenming.exchange.models import Receiver
from wenming.exchange.services import register_receiver

EVERYTHING = ("case.opened", "case.established", "case.dispatched", "case.answered", "case.closed")


@dataclass
class OtherSystem:
    """What it heard, and how it answers from now on: a status, or "drip" for a byte a second and no end."""

    port: int = 0
    answers: Any = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


class _Ear(BaseHTTPRequestHandler):
    system: OtherSystem

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.system.heard.append((dict(self.headers), body))
        if self.system.answers == "drip":
            for letter in b"HTTP/1.1 200 OK\r\n" * 40:
                try:
                    self.wfile.write(bytes([letter]))
                except OSError:
                    return
                time.sleep(0.05)
            return
        self.send_response(self.system.answers)
        if 300 <= self.system.answers < 400:
            self.send_header("Location", self.system.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        return


@pytest.fixture
def other(settings: Any) -> Iterator[OtherSystem]:
    """It listens on this machine, which the city has named as one of its own."""
    system = OtherSystem()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Ear", (_Ear,), {"system": system}))
    system.port = server.server_address[1]
    settings.EGRESS_HOSTS = f"127.0.0.1:{system.port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield system
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _stories_are_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our stories happen on a Monday long past by the time a test tells them."""
    monkeypatch.setattr(following, "NEWS_FOR", timedelta(days=100_000))


@pytest.fixture
def receiver(small_city: SimpleNamespace, other: OtherSystem) -> Receiver:
    return register(small_city, other.url)


@pytest.fixture
def registered(small_city: SimpleNamespace) -> Callable[..., Receiver]:
    return lambda url, **facts: register(small_city, url, **facts)


def register(city: SimpleNamespace, url: str, **facts: Any) -> Receiver:
    given = {"name": "热线平台", "account": city.api, "kinds": EVERYTHING, **facts}
    made, secret = register_receiver(url=url, by=city.admin, now=MONDAY, **given)
    made.secret = secret  # type: ignore[attr-defined]
    return made
