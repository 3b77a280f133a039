"""What every story of the demo city needs to know: its people, places, problems, hours, and who answers for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.calendars import schedule_for, work_calendar
from wenming.responsibilities.models import WorkSchedule
from wenming.responsibilities.rules import matrix
from wenming.responsibilities.selectors import matrix_on, matter_of, role_holders_on
from wenming.standards.models import ProblemType
from wenming.territory.models import Placement
from wenming.territory.selectors import Home

from .clockwork import WorkTime
from .pictures import Album
from .places import Places
from .problems import Problem
from .units import CIVILITY_OFFICE, COMMAND_CENTRE, LEADING_GROUP

DAYS_OF_HISTORY = 90
MARGIN = timedelta(days=75)


class DemoCity:
    """One demo city while it is being filled."""

    def __init__(
        self, *, seed: int, now: datetime, units: Mapping[str, Unit], accounts: Sequence[Account],
        problems: Sequence[Problem], places: Places, album: Album,
    ) -> None:  # fmt: skip
        self.seed, self.now, self.since = seed, now, now - timedelta(days=DAYS_OF_HISTORY)
        self.units, self.problems, self.places, self.album = units, problems, places, album
        self.centre = units[COMMAND_CENTRE]
        self._people: dict[tuple[str, str], list[Account]] = {}
        for account in accounts:
            self._people.setdefault((account.unit.code, account.role), []).append(account)
        self._matrix, self._holders = matrix_on(self.since.date()), role_holders_on(self.since.date())
        self._answers: dict[tuple[int, matrix.Spot], matrix.Answer] = {}
        self._schedules: dict[int, WorkSchedule] = {}
        self._work_times: dict[int, WorkTime] = {}

    @property
    def leader(self) -> Account:
        return self._people[LEADING_GROUP, Role.LEADER][0]

    def dispatcher(self, rng: Random) -> Account:
        return rng.choice(self._people[self.centre.code, Role.DISPATCHER])

    def inspector(self, rng: Random) -> Account:
        """A field inspector of the command centre, who may look anywhere."""
        return rng.choice(self._people[self.centre.code, Role.FIELD])

    def field_worker(self, town_code: str) -> Account:
        return self._people[town_code, Role.FIELD][0]

    @property
    def officer(self) -> Account:
        """Somebody of the civility office."""
        return self._people[CIVILITY_OFFICE, Role.OFFICE][0]

    def looker(self, unit: Unit) -> Account:
        """Who looks on the spot for a unit."""
        return self._people[unit.code, Role.FIELD][0]

    def handler(self, unit: Unit) -> Account:
        """Who answers for a unit: its own handler, for a community without one the town's."""
        own = self._people.get((unit.code, Role.HANDLER)) or self._people[unit.area_code[:9], Role.HANDLER]
        return own[0]

    def schedule(self, unit: Unit) -> WorkSchedule:
        """The unit's own hours, the same over the whole history."""
        if unit.pk not in self._schedules:
            self._schedules[unit.pk] = schedule_for(unit, self.now)
        return self._schedules[unit.pk]

    def work_time(self, unit: Unit) -> WorkTime:
        """Those hours as a number line."""
        schedule = self.schedule(unit)
        if schedule.pk not in self._work_times:
            days = (self.since - MARGIN).date(), (self.now + MARGIN).date()
            self._work_times[schedule.pk] = WorkTime(work_calendar(), schedule.as_rule(), *days)
        return self._work_times[schedule.pk]

    def who_answers(self, problem_type: ProblemType, where: Placement | Home) -> tuple[Unit, str]:
        """The unit the matrix names and why; where it names none, the town, as a dispatcher would decide."""
        # Without the grid, which no line of the matrix asks for: one answer for a whole community.
        town, community = where.town, where.community
        assert town is not None
        spot = matrix.Spot(town.code, community.code if community else "")
        if (problem_type.pk, spot) not in self._answers:
            here = [each for each in self._holders if each.town_code in {matrix.ANY, spot.town_code, spot.community_code}]
            self._answers[problem_type.pk, spot] = matrix.answer(
                matter_of(problem_type), spot, self.since.date(), self._matrix, here
            )
        answer = self._answers[problem_type.pk, spot]
        if answer.accountable:
            return self.units[answer.accountable], answer.why
        return self.units[spot.town_code], f"权责不明确，先由属地镇街办理：{answer.why}"

    def another_unit(self, unit: Unit, rng: Random) -> Unit:
        """A unit of the same kind that might rather be the right one."""
        kinds = {UnitKind.DEPARTMENT, UnitKind.CONTRACTOR} if unit.kind != UnitKind.TOWN else {UnitKind.DEPARTMENT}
        return rng.choice([one for one in self.units.values() if one.kind in kinds and one.pk != unit.pk])
