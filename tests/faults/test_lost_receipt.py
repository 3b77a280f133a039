"""A receipt lost on the way: whoever sends the same again gets the same receipt, and there is one report (P1, P3)."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import psycopg
import pytest

from tests.faults.killstorm import ask_keeper
from tests.faults.outside import Answer, Citizen, Plan, multipart
from tests.running_city import City

AT_ONCE = 8
DOORS: dict[str, Callable[[Citizen, str, bytes | None], None]] = {
    "web": Citizen.by_form,
    "api": Citizen.by_api,
    "open311": Citizen.by_open311,
}


class Kept:
    """The client's log, kept in memory."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def write(self, **facts: object) -> None:
        self.lines.append(facts)

    def receipts(self, door: str) -> set[object]:
        return {line.get("receipt", f"refused: {line}") for line in self.lines if line["door"] == door}


class Careless(Citizen):
    """Sends each report four times: the first two answers are not waited for."""

    losses = 2

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, lose: bool = False
    ) -> Answer:
        is_ahead = path == "/api/v1/photos"
        lose = not is_ahead and self.losses > 0
        self.losses -= not is_ahead
        return super().ask(method, path, body, headers, lose=lose)


@pytest.fixture
def at_the_door(fresh_city_folder: City) -> Callable[[type[Citizen]], Citizen]:
    """`at_the_door(Citizen)`: one person before a served small city."""
    plan = Plan(**ask_keeper(fresh_city_folder, "fill"))
    fresh_city_folder.start_web(workers=2)

    def person(kind: type[Citizen]) -> Citizen:
        return kind(fresh_city_folder.url, plan, Kept(), random.Random(7), "127.0.0.1", threading.Event())  # type: ignore[arg-type]

    return person


@pytest.mark.slow
def test_the_answer_is_lost_and_the_same_is_sent_again(
    at_the_door: Callable[[type[Citizen]], Citizen], fresh_city_folder: City
) -> None:
    for door, hand_in in DOORS.items():
        citizen = at_the_door(Careless)
        for _ in range(2):
            hand_in(citizen, f"sent-four-times-by-{door}", bytes.fromhex(citizen.plan.photos[0]))
        assert len(citizen.log.receipts(door)) == 1, citizen.log.lines  # type: ignore[attr-defined]

    assert _reports(fresh_city_folder) == len(DOORS)


@pytest.mark.slow
def test_the_same_sending_arrives_eight_times_at_once(
    at_the_door: Callable[[type[Citizen]], Citizen], fresh_city_folder: City
) -> None:
    citizen = at_the_door(Citizen)
    photo = bytes.fromhex(citizen.plan.photos[0])
    for door, hand_in in DOORS.items():
        with ThreadPoolExecutor(AT_ONCE) as people:
            list(people.map(partial(_hand_in, hand_in, citizen, f"sent-eight-times-by-{door}", photo), range(AT_ONCE)))
        assert len(citizen.log.receipts(door)) == 1, citizen.log.lines  # type: ignore[attr-defined]

    assert len(citizen.log.lines) == AT_ONCE * len(DOORS)  # type: ignore[attr-defined]
    assert _reports(fresh_city_folder) == len(DOORS)


@pytest.mark.slow
def test_photographs_sent_ahead_are_claimed_by_the_first_of_two_equal_forms(
    at_the_door: Callable[[type[Citizen]], Citizen],
) -> None:
    """Both carry the token of the same photograph: the second finds it claimed, and is answered all the same."""
    citizen = at_the_door(Citizen)
    held = citizen.insist("POST", *_photo_ahead(citizen))
    assert held is not None
    token = json.loads(held.body)["token"]
    words = json.dumps({"text": "桶满了", "address": "民权路 33 号", "photos": [token]}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "the-same-key-for-both"}
    with ThreadPoolExecutor(AT_ONCE) as people:
        answers = list(people.map(lambda _: citizen.insist("POST", "/api/v1/reports", words, headers), range(AT_ONCE)))

    assert {answer.status for answer in answers if answer} <= {200, 201}, [
        answer.body.decode() for answer in answers if answer
    ]
    assert len({json.loads(answer.body)["receipt"] for answer in answers if answer}) == 1


def _photo_ahead(citizen: Citizen) -> tuple[str, bytes, dict[str, str]]:
    kind, body = multipart({}, {"photo": bytes.fromhex(citizen.plan.photos[1])})
    return "/api/v1/photos", body, {"Content-Type": kind}


def _hand_in(
    hand_in: Callable[[Citizen, str, bytes | None], None], citizen: Citizen, key: str, photo: bytes, _turn: int
) -> None:
    hand_in(citizen, key, photo)


def _reports(city: City) -> int:
    question = "SELECT count(*) FROM observations_report"
    if city.database_url:
        with psycopg.connect(city.database_url) as connection:
            row = connection.execute(question).fetchone()
            return int(row[0]) if row else 0
    with closing(sqlite3.connect(city.folder / "city.sqlite3")) as connection:
        return int(connection.execute(question).fetchone()[0])
