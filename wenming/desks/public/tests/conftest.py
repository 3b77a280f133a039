"""A small city on a small map, and one photograph that knows too much."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import case_of
from wenming.cases.tests.story import SHANGHAI, report, reported_case, sent_out, small_city
from wenming.desks.common.tests.outside import INSIDE, OUTSIDE, own_blobs, two_towns, work
from wenming.evidence.models import Role, Subject
from wenming.evidence.services import take_in
from wenming.observations.models import Report
from wenming.territory.models import Landmark

__all__ = ["INSIDE", "OUTSIDE", "own_blobs", "report", "reported_case", "small_city", "two_towns", "work"]
CANARY = b"CANARY-Li-Xiaoming"
HANDED_IN = datetime(2026, 11, 16, 9, tzinfo=SHANGHAI)


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
def mapped_city(two_towns: SimpleNamespace) -> SimpleNamespace:
    """The two towns and six houses in one street of the eastern one."""
    for number in range(6):
        Landmark.objects.create(
            name=f"小店{number}", road="起湾道", number=10 + 2 * number, longitude=INSIDE[0] + number * 1e-5,
            latitude=INSIDE[1], town=two_towns.east_area,
        )  # fmt: skip
    return two_towns


@pytest.fixture
def solved(small_city: SimpleNamespace, photo: Callable[..., SimpleUploadedFile]) -> Callable[[Report], Case]:
    """`solved(report)`: the whole way through the office, with a photograph afterwards."""

    def solve(of: Report) -> Case:
        case, city = case_of(of) or cases.collect(of, now=HANDED_IN), small_city
        ten, answered, two = (HANDED_IN + timedelta(hours=hours) for hours in (1, 2, 5))
        case = sent_out(case, city, now=ten)
        case = cases.answer(case, text="桶已清运", done=["清理"], by=city.handler, now=answered)
        take_in(photo("green"), role=Role.AFTER, subject=Subject("case", case.number), by=city.handler, now=answered)
        case = cases.pass_verification(case, note="内部：老王去看的", by=city.supervisor, now=two)
        return cases.close(case, by=city.dispatcher, now=datetime.now(UTC))

    return solve
