"""部件 in the offline pack: those of the area, compactly, with a limit that is said; a find tapped offline finds its owner."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.components import link_of
from wenming.cases.models import Case
from wenming.cases.proposals import proposal
from wenming.desks.field import components_pack
from wenming.responsibilities.services import add_matrix_entry
from wenming.territory.components.services import Drawn, Facts, register_component, retire_component
from wenming.territory.models import Area, Component, Level

Sit = Callable[..., Client]
LON, LAT = 113.385, 22.525
A_METRE = 1 / 111_320


@pytest.fixture
def town(small_city: SimpleNamespace) -> Area:
    """The eastern town of the map, in which EAST's patrol walks."""
    made: dict[str, Area] = {}
    boxes = {"442000": (113.3, 113.5), "442000002": (113.3, 113.4), "442000004": (113.4, 113.5)}
    for code, (west, east) in boxes.items():
        area = Area(
            code=code, level=Level.CITY if len(code) == 6 else Level.TOWN, name=code, short_name=code, kind="街道",
            valid_from=date(2020, 1, 1), label_lon=(west + east) / 2, label_lat=22.5, parent=made.get("442000"),
        )  # fmt: skip
        area.set_geometry(shapely.box(west, 22.4, east, 22.6))
        area.save()
        made[code] = area
    return made["442000002"]


@pytest.fixture
def stand(town: Area, small_city: SimpleNamespace) -> Callable[..., Component]:
    """`stand(1)`: a manhole cover of the sanitation department one metre north of where the patrol stands."""

    def registered(metres: float, *, number: int = 1, east: float = 0.0, shape: Any = None, **told: Any) -> Component:
        point = shapely.Point(LON + east, LAT + metres * A_METRE)
        facts = Facts("TEST:C0101", **({"owner": small_city.sanitation} | told))
        code = f"4420000101{number:06d}"
        return register_component(code, facts, Drawn(shape or point), on=date(2026, 3, 1), by=small_city.officer, now=timezone.now())

    return registered


@pytest.fixture
def patrol(sit_down: Sit, small_city: SimpleNamespace, town: Area) -> Client:
    return sit_down(small_city.east_patrol)


def kept(phone: Client) -> dict[str, Any]:
    return phone.get("/field/pack/components/").json()  # type: ignore[no-any-return]


def test_a_row_says_code_kind_place_and_owner(patrol: Client, stand: Callable[..., Component]) -> None:
    cover, nobodys = stand(0), stand(111.32, number=2, owner=None, name="路口的")

    told = kept(patrol)

    assert [told["prefix"] + row[0] for row in told["rows"]] == [cover.code, nobodys.code], "the nearer to the middle first"
    (_a, kind, x, y, owner), (_b, _kind, _x, other_y, nobody, name) = told["rows"]
    assert (told["kinds"][kind], told["owners"][owner], told["owners"][nobody], name) == ("上水井盖", "环卫处", "", "路口的")
    west, south = told["origin"]
    assert ((west + x) / told["per_degree"], (south + y) / told["per_degree"]) == pytest.approx((LON, LAT))
    assert other_y - y == 100 and not told["cut"]


def test_what_is_longer_than_a_point_is_kept_with_its_extent(patrol: Client, stand: Callable[..., Component]) -> None:
    stand(0, shape=shapely.LineString([(LON, LAT), (LON + 0.0005, LAT + 0.0002)]))

    assert kept(patrol)["rows"][0][5:] == ["", 50, 20]


def test_only_what_stands_in_ones_own_town(patrol: Client, stand: Callable[..., Component], small_city: SimpleNamespace) -> None:
    stand(0)
    stand(0, number=2, east=0.05)
    gone = stand(5, number=3)
    retire_component(gone, reason="拆了", on=date(2026, 4, 1), by=small_city.officer, now=timezone.now())

    assert len(kept(patrol)["rows"]) == 1


def test_the_limit_is_kept_and_said(
    patrol: Client, stand: Callable[..., Component], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 4):
        stand(n, number=n)
    monkeypatch.setattr(components_pack, "MOST_COMPONENTS", 3)
    assert not kept(patrol)["cut"]

    monkeypatch.setattr(components_pack, "MOST_COMPONENTS", 2)

    told = kept(patrol)
    assert told["cut"] and told["most"] == 2 and len(told["rows"]) == 2
    assert "只存了离要看的地方最近的 {n} 个" in patrol.get("/field/me/").content.decode()


def test_the_pack_names_a_version_that_changes_with_the_register(patrol: Client, stand: Callable[..., Component]) -> None:
    stand(0)
    first = patrol.get("/field/pack/").json()["components"]
    assert first["url"] == "/field/pack/components/"
    assert patrol.get("/field/pack/").json()["components"] == first

    stand(3, number=2)

    assert patrol.get("/field/pack/").json()["components"]["version"] != first["version"]


def test_where_there_is_nothing_to_take_along_nothing_is_asked(
    desk: Client, patrol: Client, sit_down: Sit, stand: Callable[..., Component], small_city: SimpleNamespace
) -> None:
    stand(0)
    assert desk.get("/field/pack/").json()["components"] is None, "no town of one's own, and nothing to look at"
    assert sit_down(small_city.officer).get("/field/pack/components/").status_code == 403, "the office finds nothing on the street"
    assert kept(desk)["rows"] == []


def test_what_was_tapped_offline_leads_the_case_to_its_owner(
    patrol: Client, stand: Callable[..., Component], small_city: SimpleNamespace
) -> None:
    """As the outbox sends it, hours later: the code out of the pack, and the owner answers as online."""
    cover = stand(6, owner=small_city.sweepers)
    told = kept(patrol)
    given = {
        "client_id": str(uuid.uuid4()), "text": "裂了", "longitude": str(LON), "latitude": str(LAT), "accuracy_m": "8",
        "component": told["prefix"] + told["rows"][0][0], "kept_by": "east_patrol", "seen_at": timezone.now().isoformat(),
    }  # fmt: skip
    assert patrol.post("/field/find/", given, HTTP_ACCEPT="application/json").status_code == 201

    case = Case.objects.get()
    link = link_of(case)
    assert link and link.component == cover and link.how == "field"
    today = timezone.localdate()
    add_matrix_entry(type_pattern="C*", accountable="owner", basis="谁的设施谁管", on=today, by=small_city.officer, now=timezone.now())
    case = cases.change_type(case, to=small_city.manhole, rule=None, by=small_city.dispatcher, now=timezone.now())
    offered = proposal(case, timezone.now())
    assert offered.unit == small_city.sweepers and cover.code in offered.suggestion.answer.why


@pytest.mark.django_db
def test_five_thousand_weigh_less_than_a_photo() -> None:
    """As large as it may be: names as in a real register, drawn without one."""
    sample = [
        Component(
            code=f"44200001{n % 40 + 1:02d}{n:06d}", kind_code=f"TEST:C01{n % 40 + 1:02d}", name="" if n % 3 else f"{n} 号灯杆",
            min_lon=LON + n % 71 * 0.0007, max_lon=LON + n % 71 * 0.0007, min_lat=LAT + n // 71 * 0.0005, max_lat=LAT + n // 71 * 0.0005,
        )
        for n in range(components_pack.MOST_COMPONENTS)
    ]  # fmt: skip
    raw = json.dumps(components_pack.compact(sample), separators=(",", ":"), ensure_ascii=False).encode()

    assert len(raw) < 200_000 and len(gzip.compress(raw)) < 80_000, (len(raw), len(gzip.compress(raw)))
