"""GET /api/v1/who: the same answer for other systems, units and posts but never persons (7.5)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.organisations.models import Appointment, Person, Post, PostKind
from wenming.territory.tests.conftest import areas, cells, layer, middle_of  # noqa: F401 - the city of four squares

WEST = dict(zip(("longitude", "latitude"), middle_of(0, 0), strict=True))


@pytest.fixture
def on_the_map(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    """The city of four squares is in force, and somebody heads the sanitation department."""
    post = Post.objects.create(unit=small_city.sanitation, kind=PostKind.HEAD, title="处长")
    Appointment.objects.create(post=post, person=Person.objects.create(name="不出门的名字"), valid_from="2026-01-01")
    return small_city


def test_the_unit_its_post_and_the_line_that_says_so(client: Client, on_the_map: SimpleNamespace) -> None:
    answer = client.get("/api/v1/who", {**WEST, "problem_type": "TEST:E0192", "at": "2026-11-16T10:00:00"})
    told = answer.json()
    assert answer.status_code == 200, told
    assert told["accountable"] == {"code": "SAN", "name": "环卫处", "post": "处长"}
    assert told["rule"] == {"number": 1, "basis": "权责清单第一条"}
    assert told["works_then"] is True and told["findings"] == []
    assert "不出门的名字" not in answer.content.decode()


def test_a_gap_is_an_answer_too(client: Client, on_the_map: SimpleNamespace) -> None:
    told = client.get("/api/v1/who", {**WEST, "problem_type": "TEST:C0101"}).json()
    assert told["accountable"] is None
    assert [one["kind"] for one in told["findings"]] == ["gap"] and told["findings"][0]["what_to_do"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"problem_type": "TEST:E0192"}, 422, id="no point and no component"),
        pytest.param({**WEST, "problem_type": "TEST:E9999"}, 404, id="no such type"),
        pytest.param({"component": "0000000000000000", "problem_type": "TEST:E0192"}, 404, id="no such component"),
        pytest.param({**WEST}, 422, id="no matter"),
        pytest.param({**WEST, "problem_type": "TEST:E0192", "person": "1"}, 422, id="an unknown parameter"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    client: Client, on_the_map: SimpleNamespace, asked: dict[str, str], status: int
) -> None:
    answer = client.get("/api/v1/who", asked)
    assert answer.status_code == status and {"code", "message"} <= set(answer.json())
