"""门前三包: told, agreed, contracted, paid, and the lawful steps; by what the services refuse. Policy: 3.1-3.5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from wenming.cases.tests.story import MONDAY, at
from wenming.documents.models import Document
from wenming.journal.models import Entry
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.frontages.ledger import (
    FeeRefused,
    charge_fee,
    receive_payment,
    reverse_entry,
    waive_fee,
)
from wenming.responsibilities.frontages.selectors import (
    agreement_on,
    balance_of,
    differences_of,
    facts_of,
    in_arrears,
    not_told,
    to_renew,
    who_answers_for,
    whole_balance,
    without_agreement,
)
from wenming.responsibilities.frontages.services import (
    AgreementRefused,
    Covered,
    NothingToTell,
    StepNotLawful,
    draw_up_agreement,
    hear,
    issue_area_notice,
    look_again,
    make_contract,
    open_matter,
    record_service,
    say_mended,
    sign_agreement,
    take_step,
    withdraw_agreement,
)
from wenming.responsibilities.models import AgreementWithdrawal, FeeEntry, FrontageMatter, FrontageStep
from wenming.responsibilities.rules.frontage_steps import StepKind, WhyNot
from wenming.territory.frontages.selectors import stretches_of
from wenming.territory.frontages.services import Edge, set_stretch
from wenming.territory.models import Premises
from wenming.territory.rules.street_edges import Difference

from .streets import DAY, KERB, serve

LAW = "《中山市市容和环境卫生管理条例》第十一条"
SPRING, YEAR_END, NEXT_YEAR_END = date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)


# --- told in writing -------------------------------------------------------------------------------------------------


def test_until_it_was_told_in_writing_the_town_answers(street_city: SimpleNamespace) -> None:
    stretch = stretches_of(street_city.tea)[0]
    assert who_answers_for(stretch).unit == street_city.east
    notice = issue_area_notice(street_city.tea, by=street_city.officer, now=MONDAY)
    assert who_answers_for(stretch).unit == street_city.east, "issued is not served"

    serve(notice.document, street_city, MONDAY + DAY)

    assert who_answers_for(stretch).premises == street_city.tea
    assert set(not_told(Premises.objects.all())) == {street_city.noodles, street_city.bikes}


def test_what_was_drawn_anew_since_was_not_told(told: SimpleNamespace) -> None:
    edge = Edge("left", 0, 18, 3, KERB)
    set_stretch(told.street, edge, holder=told.tea, on=MONDAY.date(), by=told.officer, now=MONDAY)

    assert who_answers_for(stretches_of(told.tea)[0]).unit == told.east


def test_there_is_no_notice_of_no_area(street_city: SimpleNamespace) -> None:
    Premises.objects.filter(pk=street_city.tea.pk).update(closed_on=MONDAY.date())

    with pytest.raises(NothingToTell):
        issue_area_notice(Premises.objects.get(pk=street_city.tea.pk), by=street_city.officer, now=MONDAY)
    assert not Document.objects.exists()


# --- agreed ----------------------------------------------------------------------------------------------------------


def agreement(city: SimpleNamespace, since: date = SPRING, to: date = YEAR_END, **facts: Any) -> Any:
    return draw_up_agreement(city.tea, since=since, to=to, by=city.officer, now=MONDAY, **facts)


def test_an_agreement_has_three_duties_each_with_its_own_ground(street_city: SimpleNamespace) -> None:
    made = agreement(street_city, depths_m={"order": 9})

    grounds = {one.kind: (one.depth_cm, one.area_m2) for one in made.duties.all()}
    assert grounds["hygiene"] == (300, pytest.approx(60, rel=0.02)) and grounds["order"] == (900, pytest.approx(180, rel=0.02))
    assert set(grounds) == {"hygiene", "greenery", "order"}


def test_it_holds_once_it_is_signed_and_must_be_renewed(street_city: SimpleNamespace, photo: Callable[[], Any]) -> None:
    made = agreement(street_city)
    assert agreement_on(street_city.tea, date(2026, 6, 1)) is None
    sign_agreement(made, way="paper", signer="店主", by=street_city.officer, now=MONDAY, scan=photo())

    assert agreement_on(street_city.tea, date(2026, 6, 1)) == made
    assert street_city.tea not in to_renew(Premises.objects.all(), date(2026, 11, 1))
    assert street_city.tea in to_renew(Premises.objects.all(), date(2026, 12, 10))
    renewed = agreement(street_city, YEAR_END, NEXT_YEAR_END)
    assert street_city.tea in to_renew(Premises.objects.all(), date(2026, 12, 10)), "drawn up is not signed"
    sign_agreement(renewed, way="screen", signer="店主", by=None, now=MONDAY)
    assert street_city.tea not in to_renew(Premises.objects.all(), date(2026, 12, 10))
    assert street_city.tea in without_agreement(Premises.objects.all(), date(2028, 6, 1))


def test_it_refuses_a_second_agreement_for_the_same_time_and_a_second_signature(street_city: SimpleNamespace) -> None:
    made = agreement(street_city)
    sign_agreement(made, way="screen", signer="店主", by=None, now=MONDAY)

    with pytest.raises(AgreementRefused):
        agreement(street_city, date(2026, 12, 1), NEXT_YEAR_END)
    with pytest.raises(AgreementRefused):
        sign_agreement(made, way="screen", signer="别人", by=None, now=MONDAY)
    with pytest.raises(BadInput):
        sign_agreement(agreement(street_city, YEAR_END, NEXT_YEAR_END), way="paper", signer="店主", by=street_city.officer, now=MONDAY)


def test_one_that_nobody_signed_is_withdrawn_and_its_period_drawn_up_again(street_city: SimpleNamespace) -> None:
    wrong = agreement(street_city)
    withdraw_agreement(wrong, reason="期限写错", by=street_city.east_handler, now=MONDAY)

    right = agreement(street_city)
    sign_agreement(right, way="screen", signer="店主", by=None, now=MONDAY)
    assert (right.turn, right.document.serial) == (2, wrong.document.serial + 1), "its number is not used again"
    assert agreement_on(street_city.tea, date(2026, 6, 1)) == right
    for refused in (
        lambda: sign_agreement(wrong, way="screen", signer="店主", by=None, now=MONDAY),
        lambda: withdraw_agreement(wrong, reason="再来一次", by=street_city.officer, now=MONDAY),
        lambda: withdraw_agreement(right, reason="签了也想撤", by=street_city.officer, now=MONDAY),
        lambda: record_service(wrong.document, way="handed", served_at=MONDAY, receiver="店员", by=street_city.officer, now=MONDAY),
    ):
        with pytest.raises(AgreementRefused):
            refused()


def test_it_is_withdrawn_with_a_reason_by_those_whose_ground_it_is(street_city: SimpleNamespace) -> None:
    made = agreement(street_city)

    with pytest.raises(BadInput, match="为什么"):
        withdraw_agreement(made, reason="  ", by=street_city.officer, now=MONDAY)
    for stranger in (street_city.west_handler, street_city.sweeper):
        with pytest.raises(NotAllowed):
            withdraw_agreement(made, reason="不是我的", by=stranger, now=MONDAY)
    assert not AgreementWithdrawal.objects.exists()


# --- contracted ------------------------------------------------------------------------------------------------------


def test_a_contractors_list_and_the_register_reconcile(street_city: SimpleNamespace) -> None:
    city = street_city
    piece = Covered(city.street, "left", 0, 4_000)
    contract = make_contract(
        "HT-1", city.sweepers, town_code=city.town.code, since=SPRING, to=YEAR_END, terms="每日两扫", promised_on_time_percent=95,
        areas=[piece], listed=[city.tea.number, city.bikes.number, "M999999"], by=city.officer, now=MONDAY,
    )  # fmt: skip

    found = {(one.kind, one.number) for one in differences_of(contract)}

    assert found == {
        (Difference.MISSING, city.noodles.number), (Difference.OUTSIDE, city.bikes.number), (Difference.UNKNOWN, "M999999"),
    }  # fmt: skip
    with pytest.raises(BadInput):
        make_contract(
            "HT-2", city.east, town_code=city.town.code, since=SPRING, to=YEAR_END, terms="每日两扫", promised_on_time_percent=95,
            areas=[], listed=[], by=city.officer, now=MONDAY,
        )  # fmt: skip


# --- fees ------------------------------------------------------------------------------------------------------------


def charge(city: SimpleNamespace, fen: int = 12_000) -> FeeEntry:
    return charge_fee(city.tea, amount_fen=fen, what="2026 年服务费", due_on=YEAR_END, by=city.officer, now=MONDAY)


def test_a_fee_is_charged_paid_in_parts_and_waived_and_the_ledger_balances(street_city: SimpleNamespace) -> None:
    city = street_city
    charge(city)
    paid = receive_payment(city.tea, amount_fen=7_000, what="现金", by=city.officer, now=MONDAY)
    assert city.tea in in_arrears(Premises.objects.all())
    waive_fee(city.tea, amount_fen=5_000, what="困难减免，第 3 号批复", by=city.officer, now=MONDAY)

    assert balance_of(city.tea).due_fen == 0 and city.tea not in in_arrears(Premises.objects.all())
    assert whole_balance().sum_fen == 0
    assert paid.receipt == "东区门前收据〔2026〕1号" or paid.receipt == "东门前收据〔2026〕1号"


def test_a_mistake_is_booked_back_once_and_never_erased(street_city: SimpleNamespace) -> None:
    city = street_city
    charge(city)
    paid = receive_payment(city.tea, amount_fen=12_000, what="转账", by=city.officer, now=MONDAY)
    with pytest.raises(FeeRefused, match="冲正那几笔"):
        reverse_entry(FeeEntry.objects.get(kind="charge"), reason="记错了", by=city.officer, now=MONDAY)
    back = reverse_entry(paid, reason="户主弄错了", by=city.officer, now=MONDAY)

    assert balance_of(city.tea).due_fen == 12_000 and whole_balance().sum_fen == 0
    for again in (paid, back):
        with pytest.raises(FeeRefused):
            reverse_entry(again, reason="再来", by=city.officer, now=MONDAY)


def test_nobody_pays_more_than_is_owed(street_city: SimpleNamespace) -> None:
    charge(street_city, 100)

    with pytest.raises(FeeRefused):
        receive_payment(street_city.tea, amount_fen=101, what="现金", by=street_city.officer, now=MONDAY)
    with pytest.raises(BadInput):
        charge(street_city, 0)


def test_the_database_refuses_an_entry_that_does_not_balance_or_is_rewritten(street_city: SimpleNamespace) -> None:
    entry = charge(street_city)
    told = {"premises": street_city.tea, "amount_fen": 5, "what": "x", "due_on": YEAR_END, "at": MONDAY}
    for debit, credit in (("receivable", "receivable"), ("cash", "income")):
        with pytest.raises(IntegrityError), transaction.atomic():
            FeeEntry.objects.create(kind="charge", debit=debit, credit=credit, **told)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE responsibilities_feeentry SET amount_fen = 1 WHERE id = %s", [entry.pk])


# --- the lawful steps ------------------------------------------------------------------------------------------------


def matter_of(city: SimpleNamespace, photo: Callable[[], Any], premises: Premises | None = None) -> FrontageMatter:
    return open_matter(
        premises or city.tea, duty="hygiene", what="门口堆放垃圾", by=city.officer, now=MONDAY, photos=[photo()]
    )


def test_without_a_written_notice_no_step_is_lawful(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    matter = matter_of(told, photo, told.noodles)

    with pytest.raises(StepNotLawful) as refused:
        take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY)

    assert refused.value.why is WhyNot.NO_NOTICE
    assert not FrontageStep.objects.exists() and Document.objects.count() == 1, "no document, no number was taken"


def test_the_whole_way_to_a_referral_each_step_with_its_document(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    city, matter = told, matter_of(told, photo)
    now = at("11-16 10:00")
    for kind, basis in ((StepKind.REMINDER, ""), (StepKind.ORDER, LAW), (StepKind.HEARING, LAW)):
        step = take_step(matter, kind, by=city.officer, now=now, basis=basis)
        serve(step.document, city, now + timedelta(minutes=30))
        with pytest.raises(StepNotLawful):
            take_step(matter, StepKind(facts_of(matter).next_kind), by=city.officer, now=now + timedelta(hours=1), basis=LAW, to=city.east)
        due = FrontageStep.objects.get(pk=step.pk).term.due_at
        now = due + timedelta(minutes=1)
        if kind is not StepKind.HEARING:
            look_again(matter, mended=False, text="还在", by=city.officer, now=now, photos=[photo()])
            now += timedelta(minutes=1)
    hear(matter, statement="是隔壁放的", answer="查看监控，不采纳", by=city.officer, now=now)
    take_step(matter, StepKind.REFERRAL, by=city.officer, now=now + timedelta(minutes=5), basis=LAW, to=city.sanitation)

    titles = list(FrontageStep.objects.order_by("position").values_list("document__title", flat=True))
    assert titles == ["关于门前责任区的提醒函", "责令限期改正通知书", "陈述申辩权利告知书", "案件移送函"]
    assert FrontageMatter.objects.get().ended_at is not None
    assert Entry.objects.filter(action="frontage.step-taken").count() == 4
    serials = sorted(Document.objects.values_list("serial", flat=True))
    assert serials == [1, 2, 3, 4, 5], "the notice and four steps under one mark, without a gap"


def test_the_term_runs_from_service_on_the_legal_calendar(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    step = take_step(matter_of(told, photo), StepKind.REMINDER, by=told.officer, now=at("11-20 10:00"))
    assert not hasattr(step, "term")
    serve(step.document, told, at("11-20 15:00"))

    assert FrontageStep.objects.get().term.due_at == at("11-23 18:00"), "one working day from Friday ends on Monday"


def test_what_is_mended_goes_no_further(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    matter = matter_of(told, photo)
    say_mended(matter, now=MONDAY + timedelta(minutes=5))
    with pytest.raises(StepNotLawful) as waits:
        take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY + DAY)
    look_again(matter, mended=True, text="清走了", by=told.officer, now=MONDAY + DAY)
    with pytest.raises(StepNotLawful) as ended:
        take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY + 2 * DAY)

    assert (waits.value.why, ended.value.why) == (WhyNot.CLAIM_WAITS, WhyNot.ENDED)
    assert say_mended_twice_is_once(told, photo)


def say_mended_twice_is_once(city: SimpleNamespace, photo: Callable[[], Any]) -> bool:
    matter = matter_of(city, photo)
    return say_mended(matter, now=MONDAY + DAY).pk == say_mended(matter, now=MONDAY + DAY).pk


def test_a_step_is_not_dated_before_what_is_on_record(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    matter = matter_of(told, photo)

    with pytest.raises(StepNotLawful) as refused:
        take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY - timedelta(minutes=1))

    assert refused.value.why is WhyNot.BACK_DATED


def test_the_database_itself_refuses_a_skipped_and_a_back_dated_step(told: SimpleNamespace, photo: Callable[[], Any]) -> None:
    matter = matter_of(told, photo)
    first = take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY)
    document = issue_area_notice(told.tea, by=told.officer, now=MONDAY).document
    given = {"matter": matter, "document": document, "limit_amount": 3, "limit_unit": "whole_days", "by": None}
    wrong = [
        {"kind": "hearing", "position": 2, "previous": first, "previous_at": first.at, "at": MONDAY + DAY},
        {"kind": "order", "position": 2, "previous": None, "previous_at": None, "at": MONDAY + DAY},
        {"kind": "order", "position": 2, "previous": first, "previous_at": first.at, "at": MONDAY - DAY},
        {"kind": "reminder", "position": 1, "previous": None, "previous_at": None, "at": MONDAY + DAY},
    ]
    for facts in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            FrontageStep.objects.create(**given, **facts)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE responsibilities_frontagestep SET position = 3")


@pytest.mark.parametrize("name", ["dispatcher", "east_handler"])
def test_only_the_office_takes_lawful_steps_and_money(told: SimpleNamespace, photo: Callable[[], Any], name: str) -> None:
    other = getattr(told, name)

    with pytest.raises(NotAllowed):
        take_step(matter_of(told, photo), StepKind.REMINDER, by=other, now=MONDAY)
    with pytest.raises(NotAllowed):
        charge_fee(told.tea, amount_fen=1, what="x", due_on=YEAR_END, by=other, now=MONDAY)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        pytest.param(StepKind.REMINDER, {"days": 0}, id="no time at all"),
        pytest.param(StepKind.HEARING, {"days": 4, "basis": LAW}, id="less time to be heard than the law gives"),
        pytest.param(StepKind.ORDER, {}, id="without a legal basis"),
        pytest.param(StepKind.REFERRAL, {"basis": LAW}, id="to nobody"),
    ],
)
def test_it_refuses_a_step_that_says_too_little(told: SimpleNamespace, photo: Callable[[], Any], kind: StepKind, facts: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        take_step(matter_of(told, photo), kind, by=told.officer, now=MONDAY, **facts)
