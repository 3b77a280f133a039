"""The demo city's public places: a census half a year ago, looked at since, with pacts, guides, and gaps to be seen."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

import shapely
from django.db import transaction
from django.db.models import QuerySet

from wenming.cases.models import Case, CaseReport
from wenming.cases.rules.lifecycle import State
from wenming.observations.models import PlaceVerification, Report, SeenBy
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import PlaceEducation, PlaceGuide, PlacePact
from wenming.responsibilities.places.services import raise_due_verifications
from wenming.standards.models import PlaceChecklist
from wenming.standards.places.selectors import checklists
from wenming.standards.rules.place_checklist import tally
from wenming.territory.components.services import Drawn
from wenming.territory.models import Area, Landmark, Place, PlaceCondition, PlaceKind, PlaceOrigin, Road, Source
from wenming.territory.public_places.services import (
    NewPlace,
    PlaceTelling,
    PlaceWhere,
    correct_place,
    register_place,
    register_places,
    telling_of,
)

from .accounts import EAST, SHIQI
from .chance import chance
from .city import DemoCity

TOWNS = (SHIQI, EAST)
EACH = 2
SOURCE = "公共场所普查（演示数据）"
# kind: how the name ends, who manages it here (a unit's code, "town", or an invented company that is no unit).
KINDS: dict[str, tuple[str, str]] = {
    "road": ("", "SZ01"), "intersection": ("路口", "JJZD"), "lane": ("内街", "town"), "park": ("公园", "LH01"), "square": ("广场", "town"),
    "stadium": ("体育馆", "JTJ"), "cinema": ("影剧院", "晨光影业有限公司"), "campus": ("小学", "JTJ"), "shopping_street": ("步行街", "town"),
    "mall": ("百货", "万和百货有限公司"), "market": ("农贸市场", "town"), "station": ("汽车站", "JTYS"), "transport": ("路公交车", "JTYS"),
    "hotel": ("宾馆", "云来宾馆有限公司"), "entertainment": ("歌舞厅", ""), "site": ("住宅工地", "筑安建设有限公司"),
}  # fmt: skip
PACT = "爱护设施，不占道；垃圾入箱，不乱扔；轻声慢步，不喧哗；排队礼让，不插队；文明养犬，牵绳随行。"
POSTS = ("场长", "站长", "物业经理", "值班经理", "路段负责人")
AT_CASES = 6
PACT_ON_THE_WALL = "PA-1"
# Of a hundred: looked at since the census, with a pact, with guides, with education.
LOOKED, PACTS, GUIDES, TAUGHT = 70, 65, 45, 50


def build_public_places(city: DemoCity) -> None:
    """A census in two towns, what a patrol found beside it, what was promised, what is overdue, some cases there."""
    rng = chance(city.seed, "public places")
    census = city.now - timedelta(days=170)
    with transaction.atomic():
        made = register_places(list(_census(city, rng, census.date())), by=None, now=census, about=None, source=SOURCE)
    with transaction.atomic():
        _found_since(city)
        _lived(city, rng, made, census)
    _from_plates(city, made)
    raise_due_verifications(city.now)


def _census(city: DemoCity, rng: Random, on: date) -> list[NewPlace]:
    rows = []
    for town in TOWNS:
        area = Area.objects.defer("wkb").get(code=town, valid_to=None)
        landmarks = list(Landmark.objects.filter(town=area).order_by("pk"))
        rng.shuffle(landmarks)
        roads = list(Road.objects.filter(town=area).order_by("pk")[:EACH])
        for number, (kind, (ending, manager)) in enumerate(KINDS.items()):
            for nth in range(EACH):
                landmark = landmarks[(number * EACH + nth) % len(landmarks)]
                name, where = _named(kind, ending, landmark, roads[nth % len(roads)] if roads else None, area, nth)
                rows.append(NewPlace(_telling(city, rng, kind, name, manager, town), where, on, source=SOURCE))
    return rows


def _named(kind: str, ending: str, landmark: Landmark, road: Road | None, area: Area, nth: int) -> tuple[str, PlaceWhere]:
    if kind == "transport":
        return f"{area.short_name}{nth + 1} {ending}", PlaceWhere(None, area)
    if kind == "road" and road is not None and road.geometry is not None:
        parts = shapely.get_parts(road.geometry)
        return road.name, PlaceWhere(Drawn(max(parts, key=lambda part: part.length), address=road.name, source=Source.MAP))
    point = shapely.Point(landmark.longitude, landmark.latitude)
    return f"{landmark.road}{ending}", PlaceWhere(Drawn(point, address=landmark.address, source=Source.MAP))


def _telling(city: DemoCity, rng: Random, kind: str, name: str, manager: str, town: str) -> PlaceTelling:
    unit: Unit | None = city.units.get(town if manager == "town" else manager)
    company = manager if unit is None else ""
    condition = rng.choices(PlaceCondition.values, (10, 65, 20, 5))[0]
    post = rng.choice(POSTS) if rng.random() < 0.8 else ""
    return PlaceTelling(kind, name, manager=unit, manager_name=company, responsible_post=post, condition=condition)


def _found_since(city: DemoCity) -> None:
    """One place that the census had missed, found on patrol; one that changed."""
    day = city.now - timedelta(days=40)
    landmark = Landmark.objects.filter(town__code=SHIQI).order_by("-pk")[0]
    register_place(
        PlaceTelling(PlaceKind.LANE, f"{landmark.road}二巷", manager=city.units[SHIQI]),
        PlaceWhere(Drawn(shapely.Point(landmark.longitude, landmark.latitude), address=landmark.address)), on=day.date(), by=city.officer,
        now=day, origin=PlaceOrigin.PATROL,
    )  # fmt: skip
    market = Place.objects.filter(kind=PlaceKind.MARKET).select_related("manager").order_by("number")[0]
    telling = telling_of(market)
    correct_place(
        market, PlaceTelling(**{**vars(telling), "note": "二楼改为生鲜区"}), reason="市场改造完工", on=day.date(), by=city.officer, now=day
    )


def _lived(city: DemoCity, rng: Random, made: list[Place], since: datetime) -> None:
    """What was seen and promised at each, written in bulk as the services would tell it."""
    lists, inspector = checklists(), city.inspector(rng)
    looks, pacts, guides, taught = [], [], [], []
    for place in made:
        promised = rng.randrange(100) < PACTS
        if rng.randrange(100) < LOOKED:
            seen_at = city.now - timedelta(days=rng.randrange(5, 150))
            looks.append(_look(rng, place, lists[place.kind], seen_at, inspector, promised=promised))
        day = (since + timedelta(days=rng.randrange(10, 60))).date()
        if promised:
            pacts.append(PlacePact(place=place, version=1, text=PACT, posted_on=day, at=since, by=city.officer))
        if rng.randrange(100) < GUIDES:
            guides.append(
                PlaceGuide(place=place, weekdays=[1, 2, 3, 4, 5], begins=time(7), ends=time(10), since=day, at=since, by=city.officer)
            )
        if rng.randrange(100) < TAUGHT:
            taught.append(
                PlaceEducation(place=place, held_on=day, topic="垃圾分类和文明劝导", people=rng.randrange(12, 60), at=since, by=city.officer)
            )
    PlaceVerification.objects.bulk_create(looks)
    PlacePact.objects.bulk_create(pacts)
    PlaceGuide.objects.bulk_create(guides)
    PlaceEducation.objects.bulk_create(taught)
    _repeat(looks)


def _look(
    rng: Random, place: Place, checklist: PlaceChecklist, at: datetime, by: Account, *, promised: bool
) -> PlaceVerification:
    """promised: its pact is registered, so it was seen on the wall; where none is, none was."""
    answers = {item.key: rng.choices(("yes", "no", "none"), (80, 12, 8))[0] for item in checklist.asked if rng.random() < 0.95}
    if PACT_ON_THE_WALL in answers:
        answers[PACT_ON_THE_WALL] = "yes" if promised else "no"
    count = tally([item.key for item in checklist.asked], answers)
    return PlaceVerification(
        place=place, position=1, checklist=checklist, seen_on=at.date(), answers=answers, condition=place.condition, items=count.items,
        answered=count.answered, failed=count.failed, seen_by=SeenBy.FIELD, at=at, by=by,
    )  # fmt: skip


def _repeat(looks: list[PlaceVerification]) -> None:
    """The newest look, repeated on the place for lists."""
    for look in looks:
        place = look.place
        place.verified_on, place.due_on = look.seen_on, look.seen_on + timedelta(days=look.checklist.cycle_days)
        place.items, place.answered, place.failed = look.items, look.answered, look.failed
    Place.objects.bulk_update([look.place for look in looks], ["verified_on", "due_on", "items", "answered", "failed"])


def _from_plates(city: DemoCity, made: list[Place]) -> None:
    """Some solved cases were reported by the plates of places in their town."""
    by_town: dict[str, list[Place]] = {}
    for place in made:
        if place.placement.town and place.placement.point:
            by_town.setdefault(place.placement.town.code, []).append(place)
    for nth, case in enumerate(_solved()):
        there = by_town.get(case.town_code)
        if there:
            place = there[nth % len(there)]
            Case.objects.filter(pk=case.pk).update(place=place)
            Report.objects.filter(pk__in=CaseReport.objects.filter(case=case).values("report")).update(place=place)


def _solved() -> QuerySet[Case]:
    solved = Case.objects.filter(state=State.CLOSED, town_code__in=TOWNS, channel="web", public_when_closed=True)
    return solved.order_by("-closed_at", "-pk")[:AT_CASES]
