"""Asking about cases. Every question that serves a person starts from what that person may see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wenming.engine.asking import Given, Question
from wenming.evidence.models import Exhibit, Role, Subject
from wenming.evidence.selectors import exhibits_of, exhibits_of_many
from wenming.journal.selectors import entries_about_many
from wenming.journal.services import about_key
from wenming.observations.models import Report
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import Role as AccountRole
from wenming.organisations.selectors import sees_whole_city
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.rules.matrix import Answer, Spot, answer
from wenming.responsibilities.selectors import matrix_on, matter_of, role_holders_on
from wenming.standards.models import ProblemType
from wenming.territory.models import Place, Placement
from wenming.territory.rules.geometry import distance_m

from .components import OnComponent, component_for
from .models import Appeal, Case, CaseMove, CaseReport, Support
from .models.appeals import LATE, REWORK
from .places import place_words, places_of
from .rules.lifecycle import Party, State, Step, acts_from, may_verify
from .rules.supports import MOVABLE

SHARE_WINDOW = timedelta(days=30)
PUBLIC_AFTER = timedelta(hours=24)
# 协办 too: whoever did a part of it has had it in hand.
GIVEN_TO_A_UNIT = ("dispatch", "give_to_body", "arbitrate", "ask_support", "reassign_support")
_BY_NUMBER = Question(lambda: Case.objects.select_related("unit").filter(number=Given("number")))
_DISPATCHES = Question(
    lambda: CaseMove.objects.filter(case=Given("case"), act__in=GIVEN_TO_A_UNIT).select_related("unit").order_by()
)


def cases_visible_to(user: Account | AnonymousUser, *, one_by_one: bool = False) -> QuerySet[Case]:
    """Every case for those who work for the whole city.

    A unit sees what it holds or once held and what its units hold; a town also sees everything on its territory;
    field staff see what is to be verified on their unit's territory and what they entered themselves.

    one_by_one: the same cases, for a question that leads to few cases by itself or to many of theirs at once (what is
    under way; the newest of very many): each is asked whether they once held it, instead of gathering all they ever held.
    """
    if not isinstance(user, Account) or not user.may("cases.see"):
        return Case.objects.none()
    cases = Case.objects.select_related("problem_type", "placement__town", "placement__community", "unit")
    if sees_whole_city(user):
        return cases
    # Every part names columns of the case itself, so that each can use an index and no row comes twice.
    ours = Unit.objects.filter(path__startswith=user.unit.path)
    mine = Q(unit__in=ours) | (_held_by(ours) if one_by_one else Q(pk__in=_once_held(ours)))
    if user.unit.kind == UnitKind.TOWN and user.unit.area_code:
        mine |= Q(town_code=user.unit.area_code)
    if user.role == AccountRole.FIELD:
        mine |= Q(pk__in=CaseReport.objects.filter(report__entered_by=user).values("case"))
        mine |= Q(duty__in=Duty.objects.filter(kind="case.verify-before", owner__in=ours, ended_at=None))
    return cases.filter(mine)


def visible_case(user: Account | AnonymousUser, number: str) -> Case | None:
    """One case by its number, if this person may see it: for acts, which read the rest under their lock."""
    if isinstance(user, Account) and user.may("cases.see") and sees_whole_city(user):
        return _BY_NUMBER.first(number=number)
    return cases_visible_to(user).select_related("unit").filter(number=number).first()


def public_cases(now: datetime) -> QuerySet[Case]:
    """What anybody may see: closed a day ago or longer, and nobody who reported it asked for it to stay private."""
    return (
        Case.objects.filter(state=State.CLOSED, public_when_closed=True, closed_at__lte=now - PUBLIC_AFTER)
        .select_related("problem_type", "placement__town", "unit")
        .order_by("-closed_at")
    )


def case_of(report: Report) -> Case | None:
    """The case that answers a report, through any merge; None for the seconds before the worker opens it."""
    case = (
        Case.objects.select_related("merged_into", "unit", "problem_type").filter(case_reports__report=report).first()
    )
    while case and case.state == State.MERGED and case.merged_into:
        case = Case.objects.select_related("merged_into", "unit", "problem_type").get(pk=case.merged_into.pk)
    return case


def cases_of(reports: Iterable[Report]) -> dict[int, Case]:
    """{report: its case, as `case_of` says}, in one statement for all, and one for each step of their merging."""
    links = CaseReport.objects.filter(report__in=list(reports)).select_related("case__merged_into", "case__unit", "case__problem_type")
    found = {link.report_id: link.case for link in links}
    while onward := {case.merged_into_id for case in found.values() if case.state == State.MERGED}:
        into = Case.objects.select_related("merged_into", "unit", "problem_type").in_bulk(onward)
        found = {pk: into[case.merged_into_id] if case.state == State.MERGED else case for pk, case in found.items()}
    return found


def reports_of(case: Case) -> QuerySet[Report]:
    """Every report the case answers, those of cases merged into it included, the first one first."""
    family = Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case, state=State.MERGED))
    reports = Report.objects.filter(case_report__case__in=family)
    return reports.select_related("placement", "category").order_by("received_at")


@dataclass(frozen=True)
class Photos:
    """A case's photographs: how it was, how it is, and what verifiers saw."""

    before: Sequence[Exhibit]
    after: Sequence[Exhibit]
    verified: Sequence[Exhibit]


def photos_of(case: Case) -> Photos:
    """All photographs of one case."""
    by_report = exhibits_of_many("report", [str(pk) for pk in reports_of(case).values_list("pk", flat=True)])
    by_verifier = exhibits_of_many("verification", [str(pk) for pk in case.verifications.values_list("pk", flat=True)])
    return Photos(
        before=[e for found in by_report.values() for e in found],
        # What others did of their parts, then what the lead shows of the whole.
        after=[*_of_parts(case), *exhibits_of(Subject("case", case.number), role=Role.AFTER)],
        # What somebody showed who could not see the place belongs to no verification, but to the case.
        verified=[
            *(e for found in by_verifier.values() for e in found),
            *exhibits_of(Subject("case", case.number), role=Role.SCENE),
        ],
    )


def _of_parts(case: Case) -> list[Exhibit]:
    found = exhibits_of_many("support", [part.key for part in supports_of(case)]) if case.supports_count else {}
    return [exhibit for exhibits in found.values() for exhibit in exhibits]


def cover_photos(cases: Sequence[Case]) -> dict[int, Exhibit]:
    """{case pk: its first photograph} for a list of cases, in two queries however long the list."""
    first: dict[str, int] = {}
    for case_pk, report_pk in (
        CaseReport.objects.filter(case__in=cases).order_by("-added_at").values_list("case", "report")
    ):
        first[str(report_pk)] = case_pk
    return {first[report]: found[0] for report, found in exhibits_of_many("report", first).items() if found}


# Looking at the place again does it, at the place's own page.
DONE_ELSEWHERE = frozenset({"reinspect"})


def open_steps(case: Case, user: Account) -> list[Step]:
    """The acts this person may do on this case now, in the order of the table."""
    return [step for step in acts_from(State(case.state)) if step.act not in DONE_ELSEWHERE and _may(user, case, step)]


@dataclass(frozen=True)
class Suggestion:
    """Who should get the case, and why: the matrix's answer beside the last month's practice."""

    unit: Unit | None
    answer: Answer
    like_cases: int
    share_percent: int | None
    # The component whose owner the answer may rest on: attached, or only proposed.
    component: OnComponent | None = None


def suggestion(case: Case, now: datetime, problem_type: ProblemType | None = None) -> Suggestion | None:
    """What the matrix says about the case, and how many like cases that unit closed in the last thirty days. 1.6.

    None while nobody has said what kind of problem it is.
    """
    kind = problem_type or case.problem_type
    return suggestions([(case, kind)], now)[0] if kind else None


def suggestions(asked: Sequence[tuple[Case, ProblemType]], now: datetime) -> list[Suggestion]:
    """`suggestion` for many cases at once: four statements, and what their components and public places ask."""
    day = timezone.localdate(now)
    lines, holders = matrix_on(day), role_holders_on(day)
    on = [component_for(case, kind) for case, kind in asked]
    at_places = places_of([case for case, _kind in asked])
    answers = [
        answer(matter_of(kind), spot_of(case.placement, there, at_places.get(case.pk)), day, lines, holders)
        for (case, kind), there in zip(asked, on, strict=True)
    ]
    codes = {each.accountable for each in answers if each.accountable}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)} if codes else {}
    closed = _closed_lately([kind for _case, kind in asked], now - SHARE_WINDOW)
    return [
        _suggestion(each, units.get(each.accountable or ""), closed[_meaning(kind)], there)
        for each, (_case, kind), there in zip(answers, asked, on, strict=True)
    ]


def _suggestion(said: Answer, unit: Unit | None, closed: Mapping[int | None, int], on: OnComponent | None) -> Suggestion:
    like = sum(closed.values())
    share = round(100 * closed.get(unit.pk, 0) / like) if like and unit else None
    return Suggestion(unit, said, like, share, on)


def _closed_lately(kinds: Sequence[ProblemType], since: datetime) -> dict[tuple[str, str, str], Counter[int | None]]:
    """{what a type means in every version of its scheme: {unit: cases it closed}}."""
    same = reduce(or_, (Q(kind=each.kind, code=each.code, scheme__code=each.scheme.code) for each in kinds), Q(pk=None))
    cases = Case.objects.filter(problem_type__in=ProblemType.objects.filter(same), state=State.CLOSED, closed_at__gte=since)
    rows = cases.order_by().values_list("problem_type__scheme__code", "problem_type__kind", "problem_type__code", "unit")
    closed: dict[tuple[str, str, str], Counter[int | None]] = defaultdict(Counter)
    for scheme, kind, code, unit, times in rows.annotate(times=Count("pk")):
        closed[scheme, kind, code][unit] += times
    return closed


def _meaning(kind: ProblemType) -> tuple[str, str, str]:
    return kind.scheme.code, kind.kind, kind.code


def spot_of(placement: Placement, on: OnComponent | None = None, place: Place | None = None) -> Spot:
    """A placement as the matrix sees it, with the component there and the public place it was reported from."""
    owner = on.component.owner if on else None
    return Spot(
        town_code=placement.town.code if placement.town else "",
        community_code=placement.community.code if placement.community else "",
        grid_code=placement.grid.code if placement.grid else "",
        owner_unit=owner.code if owner else None,
        component=on.words if on else "",
        place_unit=place.manager.code if place and place.manager else None,
        place=place_words(place) if place else "",
    )


def last_handling(case: Case) -> Duty | None:
    """The newest duty of a unit to handle the case, over or not, without those withdrawn."""
    handlings = Duty.objects.filter(subject=case.key, kind="case.handle").exclude(state=DutyState.WITHDRAWN)
    return handlings.order_by("-started_at", "-pk").first()


def contestable(case: Case, handling: Duty, now: datetime) -> list[str]:
    """What about a handling may still be appealed (申诉): that it was late, that it was sent back; each once."""
    late = handling.answered_on_time is False or (handling.answered_at is None and now > handling.due_at)
    happened = [about for about, did in ((LATE, late), (REWORK, handling.rework_count > 0)) if did]
    asked = set(Appeal.objects.filter(handling=handling).values_list("about", flat=True))
    return [about for about in happened if about not in asked]


def waiting_appeals() -> QuerySet[Appeal]:
    """Appeals that nobody has decided yet, the oldest first."""
    return Appeal.objects.filter(ruling=None).select_related("case", "by_unit")


def moves_of(case: Case) -> list[CaseMove]:
    """The whole story, oldest first, each move with what the journal says of it; two queries."""
    return moves_of_many([case])[case.pk]


def moves_of_many(cases: Sequence[Case]) -> dict[int, list[CaseMove]]:
    """{case: its whole story}, in two queries for all of them."""
    stories: dict[int, list[CaseMove]] = {case.pk: [] for case in cases}
    for move in CaseMove.objects.filter(case__in=stories).select_related("by", "by_unit", "unit").order_by("position"):
        stories[move.case_id].append(move)
    said = {
        (about, facts["move"]): facts
        for about, facts in entries_about_many(cases).values_list("about", "facts") if "move" in facts
    }  # fmt: skip
    for case in cases:
        for move in stories[case.pk]:
            move.case, move.facts = case, said.get((about_key(case), move.position), {})
    return stories


def _once_held(units: QuerySet[Unit]) -> QuerySet[CaseMove, int]:
    return CaseMove.objects.filter(act__in=GIVEN_TO_A_UNIT, unit__in=units).values_list("case_id", flat=True)


def _held_by(units: QuerySet[Unit]) -> Q:
    return Q(Exists(CaseMove.objects.filter(case=OuterRef("pk"), act__in=GIVEN_TO_A_UNIT, unit__in=units)))


def _may(user: Account, case: Case, step: Step) -> bool:
    if step.party in {Party.CITIZEN, Party.SYSTEM} or not user.may(step.permission):
        return False
    if step.party == Party.HOLDER:
        return case.unit is not None and case.unit.path.startswith(user.unit.path)
    if step.party == Party.SUPPORTER:
        return supports(case, user)
    if step.party == Party.VERIFIER:
        return may_verify(user.unit.path, handler_paths(case))
    if step.party == Party.FINDER:
        return case.case_reports.filter(report__entered_by=user).exists()
    return True


def handler_paths(case: Case) -> frozenset[str]:
    """Where in the tree every unit stands that this case, or a part of it, was ever given to."""
    return frozenset(move.unit.path for move in _DISPATCHES.all(case=case.pk) if move.unit)


def supports(case: Case, user: Account) -> bool:
    """Whether this person's unit, or one below it, still owes a part of the case."""
    return bool(case.supports_count) and supports_of(case, user.unit).filter(ended_at=None).exists()


def supports_of(case: Case, unit: Unit | None = None) -> QuerySet[Support]:
    """The parts of a case asked of other units, the first one first; unit: of this one and those below it alone."""
    if not case.supports_count:
        return Support.objects.none()
    found = case.supports.select_related("unit", "duty__calendar", "duty__schedule")
    return found.filter(unit__path__startswith=unit.path) if unit else found


def movable_parts(case: Case) -> QuerySet[Support]:
    """The parts that the command centre may give to somebody else or take back: open ones, and those returned."""
    return supports_of(case).filter(state__in=MOVABLE, replaced_by=None)


def distance_between(one: Case, other: Case) -> float | None:
    """Metres between two cases; None where either has no position."""
    here, there = one.placement.point, other.placement.point
    return distance_m(here, there) if here and there else None
