"""One demo case and the acts on it, each done by the real service at the moment the story has reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from wenming.cases import services as cases
from wenming.cases.boundary import tell_neighbours
from wenming.cases.models import Case
from wenming.observations.models import Channel, Report
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import DutyExtension
from wenming.responsibilities.rules.clock import Limit
from wenming.standards.models import EstablishRule
from wenming.territory.rules.coordinates import Datum

from . import words
from .city import DemoCity
from .places import Spot
from .problems import Problem

Wait = Iterator[datetime]
CHANNELS = {
    Channel.WEB: 40, Channel.WECHAT: 18, Channel.HOTLINE: 20, Channel.FIELD: 10, Channel.STAFF: 6, Channel.OPEN311: 3,
    Channel.API: 3,
}  # fmt: skip
WITH_PHOTO = {Channel.WEB: 0.7, Channel.WECHAT: 0.85, Channel.FIELD: 1.0, Channel.OPEN311: 0.3}
KNOWS_THE_TYPE = {Channel.FIELD, Channel.STAFF, Channel.API}
CHOOSES_A_WORD = {Channel.WEB, Channel.WECHAT, Channel.OPEN311}


@dataclass
class Seen:
    """What is reported: which problem, where, by which door; drawn before the story begins."""

    number: int
    problem: Problem
    rule: EstablishRule
    spot: Spot
    channel: str


def draw_seen(city: DemoCity, rng: Random, number: int, problem: Problem | None = None, town_code: str = "") -> Seen:
    """Draw a problem and a place, as the city's people would."""
    problem = problem or rng.choices(city.problems, [p.weight for p in city.problems])[0]
    spot = city.places.choose(rng, problem.places, town_code)
    channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    return Seen(number, problem, rng.choice(problem.rules), spot, channel)


class Life:
    """A case being lived: `at` is the moment reached, every act happens then."""

    def __init__(self, city: DemoCity, rng: Random, seen: Seen, opened_at: datetime) -> None:
        self.city, self.rng, self.seen, self.at = city, rng, seen, opened_at
        self._before, self._after = city.album.pair(seen.problem.picture, rng)
        self.dispatcher = city.dispatcher(rng)
        self.inspector = city.inspector(rng)
        self.sent_at: datetime | None = None
        self.case: Case
        self.report: Report

    # moments

    def wait(self, hours: float, of: Unit | None = None) -> Wait:
        """Let working hours of the command centre, or of a unit, pass."""
        self.at = self.city.work_time(of or self.city.centre).after(self.at, hours)
        yield self.at

    def wait_until_share(self, share: float) -> Wait:
        """Let time pass until this share of the handling limit has run, by the handling unit's own clock."""
        duty = self.case.handling
        assert duty is not None
        moment = self.city.work_time(duty.owner).share_of(duty.limit, share, duty.started_at)
        self.at = max(self.at + timedelta(minutes=5), moment)
        yield self.at

    def wait_until(self, moment: datetime) -> Wait:
        self.at = max(self.at + timedelta(seconds=30), moment)
        yield self.at

    def few_minutes(self) -> Wait:
        yield from self.wait(self.rng.uniform(0.05, 0.6))

    # acts

    def report_it(self) -> None:
        """Hand the report in by its channel; its case is opened as the worker would."""
        receipt = self._hand_in(self.seen.channel, self.seen.spot, f"demo-{self.city.seed}-{self.seen.number}")
        self.report = receipt
        self.case = cases.collect(receipt, now=self.at)
        tell_neighbours(self.case, self.at)

    def ask_verification(self, unit: Unit) -> None:
        self.case = cases.ask_verification(self.case, unit=unit, by=self.dispatcher, now=self.at)

    def verify_before(self, holds: bool, by: Account | None = None) -> None:
        note = self.rng.choice(words.THERE if holds else words.NOT_THERE)
        photos = [self._before] if holds else []
        self.case = cases.verify_before(self.case, holds=holds, note=note, photos=photos, by=by or self.inspector, now=self.at)

    def establish(self) -> None:
        self.case = cases.establish(
            self.case, problem_type=self.seen.problem.type, rule=self.seen.rule, by=self.dispatcher, now=self.at
        )

    def refuse(self, reason: str) -> None:
        self.case = cases.refuse(self.case, reason=reason, by=self.dispatcher, now=self.at)

    def merge_into(self, other: Case) -> None:
        self.case = cases.merge(self.case, into=other, by=self.dispatcher, now=self.at)

    def dispatch(self, to: Unit | None = None, why: str = "") -> None:
        if to is None:
            to, why = self.city.who_answers(self.seen.problem.type, self.case.placement)
        self.case = cases.dispatch(self.case, to=to, by=self.dispatcher, now=self.at, why=why)

    def acknowledge(self) -> None:
        self.case = cases.acknowledge(self.case, by=self.handler, now=self.at)

    def answer(self) -> None:
        done = [self.rng.choice(words.DONE[self.seen.problem.picture])]
        photos = [self._after] if self.rng.random() < 0.85 else []
        self.case = cases.answer(
            self.case, text=self.rng.choice(words.ANSWERS), photos=photos, done=done, by=self.handler, now=self.at
        )

    def hand_back(self, owner: Unit) -> None:
        reason = self.rng.choice(words.NOT_OURS).format(owner=owner.name)
        self.case = cases.hand_back(self.case, reason=reason, owner=owner, by=self.handler, now=self.at)

    def arbitrate(self, to: Unit, clock: str, propose: str = "") -> None:
        self.case = cases.arbitrate(
            self.case, to=to, reason=words.RULED, clock=clock, propose=propose, by=self.city.officer, now=self.at
        )

    def ask_support(self, of: Unit) -> None:
        asks = self.rng.choice(words.SUPPORT_ASKED)
        self.part = cases.ask_support(self.case, unit=of, asks=asks, by=self.dispatcher, now=self.at)
        self.case.refresh_from_db()

    def answer_support(self) -> None:
        text, by = self.rng.choice(words.SUPPORTED), self.city.handler(self.part.unit)
        cases.answer_support(self.case, self.part, text=text, by=by, now=self.at)
        self.case.refresh_from_db()

    def ask_extension(self, limit: Limit) -> DutyExtension:
        reason = self.rng.choice(words.MORE_TIME)
        extension = cases.ask_extension(self.case, limit=limit, reason=reason, by=self.handler, now=self.at)
        self.case.refresh_from_db()
        return extension

    def decide_extension(self, extension: DutyExtension, granted: bool) -> None:
        note = self.rng.choice(words.GRANTED if granted else words.NOT_GRANTED)
        self.case = cases.decide_extension(
            self.case, extension, granted=granted, note=note, by=self.dispatcher, now=self.at
        )

    def suspend(self) -> None:
        self.case = cases.suspend(self.case, reason=self.rng.choice(words.STANDING), by=self.dispatcher, now=self.at)

    def resume(self) -> None:
        self.case = cases.resume(self.case, by=self.dispatcher, now=self.at)

    def pass_verification(self) -> None:
        photos = [self._after] if self.rng.random() < 0.4 else []
        note = self.rng.choice(words.SOLVED)
        self.case = cases.pass_verification(self.case, note=note, photos=photos, by=self.inspector, now=self.at)

    def send_back(self) -> None:
        reason = self.rng.choice(words.NOT_SOLVED)
        self.case = cases.send_back(self.case, reason=reason, photos=[self._before], by=self.inspector, now=self.at)

    def close(self) -> None:
        self.case = cases.close(self.case, by=self.dispatcher, now=self.at)

    def rate(self, score: int) -> None:
        why = self.rng.choice(words.DISPLEASED) if score <= 2 else ""
        cases.rate(self.case, report=self.report, score=score, why=why, now=self.at)

    def reopen(self) -> None:
        self.case = cases.reopen(self.case, report=self.report, reason=self.rng.choice(words.NOT_SOLVED), now=self.at)

    def settle(self) -> None:
        """The finder puts it right at once; most take a picture of how it is now."""
        photos = [self._after] if self.rng.random() < 0.8 else []
        reason = "" if photos else words.NO_PICTURE
        self.case = cases.settle(self.case, photos=photos, why_no_photo=reason, by=self.inspector, now=self.at)

    # helpers

    @property
    def handler(self) -> Account:
        assert self.case.unit is not None
        return self.city.handler(self.case.unit)

    def reload(self) -> Case:
        self.case.refresh_from_db()
        return self.case

    def _hand_in(self, channel: str, spot: Spot, client_id: str) -> Report:
        problem, rng = self.seen.problem, self.rng
        where = Where(
            longitude=spot.longitude, latitude=spot.latitude, datum=Datum.CGCS2000, accuracy_m=30.0, address=spot.address,
            source="map" if channel in {Channel.HOTLINE, Channel.STAFF} else "gps",
        )  # fmt: skip
        seen_photo = rng.random() < WITH_PHOTO.get(Channel(channel), 0.0)
        hotline = channel == Channel.HOTLINE
        return receive_report(
            channel=channel, client_id=client_id, where=where, now=self.at,
            text=rng.choice(problem.sentences).format(place=spot.name),
            category=problem.category if channel in CHOOSES_A_WORD and rng.random() < 0.8 else None,
            problem_type=problem.type if channel in KNOWS_THE_TYPE else None,
            photos=[self._before] if seen_photo else [], by=self._entered_by(channel),
            source="12345" if hotline else "", source_number=f"演示{self.seen.number:06d}" if hotline else "",
        ).report  # fmt: skip

    def _entered_by(self, channel: str) -> Account | None:
        return {Channel.FIELD: self.inspector, Channel.STAFF: self.dispatcher}.get(Channel(channel))
