"""No duty before the written notice of just this ground, no step past what the shop said, no money twice. Policy: 3.2, 3.3, 3.5."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.cases.tests.story import MONDAY, at
from wenming.responsibilities.frontages.ledger import FeeRefused, charge_fee, receive_payment, reverse_entry, waive_fee
from wenming.responsibilities.frontages.selectors import balance_of, facts_of, told_at, whole_balance
from wenming.responsibilities.frontages.services import (
    AgreementRefused,
    StepNotLawful,
    draw_up_agreement,
    hear,
    issue_area_notice,
    look_again,
    open_matter,
    say_statement,
    sign_agreement,
    take_step,
)
from wenming.responsibilities.models import CalendarVersion, FeeEntry, FrontageMatter, FrontageStep, MatterNote
from wenming.responsibilities.rules.frontage_steps import StepKind, WhyNot
from wenming.responsibilities.services import publish_calendar
from wenming.territory.frontages.services import Edge, close_premises, set_stretch

from .streets import DAY, KERB, serve

LAW = "《中山市市容和环境卫生管理条例》第十一条"
Photo = Callable[[], Any]


def seen(city: SimpleNamespace, photo: Photo, now: Any = MONDAY) -> FrontageMatter:
    return open_matter(city.tea, duty="hygiene", what="门口堆放垃圾", by=city.officer, now=now, photos=[photo()])


def refused(matter: FrontageMatter, kind: StepKind, city: SimpleNamespace, now: Any) -> WhyNot:
    with pytest.raises(StepNotLawful) as no:
        take_step(matter, kind, by=city.officer, now=now, basis=LAW, to=city.sanitation)
    return no.value.why


# --- told of just this ground ----------------------------------------------------------------------------------------


def test_ground_that_was_drawn_anew_carries_no_step_until_it_is_told_again(told: SimpleNamespace, photo: Photo) -> None:
    matter = seen(told, photo)
    set_stretch(told.street, Edge("left", 0, 18, 3, KERB), holder=told.tea, on=MONDAY.date(), by=told.officer, now=MONDAY)

    assert refused(matter, StepKind.REMINDER, told, MONDAY + DAY) is WhyNot.NO_NOTICE
    notice = issue_area_notice(told.tea, by=told.officer, now=MONDAY + DAY)
    assert refused(matter, StepKind.REMINDER, told, MONDAY + DAY) is WhyNot.NO_NOTICE, "issued is not served"
    serve(notice.document, told, MONDAY + 2 * DAY)
    assert refused(matter, StepKind.REMINDER, told, MONDAY + 3 * DAY) is WhyNot.NOT_LOOKED, "it was seen before"
    look_again(matter, mended=False, text="还在", by=told.officer, now=MONDAY + 3 * DAY, photos=[photo()])
    take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY + 3 * DAY)


def test_a_second_piece_that_was_not_told_of_keeps_the_whole_from_them(told: SimpleNamespace, photo: Photo) -> None:
    set_stretch(told.street, Edge("right", 0, 10, 3, KERB), holder=told.tea, on=MONDAY.date(), by=told.officer, now=MONDAY)

    assert told_at(told.tea) is None
    assert refused(seen(told, photo), StepKind.REMINDER, told, MONDAY + DAY) is WhyNot.NO_NOTICE


def test_telling_the_same_again_takes_nothing_back(told: SimpleNamespace) -> None:
    since = told_at(told.tea)
    serve(issue_area_notice(told.tea, by=told.officer, now=MONDAY).document, told, MONDAY + DAY)

    assert told_at(told.tea) == since


def test_what_was_seen_before_the_notice_reached_them_is_no_failure_of_theirs(street_city: SimpleNamespace, photo: Photo) -> None:
    matter = seen(street_city, photo)
    serve(issue_area_notice(street_city.tea, by=street_city.officer, now=MONDAY).document, street_city, MONDAY + DAY)

    assert refused(matter, StepKind.REMINDER, street_city, MONDAY + 2 * DAY) is WhyNot.NOT_LOOKED


def test_no_step_is_taken_against_what_has_closed(told: SimpleNamespace, photo: Photo) -> None:
    matter = seen(told, photo)
    close_premises(told.tea, reason="搬走了", on=MONDAY.date(), by=told.officer, now=MONDAY)

    assert refused(matter, StepKind.REMINDER, told, MONDAY + DAY) is WhyNot.NO_NOTICE


def test_a_holiday_announced_later_gives_them_the_day(told: SimpleNamespace, photo: Photo) -> None:
    """The term was counted before the notice of the holidays: what is off by now is no working day of theirs."""
    step = take_step(seen(told, photo), StepKind.REMINDER, by=told.officer, now=at("11-20 10:00"))
    serve(step.document, told, at("11-20 15:00"))
    assert facts_of(step.matter).steps[0].due_at == at("11-23 18:00")

    known = CalendarVersion.objects.order_by("-number")[0].as_rule()
    days = {**{day: (works, "") for day, works in known.exceptions.items()}, date(2026, 11, 23): (False, "临时放假")}
    publish_calendar(days, announced_years=known.announced_years, note="临时放假", by=None, now=at("11-21 09:00"))

    assert facts_of(step.matter).steps[0].due_at == at("11-24 18:00")
    look_again(step.matter, mended=False, text="还在", by=told.officer, now=at("11-24 09:00"), photos=[photo()])
    assert refused(step.matter, StepKind.ORDER, told, at("11-24 10:00")) is WhyNot.TOO_SOON


# --- heard -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told_of_hearing(told: SimpleNamespace, photo: Photo) -> FrontageMatter:
    """The hearing letter was served half an hour ago; their term runs for five working days."""
    matter, now = seen(told, photo), at("11-16 10:00")
    for kind in (StepKind.REMINDER, StepKind.ORDER, StepKind.HEARING):
        step = take_step(matter, kind, by=told.officer, now=now, basis=LAW)
        serve(step.document, told, now + timedelta(minutes=30))
        if kind is not StepKind.HEARING:
            now = FrontageStep.objects.get(pk=step.pk).term.due_at + timedelta(minutes=1)
            look_again(matter, mended=False, text="还在", by=told.officer, now=now, photos=[photo()])
            now += timedelta(minutes=1)
    return matter


def test_who_spoke_from_their_own_page_has_not_kept_silent(told: SimpleNamespace, told_of_hearing: FrontageMatter) -> None:
    matter, hearing = told_of_hearing, facts_of(told_of_hearing).last_step
    assert hearing is not None and hearing.served_at is not None and hearing.due_at is not None
    said = say_statement(matter, text="是隔壁放的", now=hearing.served_at + DAY)
    over = hearing.due_at + timedelta(minutes=1)

    with pytest.raises(StepNotLawful) as no:
        hear(matter, statement="", answer="", waived=True, by=told.officer, now=over)
    assert no.value.why is WhyNot.SPOKE
    assert refused(matter, StepKind.REFERRAL, told, over) is WhyNot.NOT_HEARD
    hear(matter, statement="是隔壁放的", answer="查看监控，不采纳", by=told.officer, now=over)
    said.refresh_from_db()
    assert said.answer == "查看监控，不采纳", "they read on their page what was made of it"
    take_step(matter, StepKind.REFERRAL, by=told.officer, now=over + timedelta(minutes=1), basis=LAW, to=told.sanitation)


def test_a_statement_once_recorded_is_not_turned_into_silence(told: SimpleNamespace, told_of_hearing: FrontageMatter) -> None:
    hearing = facts_of(told_of_hearing).last_step
    assert hearing is not None and hearing.due_at is not None
    hear(told_of_hearing, statement="是隔壁放的", answer="不采纳", by=told.officer, now=hearing.due_at)

    with pytest.raises(StepNotLawful) as no:
        hear(told_of_hearing, statement="", answer="", waived=True, by=told.officer, now=hearing.due_at + DAY)
    assert no.value.why is WhyNot.SPOKE and not MatterNote.objects.filter(kind="waived").exists()


def test_what_they_add_within_the_term_is_heard_too_and_what_comes_after_it_holds_nothing_up(
    told: SimpleNamespace, told_of_hearing: FrontageMatter
) -> None:
    matter, hearing = told_of_hearing, facts_of(told_of_hearing).last_step
    assert hearing is not None and hearing.served_at is not None and hearing.due_at is not None
    hear(matter, statement="是隔壁放的", answer="不采纳", by=told.officer, now=hearing.served_at + timedelta(hours=1))
    say_statement(matter, text="有录像", now=hearing.served_at + DAY)
    assert refused(matter, StepKind.REFERRAL, told, hearing.served_at + 2 * DAY) is WhyNot.NOT_HEARD
    hear(matter, statement="有录像", answer="看过，不采纳", by=told.officer, now=hearing.served_at + 2 * DAY)

    say_statement(matter, text="再说一次", now=hearing.due_at + timedelta(hours=1))
    take_step(matter, StepKind.REFERRAL, by=told.officer, now=hearing.due_at + DAY, basis=LAW, to=told.sanitation)


# --- money and paper -------------------------------------------------------------------------------------------------


def test_an_instalment_sent_twice_is_booked_once(told: SimpleNamespace) -> None:
    charge_fee(told.tea, amount_fen=20_000, what="服务费", due_on=MONDAY.date(), by=told.officer, now=MONDAY, seen=0)
    receive_payment(told.tea, amount_fen=5_000, what="现金", by=told.officer, now=MONDAY, seen=1)

    with pytest.raises(FeeRefused):
        receive_payment(told.tea, amount_fen=5_000, what="现金", by=told.officer, now=MONDAY, seen=1)
    receive_payment(told.tea, amount_fen=5_000, what="现金", by=told.officer, now=MONDAY, seen=2)
    assert balance_of(told.tea).due_fen == 10_000


def test_an_agreement_that_has_run_out_or_whose_shop_has_closed_is_not_signed(told: SimpleNamespace) -> None:
    made = draw_up_agreement(told.tea, since=date(2026, 1, 1), to=date(2026, 11, 17), by=told.officer, now=MONDAY)
    with pytest.raises(AgreementRefused):
        sign_agreement(made, way="screen", signer="店主", by=None, now=at("11-17 00:30"))
    close_premises(told.tea, reason="搬走了", on=MONDAY.date(), by=told.officer, now=MONDAY)
    with pytest.raises(AgreementRefused):
        sign_agreement(made, way="screen", signer="店主", by=None, now=MONDAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_booked_in_whatever_order_the_ledger_says_what_a_list_of_amounts_says(told: SimpleNamespace, seed: int) -> None:
    """Charges, payments, waivers and corrections by lot, against a list: what is owed, what is refused, and the receipts."""
    rng, booked, receipts = Random(seed), dict[int, tuple[str, int]](), 0
    undone: set[int] = set()
    verbs = {"payment": receive_payment, "waiver": waive_fee}

    def owed() -> int:
        return sum(fen if kind == "charge" else -fen for key, (kind, fen) in booked.items() if key not in undone)

    for _turn in range(60):
        kind, fen, due = rng.choice(["charge", "payment", "payment", "waiver", "undo"]), rng.randint(1, 40), owed()
        if kind == "undo":
            key = rng.choice([*booked, 0])
            if not key:
                continue
            entry, (what, much) = FeeEntry.objects.get(pk=key), booked[key]
            lawful = key not in undone and (what != "charge" or much <= due)
            act = partial(reverse_entry, entry, reason="记错")
        elif kind == "charge":
            lawful, act = True, partial(charge_fee, told.tea, amount_fen=fen, what="服务费", due_on=MONDAY.date())
        else:
            lawful, act = fen <= due, partial(verbs[kind], told.tea, amount_fen=fen, what="现金")
        with nullcontext() if lawful else pytest.raises(FeeRefused):
            made = act(by=told.officer, now=MONDAY)
            if kind == "undo":
                undone.add(key)
            else:
                booked[made.pk], receipts = (kind, fen), receipts + (kind == "payment")
        assert balance_of(told.tea).due_fen == owed() >= 0 and whole_balance().sum_fen == 0

    given = [one.rpartition("〕")[2] for one in told.tea.fee_entries.exclude(receipt=None).order_by("pk").values_list("receipt", flat=True)]
    assert receipts > 5 and given == [f"{n}号" for n in range(1, receipts + 1)]


def test_receipts_have_no_gap_whatever_is_refused_between(told: SimpleNamespace) -> None:
    charge_fee(told.tea, amount_fen=3, what="服务费", due_on=MONDAY.date(), by=told.officer, now=MONDAY)
    numbers = []
    for fen in (1, 9, 1, 9, 1):
        try:
            numbers.append(receive_payment(told.tea, amount_fen=fen, what="现金", by=told.officer, now=MONDAY).receipt)
        except FeeRefused:
            continue
    last = told.tea.fee_entries.filter(kind="payment").order_by("-pk")[0]
    reverse_entry(last, reason="退", by=told.officer, now=MONDAY)
    numbers.append(receive_payment(told.tea, amount_fen=1, what="现金", by=told.officer, now=MONDAY).receipt)

    assert [each.rpartition("〕")[2] for each in numbers if each] == ["1号", "2号", "3号", "4号"]
