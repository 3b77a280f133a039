"""A small city on a small map, and one photograph that knows too much."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import case_of
from wenming.cases.tests.story import SHANGHAI, report, reported_case, small_city
from wenming.evidence.models import Role, Subject
from wenming.evidence.services import take_in
from wenming.journal import worker
from wenming.observations.models import Report
from wenming.territory.models import Area, Landmark
from wenming.territory.rules.geometry import label_point

__all__ = ["report", "reported_case", "small_city"]
CANARY = b"CANARY-Li-Xiaoming"
INSIDE, OUTSIDE = (113.385, 22.525), (110.0, 20.0)
HANDED_IN = datetime(2026, 11, 16, 9, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def own_blobs(tmp_path: Path, settings: Any) -> None:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)


@pytest.fixture
def photo() -> Callable[..., SimpleUploadedFile]:
    """`photo("red")`: a photograph whose file carries a name that must never come out again."""

    def take(colour: str = "tan", name: str = "mmexport1700000000000-lixiaoming.jpg") -> SimpleUploadedFile:
        file, about = io.BytesIO(), Image.Exif()
        about[0x010E] = CANARY.decode()
        Image.new("RGB", (640, 480), colour).save(file, "JPEG", exif=about)
        return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")

    return take


@pytest.fixture
def mapped_city(small_city: SimpleNamespace) -> SimpleNamespace:
    """The small city with two square towns side by side and six houses in one street of the eastern one."""
    box = shapely.box(113.38, 22.52, 113.40, 22.53)
    small_city.area = _area("442000", "演示市", "city", None, box)
    small_city.east_area = _area(
        "442000002", "东区", "town", small_city.area, shapely.box(113.38, 22.52, 113.39, 22.53)
    )
    small_city.west_area = _area(
        "442000004", "西区", "town", small_city.area, shapely.box(113.39, 22.52, 113.40, 22.53)
    )
    for number in range(6):
        Landmark.objects.create(
            name=f"小店{number}", road="起湾道", number=10 + 2 * number, longitude=INSIDE[0] + number * 1e-5,
            latitude=INSIDE[1], town=small_city.east_area,
        )  # fmt: skip
    return small_city


@pytest.fixture
def solved(small_city: SimpleNamespace, photo: Callable[..., SimpleUploadedFile]) -> Callable[[Report], Case]:
    """`solved(report)`: the whole way through the office, with a photograph afterwards."""

    def solve(of: Report) -> Case:
        case, city = case_of(of) or cases.collect(of, now=HANDED_IN), small_city
        ten, answered, two = (HANDED_IN + timedelta(hours=hours) for hours in (1, 2, 5))
        case = cases.establish(case, problem_type=city.overflow, rule=city.four_hours, by=city.dispatcher, now=ten)
        case = cases.dispatch(case, to=city.sanitation, by=city.dispatcher, now=ten)
        case = cases.answer(case, text="桶已清运", done=["清理"], by=city.handler, now=answered)
        take_in(photo("green"), role=Role.AFTER, subject=Subject("case", case.number), by=city.handler, now=answered)
        case = cases.pass_verification(case, note="内部：老王去看的", by=city.supervisor, now=two)
        return cases.close(case, by=city.dispatcher, now=datetime.now(UTC))

    return solve


@pytest.fixture
def work() -> Callable[[], object]:
    """The worker's turn: whatever the journal has waiting happens now."""
    return worker.run_waiting


def _area(code: str, name: str, level: str, parent: Area | None, shape: Any) -> Area:
    made = Area(code=code, name=name, short_name=name, level=level, kind=level, parent=parent, valid_from="2022-01-01")
    made.set_geometry(shape)
    made.label_lon, made.label_lat = label_point(shape)
    made.save()
    return made
