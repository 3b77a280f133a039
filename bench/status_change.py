"""A change of a case's state: a dispatch over HTTP, and every act of the table in process."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.proposals import proposal
from wenming.desks.office.offers import offer_of, sealed
from wenming.observations.models import Channel
from wenming.observations.services import receive_report
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.models import DutyExtension
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.models import ProblemType

from .acting import Asked, cookies_of, in_process, logged_in, post_form, queries_of
from .client import client_of
from .figures import Goal, tell_ratio
from .inside import Effort
from .intake import Reporters
from .limits import RawDatabase
from .over_http import CLIENTS, OverHttp
from .paired import pairs_of
from .stack import stack

Act = tuple[str, Callable[[], object]]


def measure(effort: Effort) -> None:
    people = People()
    with stack() as web, client_of(web.port) as client:
        _dispatch(OverHttp(web, client, effort), people)
    _every_act(people, RawDatabase(), effort)


class People:
    """Whoever turns a case through its life, and the kind of problem it is about."""

    def __init__(self) -> None:
        self.dispatcher = _account(Role.DISPATCHER)
        self.handler = _account(Role.HANDLER, unit__code="CGZF")
        self.other_handler = _account(Role.HANDLER, unit__code="442000001")
        self.patrol = _account(Role.FIELD, unit=self.dispatcher.unit)
        self.kind = ProblemType.objects.filter(scheme__is_current=True, rules__isnull=False).order_by("pk").first()
        assert self.kind is not None
        self.rule = self.kind.rules.order_by("position").first()
        self._reporters = Reporters()

    def collected(self) -> Case:
        """A case that waits for the command centre, as the worker opens it."""
        report = receive_report(
            channel=Channel.WEB,
            client_id=str(uuid.uuid4()),
            text="测量",
            where=self._reporters.where(),
            now=timezone.now(),
        ).report
        return cases.collect(report, now=report.received_at)

    def established(self) -> Case:
        return cases.establish(
            self.collected(), problem_type=self.kind, rule=self.rule, by=self.dispatcher, now=timezone.now()
        )


def _dispatch(city: OverHttp, people: People) -> None:
    headers, size = logged_in(people.dispatcher), city.effort.block
    waiting = iter([people.established() for _ in range(size * (city.effort.pairs + 1) + 1)])

    def fields(case: Case) -> dict[str, str]:
        """The form as the case's page fills it in; the page also seals what it offered, for the act to keep."""
        offered = sealed(offer_of(proposal(case, timezone.now())), case)
        return {"unit": people.handler.unit.code, "seen_moves": str(case.moves_count), "offered": offered}

    def block() -> list[bytes]:
        found = [next(waiting) for _ in range(size)]
        return [post_form(f"/office/cases/{case.number}/dispatches/", fields(case), headers) for case in found]

    wall, cpu = city.against_empty(block, expect=302)
    browser, last = in_process(), next(waiting)
    for name, value in cookies_of(people.dispatcher).items():
        browser.cookies[name] = value
    form = fields(last)
    asked = queries_of(lambda: browser.post(f"/office/cases/{last.number}/dispatches/", form))
    tell_ratio(f"dispatch, {CLIENTS} clients", wall, against="empty view", goal=Goal(12), note=str(asked))
    tell_ratio("– its processor time in the server", cpu, against="empty view")


def _every_act(people: People, raw: RawDatabase, effort: Effort) -> None:
    """Each act as often as there are rounds, in turn with a raw transaction of five rows."""
    ours: dict[str, list[float]] = defaultdict(list)
    limit: dict[str, list[float]] = defaultdict(list)
    asked: dict[str, Asked] = {}
    for number in range(effort.block // 2 + 1):
        for name, act in _lives(people):
            if number == 0:
                asked[name] = queries_of(act)
            else:
                limit[name].append(_seconds(lambda: raw.commit_rows(5)))
                ours[name].append(_seconds(act))
    for name in ours:
        pairs = pairs_of(ours[name], limit[name])
        tell_ratio(name, pairs, against="raw 5-row transaction", goal=Goal(3), note=str(asked[name]))


def _lives(people: People) -> Iterator[Act]:
    """Acts by name, each ready to be done when it is its turn; together they take every kind of step."""
    yield from _straight(people)
    yield from _round_about(people)
    yield from _never_established(people)


def _straight(people: People) -> Iterator[Act]:
    """From the report to the verdict, and open again."""
    by, unit, now = people.dispatcher, people.handler, timezone.now
    case = people.collected()
    report = case.case_reports.get().report
    yield "establish", lambda: cases.establish(case, problem_type=people.kind, rule=people.rule, by=by, now=now())
    yield "dispatch", lambda: cases.dispatch(case, to=unit.unit, by=by, now=now())
    yield "acknowledge", lambda: cases.acknowledge(case, by=unit, now=now())
    yield "answer", lambda: cases.answer(case, text="已清理", by=unit, now=now())
    yield "pass_verification", lambda: cases.pass_verification(case, by=people.patrol, now=now())
    yield "close", lambda: cases.close(case, by=by, now=now())
    yield "rate", lambda: cases.rate(case, report=report, score=2, now=now())
    yield "reopen", lambda: cases.reopen(case, report=report, reason="又满了", now=now())


def _round_about(people: People) -> Iterator[Act]:
    """Suspended, extended, sent back, recalled, handed back."""
    by, unit, now = people.dispatcher, people.handler, timezone.now
    case, other = people.established(), people.other_handler
    cases.dispatch(case, to=unit.unit, by=by, now=now())
    day = Limit(1, LimitUnit.WORK_DAYS)
    yield "suspend", lambda: cases.suspend(case, reason="等批复", by=by, now=now())
    yield "resume", lambda: cases.resume(case, by=by, now=now())
    yield "ask_extension", lambda: cases.ask_extension(case, limit=day, reason="要等材料", by=unit, now=now())
    yield (
        "decide_extension",
        lambda: cases.decide_extension(case, _request_of(case), granted=True, note="", by=by, now=now()),
    )
    cases.answer(case, text="已清理", by=unit, now=now())
    yield "send_back", lambda: cases.send_back(case, reason="还有", by=people.patrol, now=now())
    yield "hand_back", lambda: cases.hand_back(case, reason="不是我们的", owner=other.unit, by=unit, now=now())
    yield "recall", _recalled(people)


def _recalled(people: People) -> Callable[[], object]:
    """Taken back from a unit before it has begun; a case of its own, because one that was handed back may be disputed."""
    by, case = people.dispatcher, people.established()
    cases.dispatch(case, to=people.other_handler.unit, by=by, now=timezone.now())
    return lambda: cases.recall(case, by=by, now=timezone.now())


def _never_established(people: People) -> Iterator[Act]:
    """What happens to a case before it is one."""
    by, now = people.dispatcher, timezone.now
    case, twin = people.collected(), people.collected()
    yield "ask_verification", lambda: cases.ask_verification(case, unit=by.unit, by=by, now=now())
    yield "verify_before", lambda: cases.verify_before(case, holds=True, by=people.patrol, now=now())
    yield "change_type", lambda: cases.change_type(case, to=people.kind, rule=people.rule, by=by, now=now())
    yield "merge", lambda: cases.merge(case, into=twin, by=by, now=now())
    yield "separate", lambda: cases.separate(case, by=by, now=now())
    yield "refuse", lambda: cases.refuse(case, reason="不属于受理范围", by=by, now=now())
    yield "take_back_refusal", lambda: cases.take_back_refusal(case, reason="看错了", by=by, now=now())


def _request_of(case: Case) -> DutyExtension:
    return DutyExtension.objects.get(duty__subject=case.key, decided_at=None)


def _account(role: Role, **where: object) -> Account:
    found = Account.objects.select_related("unit").filter(role=role, is_active=True, **where).order_by("pk").first()
    assert found is not None, (role, where)
    return found


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
