"""The rows of finished cases: what cases, duties, observations and evidence would have written, act by act."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from wenming.cases.models import Case, CaseMove, CaseReport, Rating, Verification
from wenming.cases.models.stages import stage_limit
from wenming.cases.rules.lifecycle import State, advance
from wenming.cases.search import index_cases
from wenming.evidence.models import Exhibit, Role, Subject
from wenming.evidence.services import Prepared
from wenming.observations.models import Channel, Report
from wenming.observations.rules.receipts import RANDOM_BYTES, content_hash, receipt_number
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.calendars import calendar_version
from wenming.responsibilities.models import Duty, DutyMove, DutyPause
from wenming.responsibilities.rules import clock
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.rules.ladder import next_rung, warning_share

from . import words
from .city import DemoCity
from .finished import Course
from .in_bulk import Happening, Keys, happening, insert_all
from .life import CHOOSES_A_WORD, KNOWS_THE_TYPE, WITH_PHOTO
from .problems import limit_of

PARENTS_FIRST: tuple[type[models.Model], ...] = (
    Report, Exhibit, Case, CaseReport, Duty, DutyPause, DutyMove, Verification, CaseMove, Rating,
)  # fmt: skip
CENTRES_STAGES = ("case.accept", "case.dispatch", "case.verify-after", "case.close")


class ArchivedRows:
    """The rows of one portion of finished cases: collected first, then saved together, parents first."""

    def __init__(self, city: DemoCity, originals: Mapping[str, int], key: Keys) -> None:
        self.city, self.originals, self.key, self.calendar = city, originals, key, calendar_version()
        self.limits = {stage: stage_limit(stage) for stage in CENTRES_STAGES}
        self.happened: list[Happening] = []
        self._rows: dict[type[models.Model], list[models.Model]] = {model: [] for model in PARENTS_FIRST}

    def add(self, row: models.Model) -> None:
        row.pk = row.pk or self.key(type(row))
        self._rows[type(row)].append(row)

    def tell(self, at: datetime, action: str, about: models.Model, by: Account | None, **facts: Any) -> None:
        """Say what the journal should say of an act; each case in the order it happened."""
        self.happened.append(happening(at, action, about, by, **facts))

    def show(self, photo: Prepared, *, role: str, subject: Subject, by: Account | None, at: datetime) -> None:
        """An exhibit of a picture that is already an original."""
        digest = f"sha256:{photo.sha256}"
        exhibit = Exhibit(
            original_id=self.originals[digest], role=role, added_at=at, added_by=by.username if by else "",
            subject_type=subject.kind, subject_id=subject.id,
        )  # fmt: skip
        self.add(exhibit)
        self.tell(at, "evidence.attached", exhibit, by, subject=f"{subject.kind}:{subject.id}", role=role, digest=digest)

    def save(self) -> None:
        for rows in self._rows.values():
            insert_all(rows)
        index_cases((link.case, link.report) for link in self._rows[CaseReport] if isinstance(link, CaseReport))


class CaseWriter:
    """Writes one course act by act; each method is one act of the same name in wenming.cases.services."""

    def __init__(self, rows: ArchivedRows, course: Course, number: str) -> None:
        self.rows, self.course, self.number, self.city = rows, course, number, rows.city
        self.rng, self.problem = course.rng, course.seen.problem
        self.handler = self.city.handler(course.unit)
        self.before, self.after = self.city.album.pair(self.problem.picture, self.rng)
        self.report, self.case, self.handling = self._report(), Case(pk=rows.key(Case)), Duty()

    def write(self) -> None:
        for act, at in self.course.acts.items():
            getattr(self, f"_{act}")(at)
        self.rows.add(self.case)

    def _report(self) -> Report:
        seen, at, channel = self.course.seen, self.course.acts["collect"], self.course.seen.channel
        client_id = f"demo-{self.city.seed}-{seen.number}"
        text = self.rng.choice(self.problem.sentences).format(place=seen.spot.name)
        photos = [self.before] if self.rng.random() < WITH_PHOTO.get(Channel(channel), 0.0) else []
        entered_by = {Channel.FIELD: self.course.inspector, Channel.STAFF: self.course.dispatcher}.get(Channel(channel))
        chosen = channel in CHOOSES_A_WORD and self.rng.random() < 0.8
        hotline = channel == Channel.HOTLINE
        report = Report(
            pk=self.rows.key(Report), receipt=receipt_number(timezone.localdate(at), secrets.token_bytes(RANDOM_BYTES)), client_id=client_id,
            channel=channel, text=text, category=self.problem.category if chosen else None,
            problem_type=self.problem.type if channel in KNOWS_THE_TYPE else None, placement=self.course.placement,
            seen_at=at, received_at=at, photo_count=len(photos), entered_by=entered_by,
            source="12345" if hotline else "", source_number=f"演示{seen.number:06d}" if hotline else "",
            content_hash=content_hash(
                {"client_id": client_id, "text": text, "at": at.isoformat(), "photos": [p.sha256 for p in photos]}
            ),
        )  # fmt: skip
        self.rows.add(report)
        for photo in photos:
            self.rows.show(photo, role=Role.SCENE, subject=Subject("report", str(report.pk)), by=entered_by, at=at)
        self.rows.tell(at, "report.received", report, entered_by, channel=channel, photos=len(photos))
        return report

    def _collect(self, at: datetime) -> None:
        report, placement = self.report, self.course.placement
        title = report.problem_type or report.category
        self.case = Case(
            pk=self.case.pk, number=self.number, title=title.name if title else report.text[:30], channel=report.channel,
            problem_type=report.problem_type, placement=placement, photos=report.photo_count, opened_at=at,
            town_code=placement.town.code if placement.town else "", state=State.COLLECTED,
        )  # fmt: skip
        self.rows.add(CaseReport(case=self.case, report=report, added_at=at))
        self._stage("case.accept", at, self._ended_by("establish", "refuse"))
        self._move("collect", at, report.entered_by, channel=report.channel)

    def _refuse(self, at: datetime) -> None:
        self._move("refuse", at, self.course.dispatcher, reason=self.rng.choice(words.NOT_ACCEPTED[1:]))

    def _establish(self, at: datetime) -> None:
        case, rule = self.case, self.course.seen.rule
        case.problem_type, case.establish_rule, case.title = self.problem.type, rule, self.problem.type.name
        case.urgent = rule.urgent
        self._stage("case.dispatch", at, self._ended_by("dispatch"))
        self._move("establish", at, self.course.dispatcher, type=self.problem.type.full_code)

    def _dispatch(self, at: datetime) -> None:
        unit, acts = self.course.unit, self.course.acts
        self.case.unit, self.case.unit_path = unit, unit.path
        self.handling = duty = self._duty("case.handle", unit, limit_of(self.course.seen.rule), at)
        duty.acknowledged_at = acts.get("acknowledge", acts["answer"])
        self._end(duty, acts["answer"], acts["pass_verification"])
        self.rows.add(DutyPause(duty=duty, start=acts["answer"], end=acts["pass_verification"], cause="ended"))
        why, due = self.course.why, duty.due_at.isoformat()
        self._move("dispatch", at, self.course.dispatcher, unit, why=why, supporting=[], due=due)

    def _acknowledge(self, at: datetime) -> None:
        self._move("acknowledge", at, self.handler, self.course.unit)

    def _answer(self, at: datetime) -> None:
        photos = [self.after] if self.rng.random() < 0.85 else []
        for photo in photos:
            self.rows.show(photo, role=Role.AFTER, subject=Subject("case", self.number), by=self.handler, at=at)
        self.case.photos += len(photos)
        self._stage("case.verify-after", at, self._ended_by("pass_verification"))
        self._move(
            "answer", at, self.handler, self.course.unit, reason=self.rng.choice(words.ANSWERS),
            done=[self.rng.choice(words.DONE[self.problem.picture])], photos=len(photos),
            on_time=self.handling.answered_on_time,
        )  # fmt: skip

    def _pass_verification(self, at: datetime) -> None:
        by, note = self.course.inspector, self.rng.choice(words.SOLVED)
        verification = Verification(case=self.case, stage="after", holds=True, note=note, at=at, by=by, by_unit=by.unit)
        self.rows.add(verification)
        self._stage("case.close", at, self._ended_by("close"))
        self._move("pass_verification", at, by, self.course.unit, reason=note, verification=verification.pk)

    def _close(self, at: datetime) -> None:
        self.case.closed_at = at
        self._move("close", at, self.course.dispatcher, self.course.unit)

    def _rate(self, at: datetime) -> None:
        score = self.rng.choices((5, 4, 3, 2, 1), (46, 28, 13, 8, 5))[0]
        why = self.rng.choice(words.DISPLEASED) if score <= 2 else ""
        self.rows.add(Rating(case=self.case, report=self.report, score=score, why=why, at=at))
        self.rows.tell(at, "case.rated", self.case, None, score=score)

    def _move(
        self, act: str, at: datetime, by: Account | None, unit: Unit | None = None, reason: str = "", **facts: Any
    ) -> None:
        case, before = self.case, self.case.state if act != "collect" else ""
        case.state = advance(State(before), act) if before else State.COLLECTED
        case.moves_count += 1
        case.moved_at = at
        move = CaseMove(
            case=case, position=case.moves_count, act=act, from_state=before, to_state=case.state, at=at, by=by,
            by_unit=by.unit if by else None, unit=unit, reason=reason,
        )  # fmt: skip
        self.rows.add(move)
        self.rows.tell(at, move.action, case, by, **move.told(facts))

    def _ended_by(self, *acts: str) -> datetime:
        return next(self.course.acts[act] for act in acts if act in self.course.acts)

    def _stage(self, stage: str, at: datetime, ended_at: datetime) -> None:
        """A stage at the command centre: a duty that ended when the next act came."""
        self._end(self._duty(stage, self.city.centre, self.rows.limits[stage], at), ended_at, ended_at)

    def _duty(self, kind: str, owner: Unit, limit: Limit, at: datetime) -> Duty:
        schedule, centre = self.city.schedule(owner), self.city.centre
        days, hours = self.rows.calendar.as_rule(), schedule.as_rule()
        due = clock.deadline(at, limit, days, hours)
        duty = Duty(
            kind=kind, subject=self.case.key, title=self.case.title, owner=owner, owed_to=centre, supervisor=centre,
            limit_amount=limit.amount, limit_unit=limit.unit, calendar=self.rows.calendar, schedule=schedule,
            started_at=at, due_at=due.due_at, provisional=due.provisional,
            warn_at=clock.warn_at(at, due.due_at, limit, days, hours, share=warning_share()),
        )  # fmt: skip
        self.rows.add(duty)
        return duty

    def _end(self, duty: Duty, answered_at: datetime, ended_at: datetime) -> None:
        duty.state, duty.answered_at, duty.ended_at = DutyState.DISCHARGED, answered_at, ended_at
        duty.answered_on_time = answered_at <= duty.due_at
        self._climb(duty, answered_at)

    def _climb(self, duty: Duty, until: datetime) -> None:
        """The rungs of the ladder that the duty had taken before it was answered."""
        days, hours = duty.calendar.as_rule(), duty.schedule.as_rule()
        while following := next_rung(duty.rung, duty.started_at, duty.due_at, duty.warn_at, days, hours):
            rung, at = following
            if at >= until:
                return
            duty.rung = rung.name
            self.rows.add(DutyMove(duty=duty, act=rung.name, at=at, due_before=duty.due_at, due_after=duty.due_at))
            self.rows.tell(at, "duty.escalated", duty, None, rung=rung.name, owner=duty.owner.code)
