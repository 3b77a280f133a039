"""Writing requests in bulk: row for row what the services write for one, a hundred at a time.

An open request becomes a case before acceptance. A closed one lives through the acts of imported history: collected,
established, dispatched to the unit that the matrix names today, answered and closed elsewhere (`adopt_closed`), so that
nothing pretends to a verification that nobody made. Reactions are not woken and old deadlines climb no ladder: the
notices would be about the past.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from wenming.cases.models import Case, CaseMove, CaseReport, DayNumbers
from wenming.cases.models.stages import stage_limit
from wenming.cases.rules.lifecycle import State, advance
from wenming.cases.search import index_cases
from wenming.cases.services.moving import command_centre
from wenming.engine.inserting import insert_all
from wenming.journal.services import Act, record_many
from wenming.observations.models import Channel, Report
from wenming.observations.models.reports import Wish
from wenming.observations.rules.receipts import RANDOM_BYTES, content_hash, receipt_number
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.calendars import calendar_version, schedule_for
from wenming.responsibilities.models import Duty, DutyPause, WorkSchedule
from wenming.responsibilities.rules import clock, matrix
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.rules.ladder import warning_share
from wenming.responsibilities.selectors import matrix_on, matter_of, role_holders_on
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory
from wenming.territory.models import Placement
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import Position, place_many, place_unlocated

from .reading import Incoming


@dataclass(frozen=True)
class Request:
    """A row that may come in: what it says, where it lies here, and what it is called here."""

    incoming: Incoming
    point: tuple[float, float] | None
    service: ProblemType | PublicCategory | None
    kind: ProblemType | None


@dataclass
class _Rows:
    """What one transaction inserts, parents first."""

    # Duties that another row names must learn their keys; the others go in the fast way.
    named_duties: list[Duty] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    pauses: list[DutyPause] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    links: list[CaseReport] = field(default_factory=list)
    moves: list[CaseMove] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def save(self) -> None:
        Duty.objects.bulk_create(self.named_duties)
        Case.objects.bulk_create(self.cases)
        for rows in (self.duties, self.pauses, self.links, self.moves):
            insert_all(rows)
        index_cases((link.case, link.report) for link in self.links)
        record_many(self.acts, wake=False)


class BulkWriter:
    """Brings requests in, portion by portion; each portion is one transaction, so a killed import is simply run again."""

    def __init__(self, *, source: str, by: Account, now: datetime) -> None:
        self.source, self.by, self.now, self.today = source, by, now, timezone.localdate(now)
        self.centre, self.calendar = command_centre(), calendar_version()
        self.days, self.share = self.calendar.as_rule(), warning_share()
        self._lines, self._holders = matrix_on(self.today), _by_place(role_holders_on(self.today))
        self._units = {unit.code: unit for unit in Unit.objects.filter(valid_to=None)}
        self._stages = {stage: stage_limit(stage) for stage in ("case.accept", "case.dispatch", "case.handle")}
        self.schedule = cache(schedule_for)
        self.unit_for = cache(self._unit_for)
        self.rule_of = cache(_first_rule)

    def known(self, numbers: Sequence[str]) -> set[str]:
        """Which of the source's numbers are here already."""
        there = Report.objects.filter(source=self.source, source_number__in=numbers, withdrawn_at=None)
        return set(there.values_list("source_number", flat=True))

    @transaction.atomic
    def write(self, requests: Sequence[Request]) -> None:
        """One portion: all of it or nothing."""
        placements = self._placed(requests)
        reports = [self._report(*pair) for pair in zip(requests, placements, strict=True)]
        numbers = _case_numbers([timezone.localdate(r.incoming.requested_at) for r in requests])
        Report.objects.bulk_create(reports)
        rows = _Rows()
        for request, report, number in zip(requests, reports, numbers, strict=True):
            _Life(self, rows, request, report, number).write()
        rows.save()

    def _placed(self, requests: Sequence[Request]) -> list[Placement]:
        located = [r for r in requests if r.point]
        positions = [
            Position(*(r.point or (0.0, 0.0)), source="map", datum=Datum.WGS84, address=r.incoming.address)
            for r in located
        ]
        placed = iter(place_many(positions, now=[r.incoming.requested_at for r in located]))
        return [
            next(placed) if r.point else place_unlocated(address=r.incoming.address, now=r.incoming.requested_at)
            for r in requests
        ]

    def _report(self, request: Request, placement: Placement) -> Report:
        given, service = request.incoming, request.service
        at, text = given.requested_at, given.text or given.service_name
        client_id = f"bulk:{hashlib.sha256(f'{self.source} {given.number}'.encode()).hexdigest()[:48]}"
        return Report(
            receipt=receipt_number(timezone.localdate(at), secrets.token_bytes(RANDOM_BYTES)), client_id=client_id,
            channel=Channel.OPEN311, text=text, placement=placement, seen_at=at, received_at=at, wish=Wish.NEVER,
            category=service if isinstance(service, PublicCategory) else None,
            problem_type=service if isinstance(service, ProblemType) else None, entered_by=self.by, source=self.source,
            source_number=given.number,
            content_hash=content_hash({"client_id": client_id, "text": text, "at": at.isoformat(), "photos": []}),
        )  # fmt: skip

    def _unit_for(self, kind: ProblemType, spot: matrix.Spot) -> tuple[Unit | None, str]:
        """(unit, the matrix's words why); None where nobody answers, which leaves the case at the command centre."""
        places = ("*", spot.town_code, spot.community_code)
        holders = [holder for place in dict.fromkeys(places) for holder in self._holders[place]]
        answer = matrix.answer(matter_of(kind), spot, self.today, self._lines, holders)
        unit = self._units.get(answer.accountable or "")
        return (unit if unit and unit.handles_cases else None), "按今天的责任清单"

    def deadline(self, duty: Duty) -> None:
        """The due and warning moments by the calendar and hours that the duty names (P4)."""
        hours = _hours(duty.schedule)
        due = clock.deadline(duty.started_at, duty.limit, self.days, hours)
        duty.due_at, duty.provisional = due.due_at, due.provisional
        duty.warn_at = clock.warn_at(duty.started_at, due.due_at, duty.limit, self.days, hours, share=self.share)

    def limit_of(self, stage: str, rule: EstablishRule | None = None) -> Limit:
        return rule.limit if rule else self._stages[stage]


class _Life:
    """The rows of one case, act by act; each method is the act of that name in `cases.services` and `cases.imported`."""

    def __init__(self, writer: BulkWriter, rows: _Rows, request: Request, report: Report, number: str) -> None:
        self.writer, self.rows, self.request, self.report = writer, rows, request, report
        self.at = request.incoming.requested_at
        self.case = Case(number=number)

    def write(self) -> None:
        facts = {"channel": self.report.channel, "photos": 0}
        self.rows.acts.append(Act("report.received", self.report, self.at, self.writer.by, facts))
        unit, why = self._holder()
        closed_at = self.request.incoming.closed_at
        self._collect(ends=bool(closed_at and unit))
        if closed_at and unit:
            self._establish()
            self._dispatch(unit, why, closed_at)
            self._answer(unit, closed_at)
        self.rows.cases.append(self.case)

    def _holder(self) -> tuple[Unit | None, str]:
        kind = self.request.kind
        return self.writer.unit_for(kind, _spot(self.report.placement)) if kind else (None, "")

    def _collect(self, *, ends: bool) -> None:
        case, report, town = self.case, self.report, self.report.placement.town
        service = self.request.service
        case.title = service.name if service else (report.text.strip().splitlines() or [""])[0][:30]
        case.channel, case.problem_type, case.placement = report.channel, report.problem_type, report.placement
        case.town_code, case.public_when_closed = town.code if town else "", False
        case.opened_at, case.moves_count = self.at, 0
        self.rows.links.append(CaseReport(case=case, report=report, added_at=self.at))
        duty = self._duty("case.accept", self.writer.centre)
        if ends:
            self.rows.duties.append(_discharged(duty, self.at))
        else:
            self.rows.named_duties.append(duty)
            case.duty, case.due_at, case.warn_at = duty, duty.due_at, duty.warn_at
        self._move("collect", self.at, channel=report.channel)

    def _establish(self) -> None:
        kind = self.request.kind
        assert kind is not None
        rule = self.writer.rule_of(kind)
        self.case.problem_type, self.case.establish_rule, self.case.title = kind, rule, kind.name
        self.case.urgent = rule is not None and rule.urgent
        self.rows.duties.append(_discharged(self._duty("case.dispatch", self.writer.centre), self.at))
        self._move("establish", self.at, type=kind.full_code)

    def _dispatch(self, unit: Unit, why: str, closed_at: datetime) -> None:
        self.case.unit, self.case.unit_path = unit, unit.path
        duty = _discharged(self._duty("case.handle", unit, self.case.establish_rule), closed_at)
        duty.acknowledged_at = closed_at
        self.rows.named_duties.append(duty)
        self.rows.pauses.append(DutyPause(duty=duty, start=closed_at, end=closed_at, cause="ended"))
        self._on_time = duty.answered_on_time
        self._move("dispatch", self.at, unit, why=why, supporting=[], due=duty.due_at.isoformat())

    def _answer(self, unit: Unit, closed_at: datetime) -> None:
        note = self.request.incoming.note or "原系统答复"
        self._move("answer", closed_at, unit, reason=note, done=[], photos=0, on_time=self._on_time)
        self.case.closed_at = closed_at
        self._move("adopt_closed", closed_at, unit, reason="原系统已办结，未经本系统核查")

    def _move(self, act: str, at: datetime, unit: Unit | None = None, reason: str = "", **facts: Any) -> None:
        case, by = self.case, self.writer.by
        before = case.state if case.moves_count else ""
        case.state = advance(State(before), act) if before else State.COLLECTED
        case.moves_count += 1
        case.moved_at = at
        move = CaseMove(
            case=case, position=case.moves_count, act=act, from_state=before, to_state=case.state, at=at, by=by,
            by_unit=by.unit, unit=unit, reason=reason,
        )  # fmt: skip
        self.rows.moves.append(move)
        self.rows.acts.append(Act(move.action, case, at, by, move.told(facts)))

    def _duty(self, kind: str, owner: Unit, rule: EstablishRule | None = None) -> Duty:
        writer, limit = self.writer, self.writer.limit_of(kind, rule)
        duty = Duty(
            kind=kind, subject=self.case.key, title=self.case.title, owner=owner, owed_to=writer.centre,
            supervisor=writer.centre, limit_amount=limit.amount, limit_unit=limit.unit, calendar=writer.calendar,
            schedule=writer.schedule(owner, writer.now), started_at=self.at,
        )  # fmt: skip
        writer.deadline(duty)
        return duty


def _discharged(duty: Duty, at: datetime) -> Duty:
    duty.state, duty.answered_at, duty.ended_at = DutyState.DISCHARGED, at, at
    duty.answered_on_time = at <= duty.due_at
    return duty


def _by_place(holders: Sequence[matrix.RoleHolder]) -> dict[str, list[matrix.RoleHolder]]:
    """Only those who hold a role where the request lies can answer for it."""
    found: dict[str, list[matrix.RoleHolder]] = defaultdict(list)
    for holder in holders:
        found[holder.town_code].append(holder)
    return found


def _spot(placement: Placement) -> matrix.Spot:
    """Town and community; the matrix has no lines for single grids."""
    town, community = placement.town, placement.community
    return matrix.Spot(town.code if town else "", community.code if community else "")


def _first_rule(kind: ProblemType) -> EstablishRule | None:
    return kind.rules.order_by("position").first()


@cache
def _hours(schedule: WorkSchedule) -> clock.Schedule:
    return schedule.as_rule()


def _case_numbers(days: Sequence[date]) -> list[str]:
    """A case number for each, of its day; the days' counters are locked in one order, so that imports never deadlock."""
    wanted: dict[date, int] = defaultdict(int)
    for day in days:
        wanted[day] += 1
    following = {}
    for day in sorted(wanted):
        DayNumbers.objects.get_or_create(day=day)
        counter = DayNumbers.objects.select_for_update().get(day=day)
        following[day] = counter.last
        counter.last += wanted[day]
        counter.save(update_fields=["last"])
    return [f"{day:%y-%m%d}-{_next(following, day):04d}" for day in days]


def _next(following: dict[date, int], day: date) -> int:
    following[day] += 1
    return following[day]
