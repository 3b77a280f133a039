"""What happens to a case is told to other systems: once written, in order, signed, until it arrives or a person looks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import MONDAY, at
from wenming.exchange.delivering import claim, deliver_due, forget_what_arrived, note
from wenming.exchange.egress import Answer
from wenming.exchange.following import follow_the_journal
from wenming.exchange.models import Delivery, Receiver
from wenming.exchange.rules.retrying import FAILURES_UNTIL_STOPPED, TRIED_FOR, pause_after
from wenming.exchange.services import AddressNotTaken, ReceiverRefused, ping, resume_receiver, send_again, stop_receiver
from wenming.journal import worker
from wenming.journal.models import Entry
from wenming.journal.services import acting_from
from wenming.organisations.models import Unit
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import Notice

from .conftest import OtherSystem

NOON = at("11-16 12:00")


@pytest.fixture
def dispatched(receiver: Receiver, reported_case: Case, small_city: SimpleNamespace) -> Case:
    """Collected, established and dispatched while the receiver listens: three messages."""
    desk = small_city.dispatcher
    case = cases.establish(reported_case, problem_type=small_city.overflow, rule=None, by=desk, now=at("11-16 09:10"))
    return cases.dispatch(case, to=small_city.sanitation, by=desk, now=at("11-16 09:20"))


def rounds(now: datetime = NOON) -> int:
    """Read along and send until nothing is due."""
    follow_the_journal(now)
    sent = 0
    for _round in range(20):
        sent += deliver_due(now)
    return sent


def kinds(other: OtherSystem) -> list[str]:
    return [headers["Wenming-Event"] for headers, _body in other.heard]


def test_what_happened_is_told_in_its_order(dispatched: Case, other: OtherSystem) -> None:
    assert rounds() == 3

    assert kinds(other) == ["case.opened", "case.established", "case.dispatched"]
    said = [json.loads(body) for _headers, body in other.heard]
    assert [one["act"]["after"] for one in said] == ["collected", "established", "dispatched"]
    assert [one["sequence"] for one in said] == sorted(one["sequence"] for one in said)
    assert said[2]["case"]["number"] == dispatched.number and said[2]["act"]["unit"] == "SAN"


def test_the_signature_can_be_checked_from_the_documents_alone(
    dispatched: Case, other: OtherSystem, receiver: Receiver
) -> None:
    rounds()
    headers, body = other.heard[0]
    sealed = headers["Wenming-Timestamp"].encode() + b"." + body
    secret = receiver.secret.encode()  # type: ignore[attr-defined]

    assert headers["Wenming-Signature"] == "v1=" + hmac.new(secret, sealed, hashlib.sha256).hexdigest()
    assert abs(int(headers["Wenming-Timestamp"]) - NOON.timestamp()) < 2
    assert receiver.secret.encode() not in bytes(Receiver.objects.get().sealed_secret)  # type: ignore[attr-defined]


def test_no_word_of_a_reporter_and_no_exact_place_leaves(
    receiver: Receiver, report: Callable[..., SimpleNamespace], other: OtherSystem
) -> None:
    """Before a type is known the title is what the reporter wrote, so titles do not leave at all."""
    handed_in = report(text="我是张三13800138000，楼下桶满了")
    case = cases.collect(handed_in.report, now=MONDAY)
    rounds()
    (_headers, body) = other.heard[0]
    said = body.decode()

    assert case.title in handed_in.report.text and "张三" in case.title
    for secret in ("张三", "13800138000", "桶满", "民权路", handed_in.number, "longitude"):
        assert secret not in said


def test_a_receiver_learns_only_of_what_its_account_may_see(
    small_city: SimpleNamespace, registered: Callable[..., Receiver], reported_case: Case, other: OtherSystem
) -> None:
    """An account of the east town: the case goes to sanitation, and no town was named."""
    small_city.api.unit = small_city.east
    small_city.api.save(update_fields=["unit"])
    registered(other.url)
    cases.establish(reported_case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)

    assert rounds() == 0 and Delivery.objects.count() == 0


def test_only_the_chosen_kinds_and_nothing_from_before(
    small_city: SimpleNamespace, registered: Callable[..., Receiver], reported_case: Case, other: OtherSystem
) -> None:
    registered(other.url, kinds=["case.dispatched"])
    case = cases.establish(
        reported_case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY
    )
    cases.dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)
    rounds()

    assert kinds(other) == ["case.dispatched"]


def test_the_past_of_another_system_is_no_news(
    receiver: Receiver, report: Callable[..., SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_from("import"):
        cases.collect(report().report, now=MONDAY)
    monkeypatch.setattr("wenming.exchange.following.NEWS_FOR", timedelta(days=2))
    cases.collect(report().report, now=MONDAY - timedelta(days=400))
    follow_the_journal(NOON)

    assert Delivery.objects.count() == 0 and Receiver.objects.get().read_to == Entry.objects.latest("seq").seq


def test_reading_along_twice_writes_nothing_twice(dispatched: Case) -> None:
    assert follow_the_journal(NOON) == 3
    assert follow_the_journal(NOON) == 0
    Receiver.objects.update(read_to=Receiver.objects.get().read_to)
    assert Delivery.objects.count() == 3


def test_a_failure_is_tried_again_later_under_the_same_key(dispatched: Case, other: OtherSystem) -> None:
    other.answers = 503
    rounds()
    assert kinds(other) == ["case.opened"], "the later ones wait for the first"

    other.answers = 200
    assert rounds(NOON + pause_after(1) - timedelta(seconds=1)) == 0
    assert rounds(NOON + pause_after(1)) == 3
    keys = [headers["Wenming-Delivery"] for headers, _body in other.heard]
    assert keys[0] == keys[1] and len(set(keys)) == 3
    assert [headers["Wenming-Attempt"] for headers, _body in other.heard] == ["1", "2", "1", "1"]
    assert Receiver.objects.get().failures == 0


def test_a_sender_killed_after_sending_sends_again_and_nothing_is_lost(dispatched: Case, other: OtherSystem) -> None:
    """What is claimed when a worker dies belongs to nobody for a minute, then to the next worker."""
    follow_the_journal(NOON)
    (taken,) = claim(NOON)
    assert deliver_due(NOON) == 0, "nobody else sends it meanwhile, and nobody overtakes it"

    assert rounds(NOON + timedelta(seconds=61)) == 3
    assert other.heard[0][0]["Wenming-Delivery"] == str(taken.key)
    note(taken, Answer(None, "late news of the dead"), now=NOON + timedelta(seconds=62))
    assert Delivery.objects.get(pk=taken.pk).done_at, "what has arrived stays arrived"


def test_after_a_day_it_is_laid_aside_with_a_sentence_and_a_person_sends_it_again(
    dispatched: Case, other: OtherSystem, small_city: SimpleNamespace
) -> None:
    other.answers, now = 410, NOON
    follow_the_journal(now)
    first = Delivery.objects.earliest("seq")
    while Delivery.objects.get(pk=first.pk).laid_aside_at is None:
        assert deliver_due(now) == 1
        now = Delivery.objects.get(pk=first.pk).due_at
    first.refresh_from_db()

    assert TRIED_FOR - timedelta(hours=1) <= now - NOON <= TRIED_FOR + timedelta(hours=1)
    assert first.attempts > 20 and first.last_status == 410 and "410" in first.last_error
    assert Delivery.objects.exclude(pk=first.pk).filter(attempts__gt=0).exists() is False
    with pytest.raises(ReceiverRefused):
        send_again(Delivery.objects.latest("seq"), by=small_city.admin, now=now)

    other.answers = 200
    send_again(first, by=small_city.admin, now=now)
    rounds(now + timedelta(hours=2))
    assert Delivery.objects.filter(done_at=None).count() == 0
    assert other.heard[-3][0]["Wenming-Delivery"] == str(first.key)


def test_what_was_laid_aside_holds_nothing_back(dispatched: Case, other: OtherSystem) -> None:
    follow_the_journal(NOON)
    Delivery.objects.filter(kind="case.opened").update(laid_aside_at=NOON)

    assert rounds() == 2 and kinds(other) == ["case.established", "case.dispatched"]


def test_a_receiver_that_never_answers_is_stopped_and_somebody_is_told(
    dispatched: Case, other: OtherSystem, small_city: SimpleNamespace
) -> None:
    other.answers, now = 500, NOON
    follow_the_journal(now)
    while Receiver.objects.get().stopped_at is None:
        assert deliver_due(now) == 1
        now = max(Receiver.objects.get().rests_until, Delivery.objects.earliest("seq").due_at)
    stopped = Receiver.objects.get()
    worker.run_waiting(now)

    assert stopped.failures == FAILURES_UNTIL_STOPPED == len(other.heard)
    assert timedelta(hours=11) < now - NOON < timedelta(hours=14), "half a day of silence"
    assert Delivery.objects.filter(laid_aside_at=None).count() == 3, "nothing has to be sent again by hand"
    told = Notice.objects.filter(subject=f"receiver:{stopped.pk}")
    assert {one.unit for one in told} == {Unit.objects.get(code="CENTRE"), Unit.objects.get(code="OFFICE")}
    assert "停用" in told[0].text

    cases.acknowledge(dispatched, by=small_city.handler, now=now)
    cases.answer(dispatched, text="清了", by=small_city.handler, now=now)
    assert rounds(now + timedelta(days=3)) == 0, "it stands still"
    other.answers = 200
    resume_receiver(stopped, by=small_city.admin, now=now + timedelta(days=3))
    assert rounds(now + timedelta(days=3)) == 4
    assert kinds(other)[-4:] == ["case.opened", "case.established", "case.dispatched", "case.answered"]


def test_what_fails_together_is_one_failure(
    receiver: Receiver, report: Callable[..., SimpleNamespace], other: OtherSystem
) -> None:
    for number in range(6):
        cases.collect(report(text=f"第 {number} 件").report, now=MONDAY)
    other.answers = 500
    follow_the_journal(NOON)

    assert deliver_due(NOON) == 6 and Receiver.objects.get().failures == 1
    assert deliver_due(NOON) == 0, "the receiver rests, with all its messages"


def test_a_slow_matter_of_one_case_holds_no_other_up(
    dispatched: Case, report: Callable[..., SimpleNamespace], other: OtherSystem
) -> None:
    other.answers = 422
    follow_the_journal(NOON)
    deliver_due(NOON)
    other.answers = 200
    cases.collect(report().report, now=MONDAY)

    assert rounds(NOON + timedelta(seconds=1)) == 1, "the new case goes out; the refused one waits for its pause"


def test_a_test_message_is_tried_once(receiver: Receiver, other: OtherSystem, small_city: SimpleNamespace) -> None:
    ping(receiver, by=small_city.admin, now=NOON)
    assert deliver_due(NOON) == 1
    other.answers = 404
    ping(receiver, by=small_city.admin, now=NOON + timedelta(seconds=1))
    deliver_due(NOON + timedelta(seconds=1))

    assert kinds(other) == ["ping", "ping"]
    assert Delivery.objects.filter(laid_aside_at__isnull=False).count() == 1
    stop_receiver(receiver, by=small_city.admin, now=NOON)
    with pytest.raises(ReceiverRefused):
        ping(receiver, by=small_city.admin, now=NOON)


def test_what_arrived_is_forgotten_after_a_month_and_what_was_laid_aside_is_not(dispatched: Case) -> None:
    rounds()
    Delivery.objects.filter(kind="case.opened").update(done_at=None, laid_aside_at=NOON)

    assert forget_what_arrived(NOON + timedelta(days=29)) == 0
    assert forget_what_arrived(NOON + timedelta(days=31)) == 2
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        pytest.param({"url": "http://10.0.0.1/"}, AddressNotTaken, id="an address inside that nobody named"),
        pytest.param({"kinds": []}, BadInput, id="nothing to tell"),
        pytest.param({"kinds": ["case.gossip"]}, BadInput, id="a kind that does not exist"),
        pytest.param({"account": "handler"}, BadInput, id="the account of a person"),
    ],
)
def test_it_refuses_to_register(
    changed: dict[str, object], refusal: type[Exception], small_city: SimpleNamespace, other: OtherSystem,
    registered: Callable[..., Receiver],
) -> None:  # fmt: skip
    given = {"url": other.url, **changed}
    if "account" in given:
        given["account"] = small_city.handler
    with pytest.raises(refusal):
        registered(**given)


def test_only_an_administrator_registers(small_city: SimpleNamespace, other: OtherSystem, receiver: Receiver) -> None:
    for somebody in (small_city.dispatcher, small_city.officer, small_city.auditor, small_city.api):
        with pytest.raises(NotAllowed):
            stop_receiver(receiver, by=somebody, now=NOON)
