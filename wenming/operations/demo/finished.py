"""How a finished case of the archive went: which acts, when. Drawn, not lived (see archive.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from wenming.organisations.models import Account, Unit
from wenming.territory.models import Placement

from .city import DemoCity
from .life import Seen
from .places import SLOW_TOWNS
from .problems import limit_of
from .stories import LATE, LATE_WHERE_SLOW, ON_TIME

NOT_ACCEPTED, LATE_SHARE, ACKNOWLEDGED, RATED = 0.08, 0.12, 0.8, 0.45
# When a case would end after the archive does, its unit was quicker.
QUICKER = (1.0, 0.4, 0.1, 0.02)


@dataclass
class Course:
    """The acts of one finished case by name, each with its moment, in order; the last one ended it."""

    seen: Seen
    rng: Random
    placement: Placement
    unit: Unit
    why: str
    dispatcher: Account
    inspector: Account
    acts: dict[str, datetime]

    @property
    def accepted(self) -> bool:
        return "refuse" not in self.acts


def draw_course(
    city: DemoCity, rng: Random, seen: Seen, placement: Placement, opened_at: datetime, until: datetime
) -> Course:
    """Draw a course that ends before `until`."""
    unit, why = city.who_answers(seen.problem.type, placement)
    course = Course(seen, rng, placement, unit, why, city.dispatcher(rng), city.inspector(rng), {"collect": opened_at})
    late_share = LATE_SHARE * (LATE_WHERE_SLOW if seen.spot.town_code in SLOW_TOWNS else 1)
    share = rng.uniform(*(LATE if rng.random() < late_share else ON_TIME))
    if rng.random() >= NOT_ACCEPTED:
        for quicker in QUICKER:
            acts = _handled(city, course, share * quicker)
            if acts["close"] < until:
                course.acts = acts
                _maybe_rated(course, until)
                return course
    course.acts["refuse"] = min(city.work_time(city.centre).after(opened_at, rng.uniform(0.05, 1.2)), until)
    return course


def _handled(city: DemoCity, course: Course, share: float) -> dict[str, datetime]:
    rng, centre, limit = course.rng, city.work_time(city.centre), limit_of(course.seen.rule)
    acts = dict(course.acts)
    acts["establish"] = centre.after(acts["collect"], rng.uniform(0.05, 0.6))
    acts["dispatch"] = sent = centre.after(acts["establish"], rng.uniform(0.05, 0.6))
    unit = city.work_time(course.unit)
    answered = max(unit.share_of(limit, share, sent), sent + timedelta(minutes=10))
    if rng.random() < ACKNOWLEDGED:
        acts["acknowledge"] = (sent + (answered - sent) * 0.3).replace(microsecond=0)
    acts["answer"] = answered
    acts["pass_verification"] = centre.after(answered, rng.uniform(0.5, 7))
    acts["close"] = centre.after(acts["pass_verification"], rng.uniform(0.1, 3))
    return acts


def _maybe_rated(course: Course, until: datetime) -> None:
    at = course.acts["close"] + timedelta(hours=course.rng.uniform(0.5, 60))
    if course.rng.random() < RATED and at < until:
        course.acts["rate"] = at.replace(microsecond=0)
