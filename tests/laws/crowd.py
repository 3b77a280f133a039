"""A city with rows in it, for the law that counts the statements of pages: `crowd.add(3)` adds three of everything they show."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import shapely
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.models import BlackSpot, BoundaryCase, Case, Topic, TopicMessage
from wenming.cases.rules.spot_life import SpotState
from wenming.evidence.models import Exhibit, HintKind, Kind, Original, PhotoHint, PublicCopy, Role
from wenming.observations.models import PatrolPlan, PatrolPoint
from wenming.observations.patrols.services import see_point
from wenming.responsibilities.models import ClosureReport
from wenming.standards.drafts.services import edit_types, open_draft
from wenming.standards.focus.services import load_focuses, publish_focus
from wenming.standards.models import FocusEdition
from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
from wenming.territory.components.services import Drawn, Facts, correct_component, register_component
from wenming.territory.models import (
    Area,
    Grid,
    GridDraft,
    GridKind,
    GridLayer,
    Landmark,
    Level,
    Placement,
    Road,
    Source,
)

from . import crowd_territory

LON, LAT, STEP = 113.38, 22.51, 0.004
MOST = 8
Report = Callable[..., Any]


class Crowd:
    """Rows of every kind: `add(2)`, ask the pages, `add(3)`, ask again."""

    def __init__(self, city: SimpleNamespace, report: Report) -> None:
        self.city, self.report, self.many, self.now = city, report, 0, timezone.now()
        self.focus = _focus(city, self.now - timedelta(days=400))
        self.layer = GridLayer.objects.create(kind=GridKind.BLOCK, version=1, published_at=self.now)
        city_area = _area("442000", Level.CITY, "演示市", None)
        # All ground at once: which grid a point lies in is kept in memory for each edition of the grids.
        self.grids = [self._ground(number, city_area) for number in range(MOST)]
        self.draft = open_draft("缩短时限", by=city.officer, now=self.now)
        self.grid_draft: GridDraft
        self.proof: ClosureReport
        crowd_territory.begin(self)

    def add(self, many: int) -> None:
        for number in range(self.many, self.many + many):
            _One(self, number).live()
        self.many += many
        raise_due_patrols(self.now)
        for point in PatrolPoint.objects.filter(looks=None):
            item = self.focus.items.all()[0]
            see_point(
                point, seen="checked", answers={item: "fail"}, seen_at=self.now, by=self.city.supervisor, now=self.now,
                report_of=lambda _item: self.report(now=self.now).report,
            )  # fmt: skip

    def _ground(self, number: int, city_area: Area) -> Grid:
        """A town with a community, a grid, a road and a market."""
        lon, lat = where(number)
        town = _area(f"4420001{number:02d}", Level.TOWN, f"第{number}街道", city_area)
        community = _area(f"4420001{number:02d}001", Level.COMMUNITY, f"第{number}社区", town)
        grid = Grid(layer=self.layer, code=f"4420001{number:02d}001001", name=f"网格{number}", community=community)
        grid.set_geometry(shapely.Point(lon, lat).buffer(STEP / 2))
        grid.save()
        road = Road(name=f"第{number}路", town=town)
        road.set_geometry(shapely.LineString([(lon - 0.001, lat), (lon + 0.001, lat)]))
        road.save()
        Landmark.objects.create(name=f"第{number}市场", kind="农贸市场", longitude=lon, latitude=lat, town=town)
        return grid


class _One:
    """One of everything, in a town of its own."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number, self.now, self.city = crowd, number, crowd.now, crowd.city
        self.lon, self.lat = where(number)
        self.grid = crowd.grids[number]
        self.community = self.grid.community
        assert self.community.parent is not None
        self.town = self.community.parent

    def live(self) -> None:
        closed, disputed, beside = (self._case() for _each in range(3))
        Case.objects.filter(pk=closed.pk).update(state="closed", closed_at=self.now, unit=self.city.sanitation)
        cases.hand_back(disputed, reason="在内街", owner=self.city.east, by=self.city.handler, now=self.now)
        BoundaryCase.objects.create(case=beside, unit=self.city.east, metres=20, at=self.now)
        self._plan()
        self._hint(beside, disputed)
        self._topic(beside)
        self._spot()
        self._component()
        self._edit()
        crowd_territory.add(self)

    def _case(self) -> Case:
        begun, desk = self.now - timedelta(days=2), self.city.dispatcher
        case = cases.collect(self.crowd.report(now=begun, text=f"第{self.number}路的桶满了").report, now=begun)
        place = self._place()
        Case.objects.filter(pk=case.pk).update(placement=place, town_code=self.town.code)
        case = cases.establish(case, problem_type=self.city.overflow, rule=self.city.four_hours, by=desk, now=begun)
        return cases.dispatch(case, to=self.city.sanitation, by=desk, now=begun)

    def _place(self) -> Placement:
        return Placement.objects.create(
            longitude=self.lon, latitude=self.lat, source=Source.MAP, address=f"第{self.number}路口", created_at=self.now,
            town=self.town, community=self.community, grid=self.grid, layer=self.crowd.layer,
        )  # fmt: skip

    def _plan(self) -> None:
        PatrolPlan.objects.create(
            focus_code="corners", area_kind="town", area_code=self.town.code, area_name=self.town.short_name,
            unit=self.city.centre, cycle_days=7, starts_on=timezone.localdate(self.now), made_at=self.now,
        )  # fmt: skip

    def _hint(self, case: Case, other: Case) -> None:
        one, another = (self._exhibit(each) for each in (case, other))
        facts = {
            "same_file": False, "mirrored": False, "shown_percent": 100, "agreeing_percent": 99, "seconds": 60
        }  # fmt: skip
        PhotoHint.objects.create(exhibit=one, kind=HintKind.REUSED, other=another, facts=facts, at=self.now)

    def _exhibit(self, case: Case) -> Exhibit:
        digest = f"sha256:{uuid.uuid4().hex * 2}"
        original = Original.objects.create(
            digest=digest, size_bytes=1, media_type="image/jpeg", kind=Kind.PHOTO, stored_name=digest, width_px=1,
            height_px=1, received_at=self.now,
        )  # fmt: skip
        PublicCopy.objects.create(
            original=original, digest=digest, stored_name=digest, width_px=1, height_px=1, thumb_digest=digest,
            thumb_stored_name=digest, thumb_width_px=1, thumb_height_px=1,
        )  # fmt: skip
        return Exhibit.objects.create(
            original=original, role=Role.AFTER, subject_type="case", subject_id=case.number, added_at=self.now
        )

    def _topic(self, case: Case) -> None:
        report = case.case_reports.get().report
        topic, _new = Topic.objects.get_or_create(
            number=f"R26-{self.number:04d}",
            defaults={"name": f"话题{self.number}", "typical": report, "shortest": report, "found_at": self.now},
        )
        TopicMessage.objects.create(report=report, topic=topic, person=1, at=report.received_at, joined_at=self.now)
        first = Topic.objects.order_by("number")[0]
        if first.pk != topic.pk:
            another = self._case().case_reports.get().report
            person = self.number + 1
            TopicMessage.objects.create(report=another, topic=first, person=person, at=another.received_at, joined_at=self.now)

    def _spot(self) -> None:
        since = self.now - timedelta(days=30)
        BlackSpot.objects.create(
            number=f"H26-{self.number:04d}", state=SpotState.WATCH, problem_type=self.city.overflow, cell_east=self.number,
            cell_north=self.number, placement=self._place(), periods=[1] * 12, expected=1, recurs=True, counted_at=since,
            usual=1, watched_since=since, found_at=since, moved_at=since, unit=self.city.sanitation,
        )  # fmt: skip

    def _component(self) -> None:
        made = register_component(
            f"442000010100{self.number + 1:04d}", Facts("TEST:C0101", owner=self.city.sanitation),
            Drawn(shapely.Point(self.lon, self.lat), address=f"第{self.number}路"), on=date(2026, 3, 1), by=self.city.officer,
            now=self.now,
        )  # fmt: skip
        owners = (self.city.east, self.city.sanitation)
        for turn in range(self.number + 1):
            facts = Facts("TEST:C0101", owner=owners[turn % 2], supervisor=self.city.east, caretaker=self.city.sweepers)
            correct_component(made, facts, reason="换了", on=date(2026, 3, 2), by=self.city.officer, now=self.now)

    def _edit(self) -> None:
        content = {
            "kind": "incident", "code": f"01{20 + self.number}", "name": f"新小类{self.number}", "public": "rubbish",
            "do_roles": ["环卫机构"], "sup_roles": [],
            "rules": [{"was": None, "condition": "有", "close_condition": "没有", "limit": "2h"}],
        }  # fmt: skip
        edit_types(self.crowd.draft, [("add", f"E01{20 + self.number}", content)], by=self.city.officer, now=self.now)


def where(number: int) -> tuple[float, float]:
    """The middle of one of the towns."""
    return LON + STEP * number, LAT + STEP * number


def _area(code: str, level: str, name: str, parent: Area | None) -> Area:
    area = Area(code=code, level=level, name=name, short_name=name, kind="街道", parent=parent, valid_from=date(2020, 1, 1))
    area.set_geometry(shapely.box(113.3, 22.4, 113.5, 22.6))
    area.save()
    return area


def _focus(city: SimpleNamespace, now: datetime) -> FocusEdition:
    """卫生死角 by this city's own scheme, and near its markets."""
    load_focuses(by=None, now=now)
    items = (ItemFacts("C1", "没有积存垃圾", "有垃圾记不合格", "TEST:E0192"), ItemFacts("C2", "没有污水", "有污水记不合格"))
    facts = FocusFacts(
        "corners", "卫生死角", 6, 7, ("TEST:E01*",), items, near_kinds=("农贸市场",), near_m=150, source="测试"
    )
    return publish_focus(facts, reason="本市编码", seen_version=1, by=city.officer, now=now)
