"""盲复核 at its desks: the field looks without knowing, the office reads what it means beside the closed rate."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case, Recheck, RecheckDraw
from wenming.cases.rules.lifecycle import State
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, at
from wenming.observations.services import Where
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import open_account
from wenming.territory.models import Area, Level

JANUARY = at("11-16 09:00").replace(year=2027, month=1, day=4)


@pytest.fixture
def drawn(small_city: SimpleNamespace, case_of: Callable[..., Case]) -> Recheck:
    """One case of the east town, closed in November, that fell to the west town's patrol."""
    small_city.west_patrol = open_account(
        username="west_patrol", display_name="西区网格员", role=Role.FIELD, unit=small_city.west, password="test-Only-2026",
        by=None, now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip
    east = Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=FOUNDED
    )
    case_of("close", where=Where(address="民权路 33 号", town=east), client_id=str(uuid.uuid4()))
    cases.draw_rechecks(JANUARY)
    return Recheck.objects.select_related("case").get()


def test_the_page_in_the_field_is_blind(
    sit_down: Callable[..., Client], drawn: Recheck, small_city: SimpleNamespace
) -> None:
    phone = sit_down(small_city.west_patrol)
    assert "盲复核 1" in phone.get("/field/").content.decode()

    page = phone.get(f"/field/recheck/{drawn.pk}/").content.decode()

    assert "民权路 33 号" in page and "桶满了两天没人收" in page
    told = (drawn.case.number, "环卫处", "已清运", "干净了", "指挥中心", small_city.supervisor.username)
    assert not [word for word in told if word in page], "neither whose it was, nor what was done or found"
    assert phone.get(f"/field/task/{drawn.case.number}/").status_code == 404


def test_only_the_unit_it_fell_to_looks(
    sit_down: Callable[..., Client], drawn: Recheck, small_city: SimpleNamespace
) -> None:
    for who in (small_city.east_patrol, small_city.supervisor):
        assert sit_down(who).get(f"/field/recheck/{drawn.pk}/").status_code == 404
    duty = f"/unit/duties/{drawn.duty_id}/"
    unit = sit_down(small_city.west_handler)
    assert "由本单位巡查人员" in unit.get(duty).content.decode()
    assert unit.post(f"{duty}answers/", {"text": "看过了"}).status_code == 404, "nobody answers from the desk"


def test_unsolved_without_a_reason_is_asked_for_it(
    sit_down: Callable[..., Client], drawn: Recheck, small_city: SimpleNamespace
) -> None:
    phone = sit_down(small_city.west_patrol)

    assert phone.post(f"/field/recheck/{drawn.pk}/findings/", {"found": "unsolved"}).status_code == 422
    assert phone.post(f"/field/recheck/{drawn.pk}/findings/", {}).status_code == 422


def test_what_was_found_stands_beside_the_closed_rate(
    sit_down: Callable[..., Client], desk: Client, drawn: Recheck, small_city: SimpleNamespace
) -> None:
    phone, address = sit_down(small_city.west_patrol), f"/field/recheck/{drawn.pk}/findings/"
    assert phone.post(address, {"found": "unsolved", "why_no": "还在原处"}).status_code == 302

    drawn.case.refresh_from_db()
    assert drawn.case.state == State.ESTABLISHED
    assert phone.get(f"/field/recheck/{drawn.pk}/").status_code == 404, "it is done"
    stats = desk.get("/office/stats/?since=2026-11-01&until=2026-11-30&by=town").content.decode()
    assert "2026 年第 4 季度盲复核，全市假结案率 100.0%" in stats and "全查" in stats
    table = desk.get("/office/rechecks/").content.decode()
    page = f"/office/rechecks/{RecheckDraw.objects.get().pk}/"
    assert f'<a href="{page}?found=unsolved">1</a>' in table
    shown = desk.get(f"{page}?found=unsolved").content.decode()
    assert drawn.case.number in shown and "还在原处" in shown and "种子" in shown
    assert drawn.case.number not in desk.get(f"{page}?found=again").content.decode()


def test_the_lot_is_drawn_again_on_the_page(desk: Client, drawn: Recheck) -> None:
    page = desk.get(f"/office/rechecks/{drawn.draw_id}/").content.decode()

    assert "结果一致" in page and drawn.draw.seed in page and drawn.case.number in page


def test_before_any_draw_there_is_nothing_to_show(desk: Client, small_city: SimpleNamespace) -> None:
    assert "还没有抽过" in desk.get("/office/rechecks/").content.decode()
    assert "季度盲复核" not in desk.get("/office/stats/").content.decode()
