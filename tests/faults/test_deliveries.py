"""News to other systems through kill -9: every message arrives at least once, and a repetition is known by its key."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.faults.city import ROOT
from tests.faults.killstorm import ask_keeper
from tests.running_city import City

REPORTS, KILLS = 24, 4
REGISTER = """
import django, sys
django.setup()
from django.utils import timezone
from wenming.exchange.services import register_receiver
from wenming.organisations.models import Account
by, system = Account.objects.get(username="admin"), Account.objects.get(username="api")
kinds = ["case.opened"]
print(register_receiver(name="x", url=sys.argv[1], account=system, kinds=kinds, by=by, now=timezone.now())[1])
"""
WAITING = """
import django
django.setup()
from django.utils import timezone
from wenming.exchange.models import Delivery
# What a killed worker had claimed need not be waited for in a drill: its minute is over.
Delivery.objects.update(leased_until=None)
print(Delivery.objects.filter(done_at=None).count(), Delivery.objects.count())
"""


class OtherSystem:
    """It is slow, so that a worker is killed while it waits for the answer, and writes down what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        system = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(length := int(self.headers["Content-Length"]))
                if len(body) < length:
                    return  # its sender was killed in the middle of a word: that is not a message
                system.heard.append((dict(self.headers), body))
                time.sleep(0.15)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def other() -> Iterator[OtherSystem]:
    system = OtherSystem()
    yield system
    system.server.shutdown()
    system.server.server_close()


def run(city: City, program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    variables = {**city.variables(), "DJANGO_SETTINGS_MODULE": "wenming.settings"}
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_news_survive_workers_that_are_killed_while_sending(fresh_city_folder: City, other: OtherSystem) -> None:
    city = fresh_city_folder
    city.environment["WENMING_EGRESS_HOSTS"] = other.host
    ask_keeper(city, "fill")
    secret = run(city, REGISTER, f"http://{other.host}/hook")
    ask_keeper(city, "pile-up", str(REPORTS))
    for kill in range(KILLS):
        already = len(other.heard)
        city.start_worker()
        deadline = time.monotonic() + 60
        while len(other.heard) <= already and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(other.heard) > already, f"worker {kill} sent nothing:\n{city.log('worker')}"
        city.kill_worker()
        run(city, WAITING)
    deadline = time.monotonic() + 120
    city.start_worker()
    while (told := run(city, WAITING)) != f"0 {REPORTS}" and time.monotonic() < deadline:
        time.sleep(0.5)
    city.kill_worker()

    assert told == f"0 {REPORTS}", f"{told} of {REPORTS}:\n{city.log('worker')}"
    bodies = defaultdict(set)
    for headers, body in other.heard:
        sealed = headers["Wenming-Timestamp"].encode() + b"." + body
        assert headers["Wenming-Signature"] == "v1=" + hmac.new(secret.encode(), sealed, hashlib.sha256).hexdigest()
        bodies[headers["Wenming-Delivery"]].add(body)
    assert len(bodies) == REPORTS and all(len(said) == 1 for said in bodies.values()), "one key is one message"
    numbers = {json.loads(body)["case"]["number"] for said in bodies.values() for body in said}
    assert len(numbers) == REPORTS, "every case was told of"
    assert len(other.heard) > REPORTS, "the kills hit what was under way, or they proved nothing"
