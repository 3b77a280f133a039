"""The cases of a focus: how many, whether they come back, from week to week, and where. Each figure names its rows (law 6).

Refused, void and merged cases are no further trouble and count nowhere, as with black spots.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wenming.engine.moments import Microseconds, MomentField, microseconds
from wenming.observations.models import AreaKind
from wenming.observations.patrols.areas import area_called, lies_in
from wenming.standards.focus.selectors import types_by_focus
from wenming.standards.models import FocusEdition
from wenming.territory.models import Area, Grid, Landmark, Level
from wenming.territory.roads import road_words, roads_of
from wenming.territory.rules.geometry import box_around

from ..models import Case
from ..rules.lifecycle import UNDER_WAY, State
from ..spots.finding import COUNTED

FIGURES = {
    "open": _("未办结"), "late": _("逾期"), "new": _("新增"), "closed": _("办结"), "recurrent": _("反复"), "all": _("全部"),
}  # fmt: skip
# Of now, whatever the period.
OF_NOW = frozenset({"open", "late"})
RECURS_WITHIN = timedelta(days=90)
WEEK = timedelta(days=7)
WEEKS = 52
MOST_LANDMARKS = 500
NOWHERE = Q(pk=None)
Figures = Mapping[str, int]


def cases_of_focus(edition: FocusEdition) -> QuerySet[Case]:
    """Every case that belongs to the focus, as its edition says."""
    types = types_by_focus([edition])[edition.code]
    return Case.objects.filter(near_landmarks(edition), problem_type__in=types, state__in=COUNTED).order_by()


def near_landmarks(edition: FocusEdition, placement: str = "placement") -> Q:
    """Whether something lies so near to a landmark of the focus; always, for a focus that names none.

    So many metres to the east, west, north and south: a square, which an index can find.
    """
    if not edition.near_m:
        return Q()
    known = Landmark.objects.filter(kind__in=edition.near_kinds).order_by("pk")[:MOST_LANDMARKS]
    inside = NOWHERE
    for longitude, latitude in known.values_list("longitude", "latitude"):
        west, south, east, north = box_around(longitude, latitude, edition.near_m)
        inside |= Q(**{f"{placement}__longitude__range": (west, east), f"{placement}__latitude__range": (south, north)})
    return inside


def in_figure(figure: str, since: date, until: date, now: datetime) -> Q:
    """The condition under which a case of a focus is in a figure; `recurrent` also asks `came_back`."""
    match figure:
        case "open":
            return Q(state__in=UNDER_WAY)
        case "late":
            return Q(state__in=UNDER_WAY, paused_at=None, due_at__lt=now)
        case "new" | "recurrent":
            return _between("opened_at", since, until)
        case "closed":
            return Q(state=State.CLOSED) & _between("closed_at", since, until)
    return Q()


def came_back() -> Exists:
    """Another case of the same kind in the same unit grid was closed in the ninety days before this one was opened."""
    alike = Case.objects.filter(
        problem_type=OuterRef("problem_type"), placement__grid=OuterRef("placement__grid"), state=State.CLOSED
    )
    between = alike.annotate(quiet=Microseconds(ExpressionWrapper(OuterRef("opened_at"), output_field=MomentField())) - Microseconds("closed_at"))
    return Exists(between.filter(quiet__range=(0, microseconds_of(RECURS_WITHIN))).exclude(pk=OuterRef("pk")))


def rows_behind(
    edition: FocusEdition, cases: QuerySet[Case], figure: str, *, since: date, until: date, now: datetime, place: str = ""
) -> QuerySet[Case]:
    """The cases of `cases` that a figure of the focus counted. place: `grid:442…`, `road:442…|民权路`: only there."""
    found = cases_of_focus(edition).filter(in_figure(figure, since, until, now))
    if figure == "recurrent":
        found = found.filter(came_back())
    if place:
        found = found.filter(_in_place(place))
    return cases.filter(pk__in=found.values("pk"))


def figures_by_focus(editions: Sequence[FocusEdition], since: date, until: date, now: datetime) -> dict[str, Figures]:
    """{focus: its figures}: two statements for all that are everywhere, two for each that is near something."""
    found: dict[str, Counter[str]] = {edition.code: Counter() for edition in editions}
    for where, own in _by_reach(editions):
        every = {kind for kinds in own.values() for kind in kinds}
        of_type = {kind: [edition.code for edition, kinds in own.items() if kind in kinds] for kind in every}
        base = Case.objects.filter(where, problem_type__in=of_type, state__in=COUNTED).order_by()
        for kind, figures in _figures_by_type(base, since, until, now):
            for code in of_type[kind]:
                found[code].update(figures)
    return {code: dict.fromkeys(FIGURES, 0) | counted for code, counted in found.items()}


def weeks_by_focus(editions: Sequence[FocusEdition], until: date) -> dict[str, list[int]]:
    """{focus: new cases in each of the last 104 weeks}, Monday to Sunday, the oldest first; the last may not be over."""
    first = first_monday(until)
    start, end = _midnight(first), _midnight(first + 2 * WEEKS * WEEK)
    week = ExpressionWrapper(
        (Microseconds("opened_at") - microseconds(start)) / microseconds_of(WEEK), output_field=IntegerField()
    )
    found = {edition.code: [0] * (2 * WEEKS) for edition in editions}
    for where, own in _by_reach(editions):
        kinds = {kind for of in own.values() for kind in of}
        opened = Case.objects.filter(where, problem_type__in=kinds, state__in=COUNTED, opened_at__gte=start, opened_at__lt=end)
        rows = opened.order_by().annotate(week=week).values_list("problem_type", "week").annotate(many=Count("pk"))
        for kind, number, many in rows:
            for edition, of in own.items():
                if kind in of:
                    found[edition.code][number] += many
    return found


def first_monday(until: date) -> date:
    """The Monday with which the 104 weeks begin that end with the week of `until`."""
    return until - timedelta(days=until.weekday()) - (2 * WEEKS - 1) * WEEK


def microseconds_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """One of the worst places: `key` names it in addresses."""

    key: str
    name: str
    new: int
    open: int


def worst_places(edition: FocusEdition, kind: str, *, since: date, until: date, most: int = 8) -> list[Place]:
    """Where most cases were opened in the period; kind: grid, community or road."""
    opened = cases_of_focus(edition).filter(in_figure("new", since, until, timezone.now()))
    rows = _by_road(opened) if kind == AreaKind.ROAD else _by_column(opened, kind)
    worst = sorted(rows.items(), key=lambda row: (-row[1][0], -row[1][1], row[0]))[:most]
    names = _names(kind, [code for code, _counts in worst])
    return [Place(f"{kind}:{code}", names.get(code, code), new, still) for code, (new, still) in worst]


def place_words(place: str) -> str:
    """What a place key stands for; "" for one that nothing answers to."""
    kind, _colon, code = place.partition(":")
    area = area_called(kind, code) if kind in AreaKind.values else None
    return area.name if area else ""


# --- how it is counted -----------------------------------------------------------------------------------------------


def _by_reach(editions: Sequence[FocusEdition]) -> list[tuple[Q, dict[FocusEdition, set[int]]]]:
    """The focuses that are everywhere together, each of the others alone: (where, {focus: its types})."""
    kinds = types_by_focus(editions)
    everywhere = {edition: kinds[edition.code] for edition in editions if not edition.near_m}
    near = [(near_landmarks(edition), {edition: kinds[edition.code]}) for edition in editions if edition.near_m]
    return [(Q(), everywhere), *near] if everywhere else near


def _figures_by_type(base: QuerySet[Case], since: date, until: date, now: datetime) -> Iterable[tuple[int, dict[str, int]]]:
    counted = ("open", "late", "new", "closed")
    wanted = {f"n_{name}": Count("pk", filter=in_figure(name, since, until, now)) for name in counted}
    stirred = in_figure("open", since, until, now) | in_figure("new", since, until, now) | in_figure("closed", since, until, now)
    rows: Any = base.filter(stirred).values("problem_type").annotate(**wanted)
    for row in rows:
        yield row["problem_type"], {name: row[f"n_{name}"] for name in counted}
    again: Any = base.filter(in_figure("new", since, until, now)).filter(came_back())
    for kind, many in again.values_list("problem_type").annotate(many=Count("pk")):
        yield kind, {"recurrent": many}


def _by_column(opened: QuerySet[Case], kind: str) -> dict[str, tuple[int, int]]:
    column = f"placement__{kind}__code"
    still: Any = Count("pk", filter=Q(state__in=UNDER_WAY))
    rows: Any = opened.exclude(**{column: None}).values_list(column).annotate(many=Count("pk"), still=still)
    return {code: (many, still) for code, many, still in rows}


def _by_road(opened: QuerySet[Case]) -> dict[str, tuple[int, int]]:
    placed = opened.filter(placement__longitude__isnull=False)
    rows = list(placed.values_list("placement__longitude", "placement__latitude", "state"))
    roads = roads_of([(longitude, latitude) for longitude, latitude, _state in rows])  # type: ignore[misc]
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for road, (_lon, _lat, state) in zip(roads, rows, strict=True):
        if road:
            counts[road][0] += 1
            counts[road][1] += state in UNDER_WAY
    return {road: (many, still) for road, (many, still) in counts.items()}


def _names(kind: str, codes: Sequence[str]) -> dict[str, str]:
    if kind == AreaKind.ROAD:
        return {code: road_words(code) for code in codes}
    if kind == AreaKind.GRID:
        return dict(Grid.objects.filter(code__in=codes).order_by("layer__version").values_list("code", "name"))
    found = Area.objects.filter(code__in=codes, level=Level.COMMUNITY).order_by("valid_from").select_related("parent")
    return {area.code: f"{area.parent.short_name if area.parent else ''}{area.short_name}" for area in found.defer("wkb")}


def _in_place(place: str) -> Q:
    kind, _colon, code = place.partition(":")
    return lies_in(kind, code) if kind in AreaKind.values else NOWHERE


def _between(column: str, since: date, until: date) -> Q:
    return Q(**{f"{column}__gte": _midnight(since), f"{column}__lt": _midnight(until + timedelta(days=1))})


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
