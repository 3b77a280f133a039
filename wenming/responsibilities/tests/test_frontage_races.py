"""Two officials at the same moment: no lawful step twice or skipped, no fee paid twice, no second agreement for a period."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from wenming.cases.tests.story import MONDAY
from wenming.engine.append_only import _protect, lift
from wenming.evidence.services import Prepared
from wenming.refusals import Refusal
from wenming.responsibilities.frontages.ledger import charge_fee, receive_payment
from wenming.responsibilities.frontages.selectors import balance_of, facts_of, whole_balance
from wenming.responsibilities.frontages.services import (
    StepNotLawful,
    draw_up_agreement,
    hear,
    look_again,
    open_matter,
    record_service,
    say_mended,
    sign_agreement,
    take_step,
)
from wenming.responsibilities.models import AgreementSignature, FrontageStep, StepTerm
from wenming.responsibilities.rules.frontage_steps import StepKind, WhyNot

LAW = "《中山市市容和环境卫生管理条例》第十一条"
LATER = MONDAY + timedelta(minutes=5)


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Instead of a transaction that nobody else sees: rows that are really there, taken out again afterwards."""
    with django_db_blocker.unblock():
        guarded = _guarded()
        yield
        editor = connection.SchemaEditorClass(connection, atomic=False)
        lift(editor, guarded)
        try:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False, allow_cascade=True, inhibit_post_migrate=True)
        finally:
            _protect(editor, guarded)


def _guarded() -> list[str]:
    """The tables that refuse rewriting."""
    asked = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%refuses_update'",
        "postgresql": "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name LIKE '%refuses_update'",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return [table for (table,) in cursor.fetchall()]


def at_once(*acts: Callable[[], object]) -> list[BaseException | None]:
    """What each act ends with, all begun at the same moment on connections of their own; None: it was done."""
    ends: list[BaseException | None] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def press(number: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            act()
        except BaseException as crash:
            ends[number] = crash
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def done(ends: list[BaseException | None]) -> int:
    """How many were done. All others were refused in words, none crashed."""
    crashed = [end for end in ends if end is not None and not isinstance(end, Refusal)]
    assert crashed == []
    return ends.count(None)


@pytest.fixture
def matter(told: SimpleNamespace, photo: Callable[[], Prepared]) -> Any:
    return open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY, photos=[photo()])


def test_two_who_take_the_same_step_take_it_once(told: SimpleNamespace, matter: Any) -> None:
    remind = lambda: take_step(matter, StepKind.REMINDER, by=told.officer, now=LATER)  # noqa: E731
    assert done(at_once(remind, remind, remind)) == 1
    assert list(FrontageStep.objects.values_list("kind", "position")) == [("reminder", 1)]


def test_steps_pressed_together_are_not_skipped(told: SimpleNamespace, matter: Any) -> None:
    ends = at_once(
        lambda: take_step(matter, StepKind.REMINDER, by=told.officer, now=LATER),
        lambda: take_step(matter, StepKind.ORDER, by=told.officer, now=LATER, basis=LAW),
        lambda: take_step(matter, StepKind.REFERRAL, by=told.officer, now=LATER, basis=LAW, to=told.sanitation),
        lambda: hear(matter, statement="不是我", answer="不采纳", by=told.officer, now=LATER),
    )
    assert done(ends) == 1
    assert facts_of(matter).last_step is not None and [one.kind for one in facts_of(matter).steps] == [StepKind.REMINDER]


def test_a_document_served_twice_at_once_has_one_service_and_one_term(told: SimpleNamespace, matter: Any) -> None:
    step = take_step(matter, StepKind.REMINDER, by=told.officer, now=LATER)
    serve = [
        lambda hours=hours: record_service(
            step.document, way="handed", served_at=LATER + timedelta(hours=hours), receiver="店员", by=told.officer,
            now=LATER + timedelta(hours=3),
        ) for hours in (1, 2)
    ]  # fmt: skip
    assert done(at_once(*serve)) == 1
    assert StepTerm.objects.count() == 1 and facts_of(matter).steps[0].served_at == StepTerm.objects.get().served_at


def test_the_shop_that_says_mended_and_the_official_who_goes_on(told: SimpleNamespace, matter: Any) -> None:
    """Whichever comes first, after both no step follows until somebody has looked."""
    ends = at_once(
        lambda: say_mended(matter, now=LATER),
        lambda: take_step(matter, StepKind.REMINDER, by=told.officer, now=LATER + timedelta(seconds=1)),
    )
    assert done(ends) == 1 + (ends[1] is None) and ends[0] is None, "what the shop says is always taken"
    assert ends[1] is None or getattr(ends[1], "why", None) is WhyNot.CLAIM_WAITS
    with pytest.raises(StepNotLawful):
        take_step(matter, facts_of(matter).next_kind, by=told.officer, now=LATER + timedelta(minutes=1), basis=LAW)  # type: ignore[arg-type]


def test_nothing_is_recorded_before_what_is_on_record(told: SimpleNamespace, matter: Any, photo: Callable[[], Prepared]) -> None:
    ends = at_once(
        lambda: look_again(matter, mended=False, text="", by=told.officer, now=MONDAY - timedelta(hours=1), photos=()),
        lambda: take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY - timedelta(hours=1)),
    )
    assert done(ends) == 0, "both would be back-dated"
    assert not FrontageStep.objects.exists() and matter.notes.count() == 1


def test_a_fee_is_paid_once_however_many_take_the_money(told: SimpleNamespace) -> None:
    charge_fee(told.tea, amount_fen=5_000, what="垃圾处理费", due_on=MONDAY.date(), by=told.officer, now=MONDAY)
    pay = lambda: receive_payment(told.tea, amount_fen=5_000, what="现金", by=told.officer, now=LATER)  # noqa: E731
    assert done(at_once(pay, pay, pay)) == 1
    assert balance_of(told.tea).due_fen == 0 and whole_balance().sum_fen == 0


def test_one_agreement_for_a_period_and_one_signature(told: SimpleNamespace) -> None:
    since = MONDAY.date()
    draw = lambda: draw_up_agreement(told.tea, since=since, to=since + timedelta(days=365), by=told.officer, now=LATER)  # noqa: E731
    assert done(at_once(draw, draw)) == 1
    agreement = told.tea.agreements.get()
    sign = lambda: sign_agreement(agreement, way="screen", signer="店长", by=None, now=LATER)  # noqa: E731
    assert done(at_once(sign, sign)) == 1
    assert AgreementSignature.objects.count() == 1
