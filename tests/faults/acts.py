"""Every act there is on a report or a case, each with the way to the point where it begins.

Names are those of the table of the case's life (cases/rules/lifecycle.py) and of the few acts beside it; a test says
so when the table gets an act that stands here without a fault drill.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

MONDAY = datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
REASON = "看过现场，情况属实"


@dataclass(frozen=True)
class Act:
    """One act. after: the act that brings a matter to where this one begins. do: (city, report, case or None, now).

    ready: puts there what an act needs that is not on a case.
    """

    name: str
    after: str | None
    do: Callable[[SimpleNamespace, Any, Any, datetime], object]
    ready: Callable[[SimpleNamespace], object] | None = None


def receive(client_id: str, now: datetime, photo_seed: int | None = None, by: Any = None) -> Any:
    """Hand in a report through the service, photograph and all, as a view does."""
    from wenming.evidence import services as evidence
    from wenming.observations.models import Channel
    from wenming.observations.services import Where, receive_report

    photos = [] if photo_seed is None else [evidence.prepare(io.BytesIO(photo(photo_seed)))]
    where = Where(address="民权路 33 号")
    return receive_report(
        channel=Channel.FIELD if by else Channel.WEB, client_id=client_id, where=where, now=now,
        text=f"桶满了 {client_id}", photos=photos, by=by,
    )  # fmt: skip


def photo(seed: int) -> bytes:
    """A small JPEG, another one for every seed."""
    from wenming.evidence.tests.drawings import encoded, scene

    return encoded(scene(seed, 320, 240), quality=70)


def catalogue() -> dict[str, Act]:
    """{name: act}, predecessors before those that begin after them."""
    from wenming.cases import imported
    from wenming.cases import services as cases
    from wenming.evidence import services as evidence
    from wenming.observations.services import leave_contact
    from wenming.responsibilities.models import DutyExtension
    from wenming.responsibilities.rules.clock import Limit, LimitUnit
    from wenming.responsibilities.services import escalate

    two_hours = Limit(2, LimitUnit.WORK_HOURS)

    def taken() -> list[Any]:
        return [evidence.prepare(io.BytesIO(photo(77)))]

    def grant(c: SimpleNamespace, case: Any, now: datetime) -> object:
        extension = DutyExtension.objects.get(duty=case.handling, decided_at=None)
        return cases.decide_extension(case, extension, granted=True, note="同意", by=c.officer, now=now)

    def rule(c: SimpleNamespace, case: Any, now: datetime) -> object:
        return cases.decide_appeal(case, case.appeals.get(), granted=True, reason=REASON, by=c.officer, now=now)

    def rule_on(case: Any, c: SimpleNamespace, now: datetime) -> object:
        return cases.arbitrate(
            case, to=c.units.san, reason=REASON, clock="continues", propose="权责清单补充条", by=c.officer, now=now
        )

    def answer_part(case: Any, c: SimpleNamespace, now: datetime) -> object:
        return cases.answer_support(case, part(case), text="", photos=taken(), by=c.east_handler, now=now)

    def part(case: Any) -> Any:
        return case.supports.get()

    acts = [
        Act("receive", None, lambda c, r, k, now: receive("new-without-photo", now)),
        Act("receive_with_photo", None, lambda c, r, k, now: receive("new-with-photo", now, photo_seed=42)),
        Act("leave_contact", "receive", lambda c, r, k, now: leave_contact(r, name="张三", phone="13800000000", now=now)),
        Act("collect", "receive", lambda c, r, k, now: cases.collect(r, now=r.received_at)),
        Act("react", "receive", lambda c, r, k, now: _let_the_worker_work(r, now)),
        Act("escalate", None, lambda c, r, k, now: escalate(now + timedelta(days=9), at_most=1)),
        Act("ask_verification", "collect", lambda c, r, k, now: cases.ask_verification(k, unit=c.units.east, by=c.dispatcher, now=now)),
        Act("verify_before", "ask_verification", lambda c, r, k, now: cases.verify_before(k, holds=True, photos=taken(), by=c.east_patrol, now=now)),
        Act("cannot_see", "ask_verification", lambda c, r, k, now: cases.cannot_see(k, reason=REASON, by=c.east_patrol, now=now)),
        Act("change_type", "collect", lambda c, r, k, now: cases.change_type(k, to=c.manhole, rule=None, by=c.dispatcher, now=now)),
        Act("take_back_type", "change_type", lambda c, r, k, now: cases.take_back_type(k, by=c.dispatcher, now=now)),
        Act("establish", "collect", lambda c, r, k, now: cases.establish(k, problem_type=c.overflow, rule=c.rule, by=c.dispatcher, now=now)),
        Act("give_to_body", "collect", lambda c, r, k, now: cases.give_to_body(k, to=c.units.san, why="由它管理", now=now)),
        Act("reinspect", "dispatch", lambda c, r, k, now: cases.reinspect(k, note="复查到位", by=c.supervisor, now=now)),
        Act("recall_verification", "ask_verification", lambda c, r, k, now: cases.recall_verification(k, by=c.dispatcher, now=now)),
        Act("refuse", "collect", lambda c, r, k, now: cases.refuse(k, reason=REASON, by=c.dispatcher, now=now)),
        Act("take_back_refusal", "refuse", lambda c, r, k, now: cases.take_back_refusal(k, reason=REASON, by=c.officer, now=now)),
        Act("merge", "collect", lambda c, r, k, now: cases.merge(k, into=matter("beside")[1], by=c.dispatcher, now=now)),
        Act("separate", "merge", lambda c, r, k, now: cases.separate(k, by=c.dispatcher, now=now)),
        Act("dispatch", "establish", lambda c, r, k, now: cases.dispatch(k, to=c.units.san, by=c.dispatcher, now=now, why="权责清单")),
        Act("recall", "dispatch", lambda c, r, k, now: cases.recall(k, by=c.dispatcher, now=now)),
        Act("acknowledge", "dispatch", lambda c, r, k, now: cases.acknowledge(k, by=c.handler, now=now)),
        Act("dispatch_to_town", "establish", lambda c, r, k, now: cases.dispatch(k, to=c.units.east, by=c.dispatcher, now=now)),
        Act("hand_back", "dispatch_to_town", lambda c, r, k, now: cases.hand_back(k, reason=REASON, owner=c.units.san, by=c.east_handler, now=now)),
        Act("contest", "dispatch", lambda c, r, k, now: cases.hand_back(k, reason=REASON, owner=c.units.east, by=c.handler, now=now)),
        Act("arbitrate", "contest", lambda c, r, k, now: cases.arbitrate(k, to=c.units.east, reason=REASON, by=c.officer, now=now)),
        Act("arbitrate_and_go_on", "contest", lambda c, r, k, now: rule_on(k, c, now)),
        Act("ask_extension", "dispatch", lambda c, r, k, now: cases.ask_extension(k, limit=two_hours, reason=REASON, by=c.handler, now=now)),
        Act("decide_extension", "ask_extension", lambda c, r, k, now: grant(c, k, now)),
        Act("ask_support", "dispatch", lambda c, r, k, now: cases.ask_support(k, unit=c.units.east, asks=REASON, by=c.dispatcher, now=now)),
        Act("reassign_support", "ask_support", lambda c, r, k, now: cases.reassign_support(k, part(k), unit=c.units.west, by=c.dispatcher, now=now)),
        Act("withdraw_support", "ask_support", lambda c, r, k, now: cases.withdraw_support(k, part(k), by=c.dispatcher, now=now)),
        Act("answer_support", "ask_support", lambda c, r, k, now: answer_part(k, c, now)),
        Act("hand_back_support", "ask_support", lambda c, r, k, now: cases.hand_back_support(k, part(k), reason=REASON, by=c.east_handler, now=now)),
        Act("suspend", "dispatch", lambda c, r, k, now: cases.suspend(k, reason=REASON, by=c.dispatcher, now=now)),
        Act("resume", "suspend", lambda c, r, k, now: cases.resume(k, by=c.dispatcher, now=now)),
        Act("answer", "dispatch", lambda c, r, k, now: cases.answer(k, text="已清运", by=c.handler, now=now)),
        Act("answer_with_photo", "dispatch", lambda c, r, k, now: cases.answer(k, text="", photos=taken(), done=["清理"], by=c.handler, now=now)),
        Act("send_back", "answer", lambda c, r, k, now: cases.send_back(k, reason=REASON, by=c.supervisor, now=now)),
        Act("pass_verification", "answer", lambda c, r, k, now: cases.pass_verification(k, note="干净了", by=c.supervisor, now=now)),
        Act("close", "pass_verification", lambda c, r, k, now: cases.close(k, by=c.dispatcher, now=now)),
        Act("rate", "close", lambda c, r, k, now: cases.rate(k, report=r, score=4, now=now)),
        Act("reopen", "close", lambda c, r, k, now: cases.reopen(k, report=r, reason=REASON, now=now)),
        Act("settle", None, lambda c, r, k, now: _settle(c, now)),
        Act("appeal", "send_back", lambda c, r, k, now: cases.appeal(k, about="rework", reason=REASON, by=c.handler, now=now)),
        Act("decide_appeal", "appeal", lambda c, r, k, now: rule(c, k, now)),
        Act("reopen_unsolved", "close", lambda c, r, k, now: cases.reopen_unsolved(k, reason=REASON, by=c.supervisor, now=now)),
        Act("adopt_closed", "answer", lambda c, r, k, now: imported.adopt_closed(k, reason=REASON, by=c.officer, now=now)),
        Act("void", "close", lambda c, r, k, now: imported.void(k, reason=REASON, by=c.officer, now=now)),
    ]  # fmt: skip
    from tests.faults.acts_beside import acts_beside

    return {act.name: act for act in (*acts, *acts_beside(), *_on_ground())}


def _on_ground() -> list[Act]:
    """Acts of which each begins at rows of its own, and is nobody's beginning."""
    from tests.faults.acts_ground import acts_on_ground
    from tests.faults.acts_territory import acts_of_territory

    return [*acts_of_territory(), *acts_on_ground()]


def some_of_them(most: int, luck: random.Random) -> list[str]:
    """Every act but those on the ground, and of these so many that it is `most` in all: what a short run performs in one city."""
    names = list(catalogue())
    ground = [act.name for act in _on_ground()]
    left_out = set(luck.sample(ground, max(0, min(len(ground), len(names) - most))))
    return [name for name in names if name not in left_out]


def _settle(city: SimpleNamespace, now: datetime) -> object:
    """Found, opened and put right, in one transaction as the field desk does it."""
    from django.db import transaction

    from wenming.cases import services as cases

    with transaction.atomic():
        case = cases.collect(receive("settled", now, by=city.east_patrol).report, now=now)
        return cases.settle(case, why_no_photo=REASON, by=city.east_patrol, now=now)


def needs_the_darkroom(name: str) -> bool:
    from tests.faults.acts_territory import WITH_PHOTOS

    return name in {"receive_with_photo", "verify_before", "answer_with_photo", "answer_support"} | WITH_PHOTOS


def perform(act: Act, city: SimpleNamespace) -> object:
    """Do the act on the matter that waits for it: the report sent as `for-<act>` and its case."""
    report, case = matter(f"for-{act.name}")
    return act.do(city, report, case, _moment(case))


def prepare_all(city: SimpleNamespace, only: Collection[str] = ()) -> None:
    """Bring one matter to the point where each act begins; the worker has yet to come by for the last few.

    only: of the acts on the ground, make ready for these alone; without it for all.
    """
    from tests.faults.acts_beside import found_focuses
    from tests.faults.acts_territory import found_ground
    from wenming.cases import services as cases
    from wenming.journal.worker import run_waiting

    acts = catalogue()
    cases.collect(receive("beside", MONDAY).report, now=MONDAY)
    before_the_worker = [name for name in acts if acts[name].after != "receive" or name == "leave_contact"]
    for name in before_the_worker:
        _bring_to(acts[name], city, acts)
    run_waiting(MONDAY + timedelta(days=1))
    for name in ("react", "collect"):
        _bring_to(acts[name], city, acts)
    found_focuses(city)
    found_ground(city)
    unasked = {act.name for act in _on_ground()} - set(only) if only else set()
    for act in acts.values():
        if act.ready and act.name not in unasked:
            act.ready(city)


def matter(client_id: str) -> tuple[Any, Any]:
    """The report that was sent under this name, and its case; None for what is not there yet."""
    from wenming.cases.models import Case
    from wenming.observations.models import Report

    report = Report.objects.filter(client_id=client_id).first()
    return report, Case.objects.filter(case_reports__report=report).first() if report else None


def _bring_to(act: Act, city: SimpleNamespace, acts: dict[str, Act]) -> None:
    way, step = [], act.after
    while step not in (None, "receive"):
        way.append(acts[step])
        step = acts[step].after
    if act.after is not None:
        receive(f"for-{act.name}", MONDAY)
    for earlier in reversed(way):
        report, case = matter(f"for-{act.name}")
        earlier.do(city, report, case, _moment(case))


def _let_the_worker_work(report: Any, now: datetime) -> None:
    """The worker comes by until the report has its case: what failed it tries again later."""
    from wenming.journal.worker import run_waiting

    for hours in range(3):
        if matter(report.client_id)[1] is None:
            run_waiting(now + timedelta(hours=hours), at_most=1)


def _moment(case: Any) -> datetime:
    """Ten minutes after what happened last: the same in every run."""
    return case.moved_at + timedelta(minutes=10) if case else MONDAY
