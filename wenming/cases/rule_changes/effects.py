"""What a draft would do, before anybody publishes it: computed from the city's own cases, each figure with its rows.

Only what is under way and a bounded window of the past is read; how many questions that takes does not depend on how
many cases there are. Running clocks keep the limit they were promised under unless the publisher moves them, and the
same function that counts here says there which are moved and to where. Policy: 4.3, 1.6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from statistics import median

from django.utils import timezone

from wenming.responsibilities.audit import matrix_findings
from wenming.responsibilities.relimits import MOVABLE, NewClock, movable_duties, under
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.rules.matrix import Finding, MatrixRule, Matter, RoleHolder, Spot, answering, audit
from wenming.responsibilities.selectors import matrix_on, role_holders_on
from wenming.standards.drafts.selectors import DraftState
from wenming.standards.models import EstablishRule, ProblemType
from wenming.standards.rules.scheme_draft import DraftRule, DraftType, Types, What
from wenming.territory.models.components import Standing
from wenming.territory.selectors import towns

from ..learning.suggesting import model_in_use
from ..models import Case, CaseComponent
from ..rules.lifecycle import State
from .editing import LINE_ADDED, LINE_ENDED, lines_with, stage_limits_in

WINDOW = timedelta(days=90)
HANDLING = "case.handle"
UNDECIDED = (State.COLLECTED, State.VERIFYING)
JUDGED_ANEW = frozenset({What.CONDITION, What.RULE_ADDED, What.RULE_REMOVED})


@dataclass(frozen=True)
class ClockMove:
    """One running clock that the draft's limit would put elsewhere."""

    clock: NewClock
    number: str

    @property
    def shift(self) -> timedelta:
        return self.clock.due_at - self.clock.duty.due_at


@dataclass(frozen=True)
class Spread:
    """Least, middle and most of some spans."""

    least: timedelta
    middle: timedelta
    most: timedelta


@dataclass
class Past:
    """Cases opened within the window that would have gone another way; keys of cases."""

    looked_at: int = 0
    limit: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    retyped: list[int] = field(default_factory=list)
    reworded: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    # {(unit that the matrix names today, unit that it would name): cases}; None where it names nobody.
    reassigned: dict[tuple[str | None, str | None], list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Effects:
    """Everything a publisher should have seen."""

    at: datetime
    on: date
    clocks: tuple[ClockMove, ...]
    # Running clocks of a condition that is gone: nobody can say which limit they would have.
    unmatched: tuple[int, ...]
    # Running clocks that a case got otherwise than by its condition (a leader's order): never moved.
    promised_otherwise: int
    # Established and not yet sent out: they will be dispatched by the version they were established by.
    waiting: tuple[int, ...]
    # Not yet established, with a type that is to go.
    undecided: tuple[int, ...]
    past: Past
    without_rule: tuple[str, ...]
    matrix_before: tuple[Finding, ...]
    matrix_after: tuple[Finding, ...]
    learned_lost: tuple[str, ...]
    not_learned: tuple[str, ...]

    @property
    def earlier(self) -> list[ClockMove]:
        return [each for each in self.clocks if not each.clock.later]

    @property
    def later(self) -> list[ClockMove]:
        return [each for each in self.clocks if each.clock.later]

    @property
    def become_late(self) -> list[ClockMove]:
        return [each for each in self.clocks if each.clock.becomes_late(self.at)]

    @property
    def stop_being_late(self) -> list[ClockMove]:
        return [each for each in self.clocks if each.clock.stops_being_late(self.at)]

    @property
    def new_findings(self) -> list[Finding]:
        return _only_in(self.matrix_after, self.matrix_before)

    @property
    def gone_findings(self) -> list[Finding]:
        return _only_in(self.matrix_before, self.matrix_after)


def spread(moves: Sequence[ClockMove]) -> Spread | None:
    """How far the deadlines would move; None where none does."""
    seconds = sorted(abs(each.shift).total_seconds() for each in moves)
    if not seconds:
        return None
    return Spread(*(timedelta(seconds=each) for each in (seconds[0], median(seconds), seconds[-1])))


def effects_of(state: DraftState, *, now: datetime, on: date | None = None) -> Effects:
    """What would follow if the draft were in force from that day on (today, unless said otherwise)."""
    day = on or timezone.localdate(now)
    city = _City(state)
    clocks, unmatched, otherwise = _clocks(city, state)
    lines = _Lines(day)
    before, after = _findings(state, lines)
    return Effects(
        at=now, on=day, clocks=tuple(each for each in clocks if each.clock.moves), unmatched=unmatched,
        promised_otherwise=otherwise, waiting=_waiting(city), undecided=_undecided(city), past=_past(city, state, lines, now),
        without_rule=tuple(code for code, each in state.result.types.items() if _lost_its_rules(each, state.base.get(code))),
        matrix_before=before, matrix_after=after, **_learned(state),
    )  # fmt: skip


def _lost_its_rules(each: DraftType, before: DraftType | None) -> bool:
    """Without a condition, and so without a limit of its own; where it had none before, the draft is not to blame."""
    return not each.rules and (before is None or bool(before.rules))


def clocks_to_move(state: DraftState, *, lock: bool = False) -> list[ClockMove]:
    """The running clocks whose limit the draft changes, moved or not in the end; lock: held until the transaction ends."""
    return _clocks(_City(state), state, lock=lock)[0]


class _Lines:
    """The matrix of a day and who plays which role in it: read once, and only where something asks."""

    def __init__(self, day: date) -> None:
        self.day = day

    @cached_property
    def rules(self) -> list[MatrixRule]:
        return matrix_on(self.day)

    @cached_property
    def holders(self) -> list[RoleHolder]:
        return role_holders_on(self.day)


class _City:
    """The city's conditions and types, in all versions, as the draft sees them."""

    def __init__(self, state: DraftState) -> None:
        code = state.draft.base.code
        types = ProblemType.objects.filter(scheme__code=code).only("pk", "kind", "code")
        self.type_codes = {each.pk: each.short_code for each in types}
        rules = EstablishRule.objects.filter(problem_type__scheme__code=code)
        told = rules.values_list("pk", "origin", "limit_amount", "limit_unit")
        self.rules = {pk: _Told(first or pk, Limit(amount, LimitUnit(unit))) for pk, first, amount, unit in told}
        self.before: dict[int, tuple[str, DraftRule]] = {
            rule.root: (code, rule) for code, each in state.base.items() for rule in each.rules if rule.root is not None
        }
        self.after: dict[int, DraftRule | None] = {
            root: state.result.rule_after(code, rule) for root, (code, rule) in self.before.items()
        }
        self.retired = frozenset(state.base) - frozenset(state.result.types)

    def with_root(self, roots: Iterable[int]) -> list[int]:
        """Keys of these conditions in every version."""
        wanted = set(roots)
        return [pk for pk, told in self.rules.items() if told.root in wanted]

    @property
    def other_limit(self) -> dict[int, Limit]:
        return {
            root: after.limit for root, after in self.after.items() if after and after.limit != self.before[root][1].limit
        }

    @property
    def gone(self) -> set[int]:
        return {root for root, after in self.after.items() if after is None}

    @property
    def retired_types(self) -> list[int]:
        return [pk for pk, code in self.type_codes.items() if code in self.retired]


@dataclass(frozen=True)
class _Told:
    root: int
    limit: Limit


def _clocks(city: _City, state: DraftState, *, lock: bool = False) -> tuple[list[ClockMove], tuple[int, ...], int]:
    """(clocks under another limit, cases whose condition is gone, how many were promised something else)."""
    other, gone = city.other_limit, city.gone
    wanted, numbers, unmatched, otherwise = [], {}, [], 0
    if other or gone:
        cases = Case.objects.filter(
            closed_at=None, state__in=[State.DISPATCHED, State.SUSPENDED], establish_rule__in=city.with_root({*other, *gone}),
            handling__state__in=MOVABLE, handling__ended_at=None,
        ).select_related("handling__calendar", "handling__schedule", "handling__owner")  # fmt: skip
        cases = cases.select_for_update(of=("self", "handling")) if lock else cases
        for case in cases.order_by("pk"):
            told, duty = city.rules[case.establish_rule_id or 0], case.handling
            assert duty is not None
            if told.root in gone:
                unmatched.append(case.pk)
            elif duty.limit in (told.limit, city.before[told.root][1].limit):
                wanted.append((duty, other[told.root]))
                numbers[duty.pk] = case.number
            else:
                otherwise += 1
    for stage, (before, after) in stage_limits_in(state).items():
        duties = movable_duties().filter(kind=stage, limit_amount=before.amount, limit_unit=before.unit).order_by("pk")
        if stage == HANDLING:
            without = Case.objects.filter(closed_at=None, establish_rule=None).exclude(handling=None)
            duties = duties.filter(pk__in=without.values("handling"))
        for duty in duties.select_for_update(of=("self",)) if lock else duties:
            wanted.append((duty, after))
            numbers[duty.pk] = duty.subject.removeprefix("case:") if duty.subject.startswith("case:") else ""
    return [ClockMove(each, numbers[each.duty.pk]) for each in under(wanted)], tuple(unmatched), otherwise


def _waiting(city: _City) -> tuple[int, ...]:
    changed = city.with_root({*city.other_limit, *city.gone})
    if not changed:
        return ()
    waiting = Case.objects.filter(closed_at=None, state=State.ESTABLISHED, establish_rule__in=changed)
    return tuple(waiting.order_by("pk").values_list("pk", flat=True))


def _undecided(city: _City) -> tuple[int, ...]:
    if not city.retired:
        return ()
    undecided = Case.objects.filter(closed_at=None, state__in=UNDECIDED, problem_type__in=city.retired_types)
    return tuple(undecided.order_by("pk").values_list("pk", flat=True))


# --- the last ninety days ----------------------------------------------------------------------------------------------


def _past(city: _City, state: DraftState, lines: _Lines, now: datetime) -> Past:
    """Cases opened within the window, told by the draft. What a person judged (does it meet the condition?) is only
    named as to be judged anew: no machine can say how it would have been decided."""
    past = Past()
    changed = {each.code for each in state.differences}
    judged_anew = {each.code for each in state.differences if each.what in JUDGED_ANEW}
    cases = Case.objects.filter(opened_at__gte=now - WINDOW, opened_at__lte=now).exclude(problem_type=None)
    past.looked_at = cases.count()
    moves_lines = bool(state.of(LINE_ADDED) or state.of(LINE_ENDED))
    if not moves_lines:
        if not changed:
            return past
        cases = cases.filter(problem_type__in=[pk for pk, code in city.type_codes.items() if code in changed])
    who, owners = _Who(state, lines), cache(lambda: _owners(now))
    rows = cases.order_by("-opened_at").values_list(
        "pk", "state", "problem_type", "establish_rule", "unit", "placement__town__code", "placement__community__code",
        "placement__grid__code",
    )  # fmt: skip
    for pk, at_state, type_pk, rule_pk, unit, town, community, grid in rows:
        code = city.type_codes.get(type_pk, "")
        if code not in state.base:
            continue
        if at_state == State.NOT_ACCEPTED:
            if code in judged_anew:
                past.refused.append(pk)
            continue
        _established_otherwise(city, state, past, pk, code, rule_pk)
        if unit is not None and who.may_differ(code):
            was, would_be = who.answers(code, Spot(town or "", community or "", grid or "", owners().get(pk)))
            if was != would_be:
                past.reassigned[was, would_be].append(pk)
    return past


def _owners(now: datetime) -> dict[int, str | None]:
    """{case of the window: the owner of the component that a person attached to it}."""
    links = CaseComponent.objects.filter(case__opened_at__gte=now - WINDOW, case__opened_at__lte=now).order_by("position")
    rows = links.values_list("case", "component__owner__code", "component__standing")
    return {case: owner if standing == Standing.IN_USE else None for case, owner, standing in rows}


def _established_otherwise(city: _City, state: DraftState, past: Past, pk: int, code: str, rule_pk: int | None) -> None:
    if state.result.now_is(code) != code:
        (past.retyped if state.result.now_is(code) else past.dropped).append(pk)
        return
    told = city.rules.get(rule_pk or 0)
    if told is None or told.root not in city.before:
        return
    before, after = city.before[told.root][1], city.after[told.root]
    if after is None:
        past.dropped.append(pk)
        return
    if before.limit != after.limit:
        past.limit.append(pk)
    if before.condition != after.condition:
        past.reworded.append(pk)


class _Who:
    """Whom the matrix names for a type at a spot, today and by the draft; each pair is asked once."""

    def __init__(self, state: DraftState, lines: _Lines) -> None:
        self.state, day = state, lines.day
        self.today = answering(day, lines.rules, lines.holders)
        self.drafted = answering(day, lines_with(state, lines.rules, day), lines.holders)
        # Where neither the lines nor what a type names differ, nobody else can be named.
        self.everywhere = bool(state.of(LINE_ADDED) or state.of(LINE_ENDED))
        self.known: dict[tuple[str, Spot], tuple[str | None, str | None]] = {}

    def may_differ(self, code: str) -> bool:
        before, after = self.state.base[code], self.state.result.types.get(code)
        return self.everywhere or after is None or (before.do_roles, before.sup_roles) != (after.do_roles, after.sup_roles)

    def answers(self, code: str, spot: Spot) -> tuple[str | None, str | None]:
        key = (code, spot)
        if key not in self.known:
            now_is = self.state.result.now_is(code)
            was = self.today(matter_of(self.state, self.state.base[code]), spot)
            would_be = self.drafted(matter_of(self.state, self.state.result.types[now_is]), spot) if now_is else was
            self.known[key] = was.accountable, would_be.accountable
        return self.known[key]


# --- types, matrix, what was learned -----------------------------------------------------------------------------------


def matter_of(state: DraftState, each: DraftType) -> Matter:
    """A drafted type as the matrix sees it."""
    return Matter(f"{state.draft.base.code}:{each.short_code}", each.kind, each.big_code, each.do_roles, each.sup_roles)


def _findings(state: DraftState, lines: _Lines) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Gaps and conflicts of the matrix before and after; nothing is computed where the draft touches neither."""
    before, day = tuple(matrix_findings(lines.day)), lines.day
    touched = {What.ADDED, What.RETIRED, What.DO_ROLES, What.SUP_ROLES}
    if not (state.of(LINE_ADDED) or state.of(LINE_ENDED) or any(d.what in touched for d in state.differences)):
        return before, before
    matters = [matter_of(state, each) for each in state.result.types.values()]
    drafted = lines_with(state, lines.rules, day)
    return before, tuple(audit(drafted, lines.holders, matters, list(towns().values_list("code", flat=True)), day))


def _learned(state: DraftState) -> dict[str, tuple[str, ...]]:
    model = model_in_use()
    if model is None:
        return {"learned_lost": (), "not_learned": ()}
    labels = {label.rpartition(":")[2] for label in model.labels if label.startswith(f"{state.draft.base.code}:")}
    types: Types = state.result.types
    return {
        "learned_lost": tuple(sorted((labels & set(state.base)) - set(types))),
        "not_learned": tuple(sorted(set(types) - set(state.base))),
    }


def _only_in(one: Iterable[Finding], other: Iterable[Finding]) -> list[Finding]:
    there = {(each.kind, each.type_code, each.town_code) for each in other}
    return [each for each in one if (each.kind, each.type_code, each.town_code) not in there]

