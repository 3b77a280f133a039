"""The people outside: eight clients who report, dispatch, answer, verify and close through a city's real doors.

Standard library only, and a process of its own: it knows nothing of the city but what the city answers. Every answer
that promised something becomes a line of the log before the next request; what the log says must be in the city
whatever was killed. An answer that never came, or said 5xx, promises nothing and is asked for again with the same key.

    python -m tests.faults.outside URL LOG SEED < plan.json    until SIGTERM
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

CSRF = "outsideoutsideoutsideoutside1234"
NUMBER = re.compile(r"/cases/(\d\d-\d{4}-\d{4,})/")
SEEN = re.compile(r'name="seen_moves" value="(\d+)"')
STATES = ("collected", "established", "dispatched", "answered", "verified")
# One request in so many is sent and its answer not waited for: lost on the way, as far as the client knows.
LOST_ONE_IN = 12


@dataclass
class Plan:
    """What the city's keeper gave the clients: a session for each officer, a few photographs."""

    dispatcher: str
    handler: str
    photos: list[str]


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Lost(Exception):
    """No answer: the server is gone, or the client did not wait for it."""


class Log:
    """One JSON line for each promise, on the disk before anything else is asked."""

    def __init__(self, path: str) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, **facts: object) -> None:
        os.write(self._handle, json.dumps(facts, ensure_ascii=False).encode() + b"\n")


class Client:
    """One person with a browser. `address` is the loopback address that the city sees."""

    def __init__(
        self, url: str, plan: Plan, log: Log, luck: random.Random, address: str, stop: threading.Event
    ) -> None:
        self.port, self.plan, self.log, self.luck, self.stop = urlsplit(url).port, plan, log, luck, stop
        self.address = address

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, lose: bool = False
    ) -> Answer:
        """One request on a connection of its own. Raises Lost."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self.address, 0))
        try:
            connection.request(method, path, body, headers or {})
            if lose:
                raise Lost("not waited for")
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise Lost(str(error)) from error
        finally:
            connection.close()

    def insist(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer | None:
        """Ask until somebody answers for it; the same body and key each time. None when told to stop first."""
        while True:
            try:
                answer = self.ask(method, path, body, headers, lose=self.luck.randrange(LOST_ONE_IN) == 0)
                if answer.status < 500:
                    return answer
            except Lost:
                pass
            # After the stop a last report is still brought to its end, so that the log is complete.
            if self.stop.wait(self.luck.uniform(0.02, 0.2)) and not self._is_last_try():
                return None

    def _is_last_try(self) -> bool:
        self.tries_after_stop = getattr(self, "tries_after_stop", 0) + 1
        time.sleep(0.2)
        return self.tries_after_stop < 100


class Citizen(Client):
    """Reports, with and without a photograph, by the web form, the API and Open311."""

    def live(self) -> None:
        while not self.stop.is_set():
            door = self.luck.choice((self.by_form, self.by_form, self.by_api, self.by_open311))
            door(uuid.UUID(int=self.luck.getrandbits(128), version=4).hex, self._photo())

    def by_form(self, key: str, photo: bytes | None) -> None:
        fields = {"client_id": key, "text": f"路边垃圾没有人收 {key}", "address": "民权路 33 号"}
        kind, body = multipart(fields, {"photos": photo} if photo else {})
        self._hand_in(
            "web", key, photo, "/report/", body, {"Content-Type": kind, "Accept": "application/json"}, "receipt"
        )

    def by_api(self, key: str, photo: bytes | None) -> None:
        words = {"text": f"井盖松动 {key}", "address": "悦来路 5 号", "photos": []}
        if photo:
            kind, body = multipart({}, {"photo": photo})
            held = self.insist("POST", "/api/v1/photos", body, {"Content-Type": kind})
            if held is None or held.status != 201:
                return
            words["photos"] = [json.loads(held.body)["token"]]
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        self._hand_in("api", key, photo, "/api/v1/reports", json.dumps(words).encode(), headers, "receipt")

    def by_open311(self, key: str, photo: bytes | None) -> None:
        form = {"service_code": "rubbish", "description": f"桶满了 {key}", "address_string": "孙文中路 1 号"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": key}
        self._hand_in(
            "open311", key, None, "/open311/v2/requests.json", urlencode(form).encode(), headers, "service_request_id"
        )

    def _hand_in(
        self, door: str, key: str, photo: bytes | None, path: str, body: bytes, headers: dict[str, str], name: str
    ) -> None:
        answer = self.insist("POST", path, body, headers)
        if answer is None:
            return
        if answer.status not in {200, 201}:
            self.log.write(kind="refused", door=door, status=answer.status, body=answer.body.decode()[-300:])
            return
        said = json.loads(answer.body)
        said = said[0] if isinstance(said, list) else said
        digest = hashlib.sha256(photo).hexdigest() if photo else ""
        self.log.write(kind="report", door=door, key=key, receipt=said[name], photo=digest)

    def _photo(self) -> bytes | None:
        if self.luck.random() < 0.6:
            return None
        # Bytes after the end of the picture make another file of it, as every real photograph is another one.
        return bytes.fromhex(self.luck.choice(self.plan.photos)) + self.luck.randbytes(16)


class Officer(Client):
    """Takes cases one step further: dispatches, answers for the unit, verifies, closes."""

    def live(self) -> None:
        while not self.stop.is_set():
            try:
                self._one_step(self.luck.choice(STATES))
            except Lost:
                self.stop.wait(0.05)

    def _one_step(self, state: str) -> None:
        listed = self._get(f"/office/cases/?state={state}", self.plan.dispatcher)
        numbers = sorted(set(NUMBER.findall(listed)))
        if not numbers:
            self.stop.wait(0.2)
            return
        number = self.luck.choice(numbers)
        desk, cookie, noun, fields = self._next(state)
        page = self._get(f"/{desk}/cases/{number}/", cookie)
        seen = SEEN.search(page)
        if seen is None:
            return
        photo = (
            bytes.fromhex(self.plan.photos[0]) + self.luck.randbytes(16)
            if noun == "answers" and self.luck.random() < 0.3
            else None
        )
        kind, body = multipart({**fields, "seen_moves": seen[1]}, {"photos": photo} if photo else {})
        headers = {"Content-Type": kind, "Cookie": f"sessionid={cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        lose = self.luck.randrange(LOST_ONE_IN) == 0
        answer = self.ask("POST", f"/{desk}/cases/{number}/{noun}/", body, headers, lose=lose)
        if answer.status == 302:
            digest = hashlib.sha256(photo).hexdigest() if photo else ""
            self.log.write(kind="move", number=number, seen=int(seen[1]), noun=noun, photo=digest, fields=fields)
        else:
            self.log.write(kind="not-moved", noun=noun, status=answer.status)

    def _next(self, state: str) -> tuple[str, str, str, dict[str, str]]:
        office, unit = ("office", self.plan.dispatcher), ("unit", self.plan.handler)
        likely = self.luck.random() < 0.8
        if state == "collected" and not likely:
            return (*office, "refusal", {"reason": "不属于城市管理范围"})
        if state in {"collected", "established"}:
            return (*office, "dispatches", {"kind": "E0192", "unit": "SAN"})
        if state == "dispatched":
            returned = {"owner": "EAST", "reason": "在东区辖区"}
            return (*unit, "answers", {"done": "清理"}) if likely else (*unit, "returns", returned)
        if state == "answered":
            return (*office, "verifications", {"holds": "yes" if likely else "no", "note": "看过现场"})
        return (*office, "closure", {})

    def _get(self, path: str, cookie: str) -> str:
        answer = self.ask("GET", path, headers={"Cookie": f"sessionid={cookie}"})
        if answer.status != 200:
            raise Lost(f"{path}: {answer.status}")
        return answer.body.decode()


def multipart(fields: dict[str, str], files: dict[str, bytes]) -> tuple[str, bytes]:
    """A form as browsers send it: (content type, body)."""
    edge = "outside-edge-7f3k"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={edge}", b"".join(parts) + f"--{edge}--\r\n".encode()


def everybody(url: str, plan: Plan, log: Log, seed: int, stop: threading.Event) -> Iterator[Client]:
    """Five citizens, each from a network of their own, and three officers."""
    for number in range(8):
        kind = Citizen if number < 5 else Officer
        yield kind(url, plan, log, random.Random(seed * 100 + number), f"127.0.{number + 1}.1", stop)


def main() -> None:
    url, path, seed = sys.argv[1:4]
    plan, stop = Plan(**json.load(sys.stdin)), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    clients = list(everybody(url, plan, Log(path), int(seed), stop))
    threads = [threading.Thread(target=client.live) for client in clients]  # type: ignore[attr-defined]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)


if __name__ == "__main__":
    main()
