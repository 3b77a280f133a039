"""Two towns with one of everything each, for the laws that ask whose a thing is and what forms make of anything typed."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import shapely
from django.utils import timezone

from wenming.observations.models import PlaceProposal
from wenming.organisations.models import Unit
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import open_account
from wenming.responsibilities.models import FeeEntry, Handover, RosterMember, RosterRequest, ShopQuestion
from wenming.territory.models import Area, Grid, GridPost, Level, Premises
from wenming.territory.services import NewCell, publish_layer

from . import crowd_territory

LON, LAT, SIDE = 113.40, 22.52, 0.01
SINCE = date(2020, 1, 1)
TOWNS = ("442000002", "442000004")


def two_towns(city: SimpleNamespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """{what stands in an address: its value} of the east and of the west town."""
    now = timezone.now()
    boxes = [shapely.box(round(LON + n * SIDE, 7), LAT, round(LON + (n + 1) * SIDE, 7), LAT + SIDE) for n in range(2)]
    whole = _area("442000", Level.CITY, "演示市", shapely.union_all(boxes), None)
    towns = [_area(code, Level.TOWN, f"{name}街道", box, whole) for code, name, box in zip(TOWNS, "东西", boxes, strict=True)]
    homes = [_area(f"{town.code}001", Level.COMMUNITY, f"{town.name}社区", box, town) for town, box in zip(towns, boxes, strict=True)]
    cells = [NewCell(f"{home.code}001", home.name, home, box) for home, box in zip(homes, boxes, strict=True)]
    layer = publish_layer(kind="block", cells=cells, by=None, now=now - timedelta(days=9))
    crowd = SimpleNamespace(city=city, now=now, layer=layer)
    crowd_territory.begin(crowd)  # type: ignore[arg-type]
    found = []
    for number, (town, home) in enumerate(zip(towns, homes, strict=True)):
        centre = boxes[number].centroid
        one = SimpleNamespace(
            crowd=crowd, city=city, now=now, number=number, lon=centre.x, lat=centre.y, town=town, community=home,
            grid=Grid.objects.get(layer=layer, code=f"{home.code}001"),
        )  # fmt: skip
        crowd_territory.add(one)  # type: ignore[arg-type]
        crowd.many = number + 1
        crowd.grids = [one.grid] * 2
        found.append(_things(crowd, number))
    return found[0], found[1]


def lead_of(unit: Unit) -> Any:
    """The head of a unit: the small city has one of the sanitation department alone."""
    return open_account(
        username=f"lead-{unit.code.lower()}", display_name="负责人", role=Role.UNIT_LEAD, unit=unit, password="test-Only-2026", by=None,
        now=timezone.now(), must_change_password=False,
    )  # fmt: skip


def _things(crowd: Any, number: int) -> dict[str, Any]:
    names = crowd_territory.names_of(crowd)
    shop = Premises.objects.get(number=names["shop"])
    return {
        "number": crowd_territory.owed_at_a_place(crowd, number).number,
        "proposal": PlaceProposal.objects.filter(end=None, name__startswith=f"第{number}农贸").latest("pk").pk,
        **names, "place": f"11-{number:06d}", "street": f"DQ-{number:03d}", "contract": f"HT-{number}", "group": f"G-{number}",
        "agreement": shop.agreements.get().pk, "notice": shop.area_notices.get().document_id, "code": names["grid"],
        "fee": FeeEntry.objects.filter(premises=shop).latest("pk").pk, "question": ShopQuestion.objects.filter(premises=shop).latest("pk").pk,
        "request": RosterRequest.objects.filter(group__code=f"G-{number}").latest("pk").pk,
        "member": RosterMember.objects.filter(group__code=f"G-{number}").latest("pk").pk,
        "post": GridPost.objects.filter(covers=names["grid"]).latest("pk").pk,
        "handover": getattr(Handover.objects.filter(group__code=f"G-{number}").first(), "pk", 0),
    }  # fmt: skip


def _area(code: str, level: str, name: str, shape: Any, parent: Area | None) -> Area:
    made = Area(code=code, level=level, name=name, short_name=name, kind="街道", parent=parent, valid_from=SINCE)
    made.set_geometry(shape)
    made.label_lon, made.label_lat = shape.centroid.x, shape.centroid.y
    made.save()
    return made
