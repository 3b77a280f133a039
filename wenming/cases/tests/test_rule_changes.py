"""Changing types and rules in drafts: what would follow is computed before, and is exactly what follows (4.1, 4.3)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wenming.cases import services as cases
from wenming.cases.models import Case, StageLimit
from wenming.cases.models.stages import stage_limit
from wenming.cases.proposals import proposal
from wenming.cases.rule_changes.editing import draft_end_of_line, draft_line, draft_stage_limit, mistakes_in
from wenming.cases.rule_changes.effects import effects_of, spread
from wenming.cases.rule_changes.publishing import publish_draft, put_due_changes_in_force, put_in_force, withdraw_change
from wenming.journal.models import Entry
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty, DutyMove, MatrixEntry
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.drafts.models import RuleChange, RuleDraft, RuleWithdrawal
from wenming.standards.drafts.selectors import state_of, successor_of
from wenming.standards.drafts.services import DraftRefused, edit_types, move_to_current, open_draft, undo_edit
from wenming.standards.models import EstablishRule, ProblemType, Scheme, TypeMapping
from wenming.standards.selectors import current_scheme
from wenming.standards.services import SchemeRefused, adopt_scheme
from wenming.territory.models import Area, Level

from .story import MONDAY, at, sent_out

pytestmark = pytest.mark.django_db
NOON = at("11-16 12:00")
TODAY = NOON.date()
HOURS = LimitUnit.WORK_HOURS


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def draft(small_city: SimpleNamespace) -> RuleDraft:
    return open_draft("缩短垃圾满溢的时限", by=small_city.officer, now=NOON)


@pytest.fixture
def rule_is(small_city: SimpleNamespace) -> Callable[..., None]:
    """`rule_is(draft, "2h")` drafts another limit for 收集设施满溢; more of the condition where it is named."""

    def edit(draft: RuleDraft, limit: str, **told: Any) -> None:
        rule = {"was": 1, "condition": "收集设施满溢", "close_condition": "清除", "limit": limit, **told}
        edit_types(draft, [("change", "E0192", {"rules": [rule]})], by=small_city.officer, now=NOON)

    return edit


@pytest.fixture
def out(report: Callable[..., Any], small_city: SimpleNamespace) -> Callable[..., Case]:
    """`out()`: a case established by 收集设施满溢 and sent to the sanitation department on Monday at 09:00."""

    def send(now: datetime = MONDAY, *, limit: Limit | None = None) -> Case:
        case = cases.collect(report(now=now).report, now=now)
        return sent_out(case, small_city, now=now, limit=limit)

    return send


def publish(draft: RuleDraft, by: Any, *, move: bool = False, **told: Any) -> RuleChange:
    given = {"reason": "市政府会议纪要", "valid_from": TODAY, "seen": state_of(draft).fingerprint, "now": NOON, **told}
    return publish_draft(draft, move_running=move, by=by, **given)


# --- the life of a draft -----------------------------------------------------------------------------------------------


def test_nobody_is_affected_by_a_draft(draft, rule_is, out, small_city) -> None:
    rule_is(draft, "2h")

    case = out()

    assert case.handling.limit == Limit(4, HOURS)
    assert (Scheme.objects.count(), current_scheme().version) == (1, 1)


def test_what_is_published_is_a_new_version_and_old_cases_keep_theirs(draft, rule_is, out, small_city) -> None:
    old = out()
    rule_is(draft, "2h")

    publish(draft, small_city.officer)

    new = current_scheme()
    assert (new.code, new.version) == ("TEST", 2)
    rule = EstablishRule.objects.get(problem_type__scheme=new)
    assert (rule.limit, rule.origin) == (Limit(2, HOURS), small_city.four_hours)
    old = Case.objects.get(pk=old.pk)
    assert (old.problem_type, old.establish_rule) == (small_city.overflow, small_city.four_hours)
    assert old.handling.limit == Limit(4, HOURS) and not DutyMove.objects.exists()
    assert successor_of(small_city.overflow, new).scheme == new


def test_the_publisher_may_move_the_clocks_and_that_is_told_duty_by_duty(draft, rule_is, out, small_city) -> None:
    case = out()
    rule_is(draft, "2h")

    change = publish(draft, small_city.officer, move=True)

    case, duty = Case.objects.get(pk=case.pk), Duty.objects.get(pk=case.handling_id)
    assert (duty.due_at, duty.limit) == (at("11-16 11:00"), Limit(2, HOURS))
    assert (case.due_at, case.warn_at) == (duty.due_at, duty.warn_at) and change.clocks_moved == 1
    entry = Entry.objects.get(action="duty.limit-changed")
    assert (entry.by, entry.facts["before"], entry.facts["after"]) == ("officer", "4 work_hours", "2 work_hours")
    assert DutyMove.objects.get().reason == "市政府会议纪要"
    assert Entry.objects.get(action="scheme.change-published").facts["moves_clocks"] is True


def test_a_second_change_finds_the_clocks_that_the_first_left_and_those_it_moved(draft, rule_is, out, small_city) -> None:
    out()
    rule_is(draft, "6h")
    publish(draft, small_city.officer, move=True)
    again = open_draft("再改", by=small_city.officer, now=NOON)
    rule_is(again, "8h")

    (moved,) = effects_of(state_of(again), now=NOON).clocks

    assert moved.clock.duty.limit == Limit(6, HOURS) and moved.clock.limit == Limit(8, HOURS)


def test_an_edit_taken_back_leaves_no_trace_in_the_result(draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    undo_edit(draft, 1, by=small_city.officer, now=NOON)

    assert state_of(draft).differences == []
    with pytest.raises(DraftRefused, match="没有改动"):
        publish(draft, small_city.officer)


def test_a_change_for_a_later_day_waits_for_it(draft, rule_is, out, small_city) -> None:
    rule_is(draft, "2h")
    change = publish(draft, small_city.officer, valid_from=TODAY + timedelta(days=2))

    assert current_scheme().version == 1 and put_due_changes_in_force(NOON + timedelta(days=1)) == 0
    assert put_due_changes_in_force(NOON + timedelta(days=2)) == 1
    assert current_scheme().version == 2 and put_due_changes_in_force(NOON + timedelta(days=3)) == 0
    assert RuleChange.objects.get(pk=change.pk).in_force_at == NOON + timedelta(days=2)


# --- withdrawing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(draft, rule_is, small_city) -> RuleChange:
    """Published on Monday for Wednesday."""
    rule_is(draft, "2h")
    return publish(draft, small_city.officer, move=True, valid_from=TODAY + timedelta(days=2))


def test_a_change_is_withdrawn_before_its_day_and_never_holds(waiting, out, small_city) -> None:
    sent = out()

    withdrawal = withdraw_change(waiting, reason=" 会议改了主意 ", by=small_city.officer, now=NOON + timedelta(hours=11))

    assert withdrawal.reason == "会议改了主意"
    assert put_due_changes_in_force(NOON + timedelta(days=9)) == 0
    assert put_in_force(waiting, now=NOON + timedelta(days=9)) is False, "nor where the clockwork had it in its hands"
    assert current_scheme().version == 1 and Case.objects.get(pk=sent.pk).due_at == sent.due_at
    entry = Entry.objects.get(action="scheme.change-withdrawn")
    assert (entry.by, entry.facts["reason"], entry.facts["on"]) == ("officer", "会议改了主意", "2026-11-18")


def test_after_a_withdrawal_the_next_change_may_be_published(waiting, small_city) -> None:
    withdraw_change(waiting, reason="改主意", by=small_city.officer, now=NOON)
    again = open_draft("再来", by=small_city.officer, now=NOON)
    rule = {"was": 1, "condition": "收集设施满溢", "close_condition": "清除", "limit": "3h"}
    edit_types(again, [("change", "E0192", {"rules": [rule]})], by=small_city.officer, now=NOON)

    publish(again, small_city.officer)

    assert current_scheme().version == 3, "the number of the withdrawn version is not used again"
    assert EstablishRule.objects.get(problem_type__scheme=current_scheme()).limit == Limit(3, HOURS)


def test_what_a_withdrawn_version_called_its_types_counts_for_nothing(draft, small_city) -> None:
    """Its code is free again, and what it put in the place of a type leads nobody astray."""

    def merged(draft: RuleDraft, code: str, name: str) -> None:
        add = {
            "kind": "incident", "code": code, "name": name, "public": "rubbish", "do_roles": ["环卫机构"], "sup_roles": [],
            "rules": [{"was": None, "condition": "桶满", "close_condition": "清除", "limit": "2h"}],
        }  # fmt: skip
        edits = [("add", f"E{code}", add), ("retire", "E0192", {"into": [f"E{code}"]})]
        edit_types(draft, edits, by=small_city.officer, now=NOON)

    merged(draft, "0193", "垃圾外溢")
    change = publish(draft, small_city.officer, valid_from=TODAY + timedelta(days=2))
    withdraw_change(change, reason="编码写错", by=small_city.officer, now=NOON)
    again = open_draft("再来", by=small_city.officer, now=NOON)
    merged(again, "0194", "垃圾外溢")
    undo = open_draft("又一份", by=small_city.officer, now=NOON)
    merged(undo, "0193", "另一样")  # not refused: no version that held had it
    publish(again, small_city.officer)

    assert successor_of(small_city.overflow, current_scheme()).code == "0194"


@pytest.mark.parametrize("now", [at("11-18 00:00"), at("11-18 09:00"), at("12-01 09:00")])
def test_from_the_day_on_it_is_not_withdrawn_even_before_the_clockwork_came(now, waiting, small_city) -> None:
    with pytest.raises(DraftRefused, match=r"从2026-11-18起已经是现行的规定"):
        withdraw_change(waiting, reason="晚了", by=small_city.officer, now=now)

    assert put_due_changes_in_force(now) == 1 and not RuleWithdrawal.objects.exists()


def test_what_took_effect_at_once_is_not_withdrawn(draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    change = publish(draft, small_city.officer)

    with pytest.raises(DraftRefused, match="请另起草一份发布"):
        withdraw_change(change, reason="后悔", by=small_city.officer, now=NOON)
    assert current_scheme().version == 2


def test_a_withdrawal_is_refused_twice_without_a_reason_and_to_others(waiting, small_city) -> None:
    with pytest.raises(BadInput, match="为什么撤回"):
        withdraw_change(waiting, reason=" ", by=small_city.officer, now=NOON)
    for other in (small_city.dispatcher, small_city.admin, small_city.leader):
        with pytest.raises(NotAllowed):
            withdraw_change(waiting, reason="x", by=other, now=NOON)
    withdraw_change(waiting, reason="x", by=small_city.officer, now=NOON)
    with pytest.raises(DraftRefused, match=r"officer 11-16 12:00 已经撤回"):
        withdraw_change(waiting, reason="x", by=small_city.officer, now=NOON)


def test_a_version_that_waits_or_was_withdrawn_is_not_adopted_otherwise(waiting, small_city) -> None:
    with pytest.raises(SchemeRefused, match="2026-11-18起用"):
        adopt_scheme(waiting.scheme, by=small_city.admin, now=NOON)
    withdraw_change(waiting, reason="x", by=small_city.officer, now=NOON)
    with pytest.raises(SchemeRefused, match="已经撤回"):
        adopt_scheme(waiting.scheme, by=small_city.admin, now=NOON + timedelta(days=9))


# --- refusals ----------------------------------------------------------------------------------------------------------


def test_of_two_drafts_the_second_is_told_who_was_quicker_and_can_be_moved(draft, rule_is, small_city) -> None:
    other = open_draft("另一份", by=small_city.dispatcher, now=NOON)
    rule_is(draft, "2h")
    rule_is(other, "3h")
    publish(draft, small_city.officer)

    with pytest.raises(DraftRefused, match=r"测试分类 v1，现在用的已经是测试分类 v2（officer 11-16 12:00）"):
        publish(other, small_city.officer)

    other = move_to_current(other, by=small_city.dispatcher, now=NOON)
    publish(other, small_city.officer)
    assert EstablishRule.objects.get(problem_type__scheme=current_scheme()).limit == Limit(3, HOURS)


def test_what_no_longer_fits_after_moving_is_named_and_not_published(draft, rule_is, small_city) -> None:
    other = open_draft("另一份", by=small_city.officer, now=NOON)
    rule_is(other, "3h")
    edit_types(draft, [("retire", "E0192", {"into": []})], by=small_city.officer, now=NOON)
    publish(draft, small_city.officer)
    other = move_to_current(other, by=small_city.officer, now=NOON)

    assert "E0192" in mistakes_in(state_of(other))[1]
    with pytest.raises(DraftRefused, match="1 处改动现在对不上"):
        publish(other, small_city.officer)


def test_a_published_change_that_waits_for_its_day_is_the_next_one(draft, rule_is, small_city) -> None:
    other = open_draft("另一份", by=small_city.officer, now=NOON)
    rule_is(draft, "2h")
    rule_is(other, "3h")
    publish(draft, small_city.officer, valid_from=TODAY + timedelta(days=9))

    with pytest.raises(DraftRefused, match=r"缩短垃圾满溢的时限.*2026-11-25起用"):
        publish(other, small_city.officer)


def test_what_was_not_seen_is_not_published(draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    seen = state_of(draft).fingerprint
    rule_is(draft, "3h")

    with pytest.raises(DraftRefused, match="看过影响之后又改过"):
        publish(draft, small_city.officer, seen=seen)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        pytest.param({"reason": " "}, "写一句", id="no reason"),
        pytest.param({"valid_from": TODAY - timedelta(days=1)}, "不能早于今天", id="a day that is over"),
    ],
)
def test_a_publication_to_be_mended(told, says, draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    with pytest.raises(BadInput, match=says):
        publish(draft, small_city.officer, **told)
    assert Scheme.objects.count() == 1


def test_who_drafts_is_not_who_publishes(draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    with pytest.raises(NotAllowed):
        publish(draft, small_city.dispatcher)
    for stranger in (small_city.handler, small_city.admin, small_city.leader):
        with pytest.raises(NotAllowed):
            open_draft("x", by=stranger, now=NOON)


def test_a_published_draft_is_not_edited(draft, rule_is, small_city) -> None:
    rule_is(draft, "2h")
    publish(draft, small_city.officer)
    with pytest.raises(DraftRefused, match="已经发布或放弃"):
        rule_is(draft, "3h")


def test_a_stage_limit_changed_meanwhile_is_named(draft, small_city) -> None:
    draft_stage_limit(draft, "case.accept", Limit(3, HOURS), by=small_city.officer, now=NOON)
    StageLimit.objects.create(stage="case.accept", amount=2, limit_unit="work_hours")

    assert "起草以后改过" in mistakes_in(state_of(draft))[1]


# --- effects -----------------------------------------------------------------------------------------------------------


def test_only_clocks_promised_by_the_condition_are_counted(draft, rule_is, out, small_city) -> None:
    out()
    out(limit=Limit(8, HOURS))  # a leader's order
    answered = out()
    cases.answer(answered, text="清了", photos=(), by=small_city.handler, now=at("11-16 10:00"))
    rule_is(draft, "2h")

    effects = effects_of(state_of(draft), now=NOON)

    assert (len(effects.clocks), effects.promised_otherwise) == (1, 1)
    assert len(effects.earlier) == len(effects.become_late) == 1 and effects.later == []
    assert spread(effects.clocks).middle == effects.clocks[0].clock.duty.due_at - at("11-16 11:00")


def test_a_clock_that_stands_is_moved_and_never_called_late(draft, rule_is, out, small_city) -> None:
    case = out()
    cases.suspend(case, reason="等材料", by=small_city.dispatcher, now=at("11-16 10:00"))
    rule_is(draft, "1h")

    effects = effects_of(state_of(draft), now=NOON)

    assert len(effects.clocks) == 1 and effects.become_late == []


def test_cases_of_a_retired_type(draft, out, report, small_city) -> None:
    sent = out()
    waiting = cases.collect(report().report, now=MONDAY)
    cases.change_type(waiting, to=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
    add = {
        "kind": "incident", "code": "0193", "name": "垃圾外溢", "public": "rubbish", "do_roles": ["环卫机构"], "sup_roles": [],
        "rules": [{"was": None, "condition": "收集设施满溢", "close_condition": "清除", "limit": "2h"}],
    }  # fmt: skip
    edit_types(draft, [("add", "E0193", add), ("retire", "E0192", {"into": ["E0193"]})], by=small_city.officer, now=NOON)

    effects = effects_of(state_of(draft), now=NOON)

    assert effects.undecided == (waiting.pk,)
    assert set(effects.past.retyped) == {sent.pk, waiting.pk} and effects.past.dropped == []
    assert [each.clock.limit for each in effects.clocks] == [Limit(2, HOURS)]
    publish(draft, small_city.officer)
    assert successor_of(small_city.overflow, current_scheme()).name == "垃圾外溢"


def test_a_type_that_goes_with_nothing_in_its_place(draft, out, small_city) -> None:
    sent = out()
    edit_types(draft, [("retire", "E0192", {"into": []})], by=small_city.officer, now=NOON)

    effects = effects_of(state_of(draft), now=NOON)

    assert effects.clocks == () and effects.unmatched == (sent.pk,) and effects.past.dropped == [sent.pk]


def test_cases_go_to_another_unit_when_the_kind_of_unit_changes(draft, out, small_city) -> None:
    sent = out()
    draft_line(
        draft, type_pattern="E0192", accountable="unit:SWEEP", basis="新合同", by=small_city.officer, now=NOON
    )

    effects = effects_of(state_of(draft), now=NOON)
    assert dict(effects.past.reassigned) == {("SAN", "SWEEP"): [sent.pk]}

    publish(draft, small_city.officer)
    line = MatrixEntry.objects.get(basis="新合同")
    assert (line.accountable, line.valid_from) == ("unit:SWEEP", TODAY)


def test_a_line_that_ends_leaves_a_gap_and_the_preview_says_so(draft, small_city) -> None:
    Area.objects.create(code="442000002", level=Level.TOWN, name="东区", short_name="东区", kind="街道", valid_from=TODAY)
    draft_end_of_line(draft, 1, by=small_city.officer, now=NOON)

    effects = effects_of(state_of(draft), now=NOON)

    assert {each.type_code for each in effects.new_findings} == {"TEST:E0192"}
    publish(draft, small_city.officer)
    assert MatrixEntry.objects.get(number=1).valid_to == TODAY


def test_a_stage_limit_in_a_draft(draft, reported_case, small_city) -> None:
    draft_stage_limit(draft, "case.accept", Limit(30, LimitUnit.HOURS), by=small_city.officer, now=NOON)

    (move,) = effects_of(state_of(draft), now=NOON).clocks
    assert (move.number, move.clock.due_at) == (reported_case.number, MONDAY + timedelta(hours=30))

    publish(draft, small_city.officer, move=True)
    assert stage_limit("case.accept") == Limit(30, LimitUnit.HOURS) and current_scheme().version == 1
    assert Case.objects.get(pk=reported_case.pk).due_at == MONDAY + timedelta(hours=30)


@pytest.mark.parametrize("seed", range(6))
def test_the_preview_is_what_happens(seed: int, draft, rule_is, out, small_city) -> None:
    """Property: cases in every state and with pauses, extensions, other promises; a random limit; the clocks that the
    preview names move to exactly where it says, recomputed from what is stored, and no other clock moves at all."""
    chance = random.Random(seed)
    for _n in range(12):
        _lived(chance, out, small_city)
    rule_is(draft, f"{chance.choice([1, 2, 3, 6, 12])}{chance.choice(['h', 'd', 'uh', 'ud'])}")
    draft_stage_limit(draft, "case.dispatch", Limit(chance.randint(2, 9), HOURS), by=small_city.officer, now=NOON)
    now = NOON + timedelta(days=3)
    before = dict(Duty.objects.values_list("pk", "due_at"))
    effects = effects_of(state_of(draft), now=now)
    said = {each.clock.duty.pk: each.clock.due_at for each in effects.clocks}
    late = {each.clock.duty.pk for each in effects.become_late}
    assert dict(Duty.objects.values_list("pk", "due_at")) == before, "a preview changes nothing"

    publish(draft, small_city.officer, move=True, now=now, valid_from=now.date())

    after = {duty.pk: duty for duty in Duty.objects.all()}
    assert {pk: duty.due_at for pk, duty in after.items() if duty.due_at != before[pk]} == said
    assert all(duties.recomputed_due_at(after[pk]) == due for pk, due in said.items())
    turned = {pk for pk in said if after[pk].paused_at is None and before[pk] >= now > after[pk].due_at}
    assert turned == late
    for case in Case.objects.exclude(duty=None).select_related("duty"):
        assert (case.due_at, case.warn_at) == (case.duty.due_at, case.duty.warn_at)


def _lived(chance: random.Random, out: Callable[..., Case], city: SimpleNamespace) -> None:
    """A case that went some way: sent, returned, suspended and resumed, given more time, answered, promised otherwise."""
    began = MONDAY - timedelta(days=chance.randint(0, 4), hours=chance.randint(0, 3))
    case = out(began, limit=Limit(9, HOURS) if chance.random() < 0.2 else None)
    later = began + timedelta(minutes=chance.randint(5, 50))
    way = chance.choice(["plain", "pause", "standing", "more", "answered", "back"])
    if way == "more":
        extension = duties.ask_extension(
            case.handling, limit=Limit(chance.randint(1, 5), HOURS), reason="路远", by=city.handler, now=later
        )
        cases.decide_extension(case, extension, granted=True, note="", by=city.dispatcher, now=later)
    if way in {"pause", "standing"}:
        cases.suspend(case, reason="等材料", by=city.dispatcher, now=later)
    if way == "pause":
        cases.resume(case, by=city.dispatcher, now=later + timedelta(hours=chance.randint(1, 30)))
    if way == "answered":
        cases.answer(case, text="清了", photos=(), by=city.handler, now=later)
    if way == "back":
        cases.hand_back(case, reason="不归我们", owner=city.east, by=city.handler, now=later)


def test_a_preview_asks_no_more_of_a_busier_city(draft, rule_is, out) -> None:
    rule_is(draft, "2h")
    out()
    counts = []
    for more in (0, 15):
        for _n in range(more):
            out()
        effects_of(state_of(draft), now=NOON)
        with CaptureQueriesContext(connection) as asked:
            effects_of(state_of(draft), now=NOON)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20, asked.captured_queries


# --- after a new version -----------------------------------------------------------------------------------------------


def test_what_is_not_established_yet_is_offered_by_the_version_in_force(draft, rule_is, report, small_city) -> None:
    waiting = cases.collect(report().report, now=MONDAY)
    waiting = cases.change_type(
        waiting, to=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY
    )
    rule_is(draft, "2h")
    publish(draft, small_city.officer)

    offered = proposal(Case.objects.get(pk=waiting.pk), NOON)

    assert offered.problem_type.scheme == current_scheme() and offered.rule.limit == Limit(2, HOURS)


def test_a_new_version_forgets_neither_practice_nor_the_commonest_condition(draft, rule_is, out, report, small_city) -> None:
    closed = out()
    Case.objects.filter(pk=closed.pk).update(state="closed", closed_at=NOON)
    second = {"was": None, "condition": "桶坏了", "close_condition": "换新", "limit": "1d"}
    first = {"was": 1, "condition": "桶满了", "close_condition": "清除", "limit": "4h"}
    edit_types(draft, [("change", "E0192", {"rules": [second, first]})], by=small_city.officer, now=NOON)
    publish(draft, small_city.officer)
    new = ProblemType.objects.get(scheme=current_scheme(), code="0192")
    case = cases.collect(report(now=NOON).report, now=NOON)
    case = cases.change_type(case, to=new, rule=None, by=small_city.dispatcher, now=NOON)

    offered = proposal(case, NOON)

    assert offered.rule.condition == "桶满了" and offered.suggestion.share_percent == 100


def test_what_other_schemes_call_a_type_goes_on_with_it(draft, rule_is, small_city) -> None:
    other = Scheme.objects.create(
        code="OLD", version=1, name="旧", source="x", confidence="high", created_at=NOON, published_at=NOON
    )
    theirs = ProblemType.objects.create(
        scheme=other, kind="incident", code="0118", big_code="01", big_name="x", name="垃圾", confidence="high"
    )
    TypeMapping.objects.create(from_type=theirs, to_type=small_city.overflow, confidence="low")
    rule_is(draft, "2h")
    publish(draft, small_city.officer)

    assert theirs.mappings.get(to_type__scheme=current_scheme()).confidence == "low"
