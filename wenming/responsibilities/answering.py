"""Who answers for a matter at a point at a moment: unit, post and line of the matrix, or a finding with what to do (7.5).

The unit and its post are public. Who holds the post, and who is on duty, is for those inside the office: callers decide
what they show of `holder`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Person, Post, PostKind, Unit
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import kinds_like, types_in
from wenming.territory.components.selectors import Near, nearest_components, register_begun
from wenming.territory.grids.then import grids_then, home_then
from wenming.territory.models import Place
from wenming.territory.selectors import Home

from .calendars import schedule_for, work_calendar
from .models import CalendarVersion, WorkSchedule
from .models.rosters import WHOLE_CITY
from .rosters.selectors import Cover, Gap, cover_between, uncovered_between
from .rules import matrix
from .selectors import matrix_on, matter_of, role_holders_on

# People stand beside what they point at, and a phone is some metres off.
COMPONENT_WITHIN_M = 30.0
OUTSIDE, GAP, CONFLICT, VACANT = "outside", "gap", "conflict", "vacant"


@dataclass(frozen=True)
class Answering:
    """A unit and the post in it that answers (主要负责人). post is None where none was set up, holder where it is vacant."""

    unit: Unit
    post: Post | None
    holder: Person | None

    @property
    def post_title(self) -> str:
        return self.post.title if self.post else ""


@dataclass(frozen=True)
class Wanting:
    """What is missing for a full answer, and what to do about it. kind: outside, gap, conflict, vacant."""

    kind: str
    why: str
    what_to_do: str


@dataclass(frozen=True)
class Answered:
    """Everything the city can say. `answer` is None outside the city."""

    longitude: float
    latitude: float
    at: datetime
    problem_type: ProblemType
    home: Home | None
    near: Near | None
    answer: matrix.Answer | None
    accountable: Answering | None
    supporting: Sequence[Answering]
    alternatives: Sequence[tuple[Unit | None, int, str]]
    # Whether the accountable unit works at that moment by its own hours; None where nobody has entered any.
    works_then: bool | None
    findings: Sequence[Wanting]

    @property
    def is_whole(self) -> bool:
        return not self.findings


def who_answers_at(
    longitude: float, latitude: float, at: datetime, problem_type: ProblemType, place: Place | None = None
) -> Answered:
    """The answer for a point in CGCS2000 degrees. A component of the matter's kind within 30 m brings its owner in.

    at: by the lines, roles, units and grids that held then; components and their owners are those of today.
    place: the public place that is asked about, where one was named: its managing body may be who answers (2.1).
    """
    home = home_then(longitude, latitude, at)
    if home is None:
        wanting = Wanting(
            OUTSIDE, _("这个点不在本市的网格范围内。"), _("请核对位置；确在市内的，请到网格图层里补画这一块。")
        )
        return Answered(longitude, latitude, at, problem_type, None, None, None, None, (), (), None, (wanting,))
    near = _component_at(longitude, latitude, problem_type)
    day = timezone.localdate(at)
    answer = matrix.answer(matter_of(problem_type), spot_at(home, near, place), day, matrix_on(day), role_holders_on(day))
    units = _units([answer.accountable, *answer.supporting, *(code for code, _rule, _why in answer.alternatives)])
    named = [units[code] for code in (answer.accountable, *answer.supporting) if code in units]
    answering = {one.unit.code: one for one in heads(named, at)}
    accountable = answering.get(answer.accountable or "")
    return Answered(
        longitude, latitude, at, problem_type, home, near, answer, accountable,
        [answering[code] for code in answer.supporting if code in answering],
        [(units.get(code or ""), rule, why) for code, rule, why in answer.alternatives],
        works_at(accountable.unit, at) if accountable else None, list(_findings(answer, accountable, day)),
    )  # fmt: skip


def everything_at(longitude: float, latitude: float, at: datetime) -> list[tuple[Unit | None, list[ProblemType]]]:
    """Every type in force by the unit that answers for it here, the unit with most first; None: nobody, or two.

    For matters without a component of their own: what an owner is registered for is asked one by one.
    """
    home = home_then(longitude, latitude, at)
    return everything_in(spot_at(home), at) if home else []


def everything_in(spot: matrix.Spot, at: datetime) -> list[tuple[Unit | None, list[ProblemType]]]:
    """`everything_at` for a place already known, such as a grid."""
    scheme = Scheme.objects.filter(is_current=True).first()
    if scheme is None:
        return []
    day = timezone.localdate(at)
    ask = matrix.answering(day, matrix_on(day), role_holders_on(day))
    by_unit: dict[str, list[ProblemType]] = defaultdict(list)
    for each in types_in(scheme):
        by_unit[ask(matter_of(each), spot).accountable or ""].append(each)
    units = _units(by_unit)
    ordered = sorted(by_unit.items(), key=lambda item: (item[0] != "", -len(item[1]), item[0]))
    return [(units.get(code), types) for code, types in ordered]


def on_duty_at(longitude: float, latitude: float, at: datetime) -> list[Cover]:
    """Whoever is on duty for the point in that minute by the rosters: its grid's groups first, then its town's, the city's.

    For those inside the office: it names persons.
    """
    grids, town = _ground_at(longitude, latitude, at)
    mine = [one for one in cover_between(*_minute_of(at)) if _covers_ground(one, grids, town)]
    return sorted(mine, key=lambda one: (not one.grid_codes, one.town_code == WHOLE_CITY, one.group_code, one.person))


def nobody_on_duty_at(longitude: float, latitude: float, at: datetime) -> list[Gap]:
    """Groups that should have somebody there in that minute and have too few, with why: what `on_duty_at` does not tell."""
    grids, town = _ground_at(longitude, latitude, at)
    return [gap for gap in uncovered_between(*_minute_of(at)) if _covers_ground(gap, grids, town)]


def _ground_at(longitude: float, latitude: float, at: datetime) -> tuple[list[str], str]:
    """The codes of the grids over a point at that moment, and of its town."""
    home = home_then(longitude, latitude, at)
    return [grid.code for grid in grids_then(longitude, latitude, at)], home.town.code if home else ""


def _minute_of(at: datetime) -> tuple[datetime, datetime]:
    """The whole minute that a moment lies in. Shifts change on the minute: a minute from any second on would belong to two."""
    begins = at.replace(second=0, microsecond=0)
    return begins, begins + timedelta(minutes=1)


def _covers_ground(one: Cover | Gap, grids: Sequence[str], town: str) -> bool:
    if one.grid_codes:
        return any(code in one.grid_codes for code in grids)
    return one.town_code in (WHOLE_CITY, town)


def spot_at(home: Home, near: Near | None = None, place: Place | None = None) -> matrix.Spot:
    """A home as the matrix sees it, with the component there and the public place that was named."""
    owner = near.component.owner if near else None
    return matrix.Spot(
        town_code=home.town.code, community_code=home.community.code if home.community else "",
        grid_code=home.grid.code if home.grid else "", owner_unit=owner.code if owner else None,
        component=_component_words(near) if near else "",
        place_unit=place.manager.code if place and place.manager else None, place=place.name if place else "",
    )  # fmt: skip


def heads(units: Sequence[Unit], at: datetime) -> list[Answering]:
    """Each unit with its head's post and who holds it on that day; one statement for all."""
    day = timezone.localdate(at)
    posts = Post.objects.filter(unit__in=units, kind=PostKind.HEAD).order_by("-pk")
    by_unit = {post.unit_id: post for post in posts}
    held = Person.objects.filter(
        Q(appointments__valid_to=None) | Q(appointments__valid_to__gt=day),
        appointments__post__in=posts, appointments__valid_from__lte=day,
    ).values_list("appointments__post", "pk", "name")  # fmt: skip
    holders = {post: Person(pk=pk, name=name) for post, pk, name in held} if by_unit else {}
    return [Answering(unit, post := by_unit.get(unit.pk), holders.get(post.pk) if post else None) for unit in units]


def works_at(unit: Unit, at: datetime) -> bool | None:
    """Whether the unit works at that moment by its own hours and the calendar."""
    try:
        schedule, calendar = schedule_for(unit, at).as_rule(), work_calendar()
    except (WorkSchedule.DoesNotExist, CalendarVersion.DoesNotExist):
        return None
    day = at.astimezone(schedule.zone).date()
    since, until = next(((a, b) for a, b in schedule.open_from(day, calendar) if at < b), (at, at))
    return since <= at < until


def _component_at(longitude: float, latitude: float, problem_type: ProblemType) -> Near | None:
    if problem_type.kind != "component" or not register_begun():
        return None
    kinds = kinds_like(problem_type)
    found = nearest_components(longitude, latitude, within_m=COMPONENT_WITHIN_M, kinds=kinds, at_most=1)
    return found[0] if found else None


def _component_words(near: Near) -> str:
    named = " ".join(filter(None, [near.component.code, near.component.name]))
    return _("部件 %(number)s（距 %(metres)d 米）") % {"number": named, "metres": near.metres}


def _findings(answer: matrix.Answer, accountable: Answering | None, day: date) -> Iterable[Wanting]:
    if answer.finding == GAP:
        yield Wanting(GAP, answer.why, _("请在权责矩阵里补上一条，或登记由哪个单位承担；补上以前由指挥中心逐件指定。"))
    elif answer.finding == CONFLICT:
        yield Wanting(CONFLICT, answer.why, _("请在权责矩阵里留下一条；留下以前由指挥中心逐件裁定。"))
    elif accountable is None:
        words = {"code": answer.accountable or ""}
        yield Wanting(GAP, _("矩阵指向编号 %(code)s 的单位，但没有这个单位。") % words, _("请在权责矩阵里改成现有的单位。"))
    elif why := _why_not_there(accountable.unit, day):
        yield Wanting(GAP, why, _("请在权责矩阵里改成现有的单位。"))
    elif accountable.holder is None:
        why = _("%(unit)s的负责人岗位没有人。") % {"unit": accountable.unit.name}
        yield Wanting(VACANT, why, _("单位照样负责；请在机构人员里登记由谁担任。"))


def _why_not_there(unit: Unit, day: date) -> str:
    """Why a unit cannot answer on a day, "" where it can: not founded yet, or dissolved (the day it ends is not its own)."""
    if day < unit.valid_from:
        return _("%(unit)s从 %(day)s 起才成立。") % {"unit": unit.name, "day": unit.valid_from.isoformat()}
    if unit.valid_to is not None and unit.valid_to <= day:
        return _("%(unit)s已在 %(day)s 停用。") % {"unit": unit.name, "day": unit.valid_to.isoformat()}
    return ""


def _units(codes: Iterable[str | None]) -> dict[str, Unit]:
    return Unit.objects.in_bulk([code for code in codes if code], field_name="code")
