"""边界案件 at the unit desk: what happens just beyond our border."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from django.test import Client
from django.utils import timezone

from wenming.cases.models import BoundaryCase, Case

Bring = Callable[..., Case]


def test_a_neighbour_reads_it_and_can_do_nothing(
    dispatched: Bring, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    case = dispatched()
    address = f"/unit/cases/{case.number}/"
    town, stranger = sit_down(small_city.east_handler), sit_down(small_city.west_handler)
    assert town.get(address).status_code == 404
    BoundaryCase.objects.create(case=case, unit=small_city.east, metres=12, at=timezone.now())

    listed = town.get("/unit/beside/").content.decode()
    assert case.number in listed and "12 米" in listed and "环卫处" in listed
    page = town.get(address).content.decode()
    assert "知道就行，不用办" in page and "提交回复" not in page and "退回" not in page
    assert town.post(f"{address}answers/", {"done": "清理"}).status_code == 404
    assert case.number not in town.get("/unit/").content.decode()
    assert stranger.get(address).status_code == 404


def test_nothing_beside_is_said(desk: Client) -> None:
    assert "现在没有" in desk.get("/unit/beside/").content.decode()


def test_the_office_sets_the_distance(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> None:
    office = sit_down(small_city.officer)
    assert 'value="30"' in office.get("/admin/matrix/").content.decode()

    office.post("/admin/matrix/boundary/", {"metres": "60"})
    assert 'value="60"' in office.get("/admin/matrix/").content.decode()
    office.post("/admin/matrix/boundary/", {"metres": "9000"})
    assert 'value="60"' in office.get("/admin/matrix/").content.decode(), "too far"
