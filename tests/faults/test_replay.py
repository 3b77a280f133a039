"""P3: whatever waits is carried out one to five times, in any order, by two workers at once: the same state each time."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.acts import photo
from tests.faults.city import ROOT, census
from tests.faults.invariants import violations
from tests.faults.killstorm import ask_keeper
from tests.running_city import City
from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY, at
from wenming.evidence.models import PhotoHint
from wenming.evidence.services import prepare
from wenming.journal.models import Entry, Reaction
from wenming.journal.services import reactor
from wenming.journal.worker import run_waiting

SEEDS = range(5)


@pytest.fixture
def a_busy_morning(report: Callable[..., Any], small_city: SimpleNamespace) -> SimpleNamespace:
    """Ten reports of which the worker has seen none yet, and cases that units and command centre must be told of."""
    for number in range(4):
        case = cases.collect(report(text=f"第 {number} 件").report, now=MONDAY)
        case = cases.establish(
            case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=MONDAY
        )
        cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)
        if number % 2:
            cases.hand_back(case, reason="在东区", owner=small_city.east, by=small_city.handler, now=at("11-16 09:30"))
    for number in range(6):
        # Two of them show the same photograph: the second is told of, once.
        report(text=f"又一件 {number}", photos=[prepare(io.BytesIO(photo(7)))] if number % 3 == 1 else [], now=at(f"11-16 09:4{number}"))
    return small_city


@pytest.mark.parametrize("seed", SEEDS)
def test_every_reaction_may_run_five_times_in_any_order(a_busy_morning: SimpleNamespace, seed: int) -> None:
    luck = random.Random(seed)
    waiting = list(Reaction.objects.select_related("entry"))
    turns = [reaction for reaction in waiting for _ in range(luck.randint(1, 5))]
    luck.shuffle(turns)
    for reaction in turns:
        _carry_out(reaction, at("11-16 10:00"))
    settled = census()
    run_waiting(at("11-16 10:00") + timedelta(days=1))

    assert {table for table, state in census().items() if state != settled[table]} <= {"journal.reaction"}
    assert Case.objects.count() == 10
    assert PhotoHint.objects.count() == Entry.objects.filter(action="evidence.hint-found").count() == 1
    assert violations() == []


def test_five_times_in_order_is_as_good_as_once(a_busy_morning: SimpleNamespace) -> None:
    waiting = list(Reaction.objects.select_related("entry").order_by("pk"))
    for reaction in waiting:
        _carry_out(reaction, at("11-16 10:00"))
    once = census()
    for _ in range(4):
        for reaction in waiting:
            _carry_out(reaction, at("11-16 11:00"))

    assert census() == once


@pytest.mark.slow
def test_two_workers_at_once_do_everything_once(fresh_city_folder: City) -> None:
    ask_keeper(fresh_city_folder, "fill")
    ask_keeper(fresh_city_folder, "pile-up", "40")
    command = [sys.executable, "-m", "wenming", "work", "--once"]
    with ThreadPoolExecutor(2) as workers:
        run = lambda _: subprocess.run(command, env=fresh_city_folder.variables(), cwd=ROOT, check=True)  # noqa: E731
        list(workers.map(run, range(2)))
    fresh_city_folder.manage("work", "--once")
    found = ask_keeper(fresh_city_folder, "compare", "/dev/null")

    assert found["wrong"] == []
    assert (found["reports"], found["cases"]) == (40, 40)


def _carry_out(reaction: Reaction, now: datetime) -> None:
    """As the worker does, but whether or not it was done before: a worker killed after the effect does it again."""
    run = reactor(reaction.entry.action, reaction.name)
    assert run is not None
    run(reaction.entry, now)
