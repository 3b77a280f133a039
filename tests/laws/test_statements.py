"""The main acts ask the database so often and no oftener: statements creep in one by one, and nobody notices.

A number that grows is a question to whoever made it grow; if the act really needs more, it is changed here and the
commit says why. Time is measured by `bench`; this counts what every engine and every machine counts alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.proposals import proposal
from wenming.cases.tests.story import MONDAY, at
from wenming.desks.office.offers import offer_of, sealed
from wenming.organisations.models import Account

Asked = Callable[[], int]
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@contextmanager
def counted() -> Iterator[Asked]:
    """Statements that read or write; what opens and ends transactions is not counted."""
    with CaptureQueriesContext(connection) as captured:
        yield lambda: sum(not each["sql"].startswith(AROUND) for each in captured.captured_queries)


@pytest.fixture
def dispatcher(small_city: SimpleNamespace, client: Client) -> Client:
    """At work: logged in, and has clicked within the last minute (once a minute the session is written)."""
    client.force_login(small_city.dispatcher, backend="wenming.organisations.passwords.Accounts")
    session = client.session
    session.update({"second_factor": True, "seen": int(timezone.now().timestamp())})
    session.save()
    return client


def test_a_report_by_the_public_form(small_city: SimpleNamespace, client: Client) -> None:
    """1 the door's two counters · 2 sent before? · 3 the place · 4 the report · 5–8 the journal and what follows.

    With a position one more: which grid layer is in force.
    """
    with counted() as asked:
        answer = client.post("/report/", {"text": "桶满了", "client_id": str(uuid.uuid4())})

    assert answer.status_code == 303
    assert asked() == 8


def test_a_dispatch_at_the_desk(small_city: SimpleNamespace, dispatcher: Client, reported_case: Case) -> None:
    """1 session · 2 account with unit · 3 the case · 4 the unit chosen; then the act itself, 13 (below)."""
    case = _establish(reported_case, small_city, small_city.dispatcher)
    form = {"unit": "SAN", "seen_moves": case.moves_count, "offered": sealed(offer_of(proposal(case, MONDAY)), case)}
    with counted() as asked:
        answer = dispatcher.post(f"/office/cases/{case.number}/dispatches/", form)

    assert answer.status_code == 302 and Case.objects.get(pk=case.pk).state == "dispatched"
    assert asked() == 17


# What they are made of: 3 the case locked, written, its move · 2 a stage ends: its duty locked, written · 4 a stage
# begins: the command centre, the calendar, the hours, the duty · 1 the city's own limit of the stage, where no type's
# condition says it · 3 the journal: its head locked, the entry, the head · 1 what must follow from it.
ACTS = {
    "establish": 3 + 2 + 4 + 1 + 3,
    "dispatch": 3 + 2 + 4 + 3 + 1,
    "acknowledge": 3 + 2 + 3,
    # The unit's duty goes on until the verdict; locked and written it is all the same.
    "answer": 3 + 2 + 4 + 1 + 3,
    # Two duties end, the unit's with a pause; who ever held the case is asked, and what was found is kept.
    "pass_verification": 3 + 2 + 2 + 1 + 4 + 1 + 2 + 3,
    "close": 3 + 2 + 3,
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act(act: str, small_city: SimpleNamespace, reported_case: Case) -> None:
    life = dict(_life(reported_case, small_city))
    for before in list(ACTS)[: list(ACTS).index(act)]:
        life[before]()
    with counted() as asked:
        life[act]()

    assert asked() == ACTS[act]


def test_a_merger(small_city: SimpleNamespace, reported_case: Case, report: Callable[..., Any]) -> None:
    """2 both cases locked, each once · 2 its stage ends: duty locked, written · 3 the case, its move, the other's counts · 3 the journal."""
    another = cases.collect(report(text="桶又满了").report, now=MONDAY)
    desk = _as_at_a_request(small_city.dispatcher)
    with counted() as asked:
        cases.merge(another, into=reported_case, by=desk, now=at("11-16 09:10"))

    assert asked() == 2 + 2 + 3 + 3


def _life(case: Case, city: SimpleNamespace) -> Iterator[tuple[str, Callable[[], object]]]:
    """The straight way from acceptance to the end."""
    desk, unit, patrol = (_as_at_a_request(one) for one in (city.dispatcher, city.handler, city.supervisor))
    yield "establish", lambda: _establish(case, city, desk)
    yield "dispatch", lambda: cases.dispatch(case, to=city.sanitation, by=desk, now=at("11-16 09:20"))
    yield "acknowledge", lambda: cases.acknowledge(case, by=unit, now=at("11-16 09:30"))
    yield "answer", lambda: cases.answer(case, text="已清运", by=unit, now=at("11-16 10:00"))
    yield "pass_verification", lambda: cases.pass_verification(case, by=patrol, now=at("11-16 10:30"))
    yield "close", lambda: cases.close(case, by=desk, now=at("11-16 11:00"))


def _establish(case: Case, city: SimpleNamespace, by: Account) -> Case:
    return cases.establish(case, problem_type=city.overflow, rule=city.four_hours, by=by, now=at("11-16 09:10"))


def _as_at_a_request(account: Account) -> Account:
    """An account as a request brings it: with its unit."""
    return Account.objects.select_related("unit").get(pk=account.pk)
