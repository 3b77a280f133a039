"""门前三包 at the unit desk: a town, a community and a contractor each see their own ground, and what is due there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

from django.test import Client
from django.utils import timezone

from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.evidence.services import Prepared
from wenming.organisations.models import UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.responsibilities.frontages.services import (
    Covered,
    draw_up_agreement,
    make_contract,
    open_matter,
    take_step,
)
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.responsibilities.tests.streets import serve

SitDown = Callable[..., Client]


def read(client: Client) -> str:
    answer = client.get("/unit/frontages/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_town_sees_its_streets_and_no_other_town_does(street_city: SimpleNamespace, sit_down: SitDown) -> None:
    today = timezone.localdate()
    draw_up_agreement(
        street_city.noodles, since=today, to=today + timedelta(days=365), by=street_city.officer, now=MONDAY
    )

    page = read(sit_down(street_city.east_handler))
    assert "管理路段 1 条，沿街 3 家" in page and "60.0 米没有人负责" in page, "the south side is nobody's"
    assert "起草了还没有签" in page and "还没有书面告知" in page and "清和茶铺" in page

    other = read(sit_down(street_city.west_handler))
    assert "管理路段 0 条，沿街 0 家" in other and "清和茶铺" not in other and "民权路" not in other


def test_a_door_is_found_by_its_number_name_or_plate_on_own_ground_alone(street_city: SimpleNamespace, sit_down: SitDown) -> None:
    town = sit_down(street_city.east_handler)

    def found(words: str, client: Client = town) -> str:
        return str(client.get("/unit/frontages/", {"q": words}).content.decode()).partition('id="doors"')[2].partition("</section>")[0]

    assert "清和茶铺" in found("") and "清和茶铺" in found(" 茶铺") and street_city.noodles.name not in found("茶铺")
    assert street_city.noodles.name in found(street_city.noodles.number.lower()) and f"/unit/frontages/{street_city.noodles.number}/" in found("")
    assert "没有" in found("没有这一家") and "沿街 3 家" in town.get("/unit/frontages/", {"q": "没有这一家"}).content.decode()
    assert found("茶铺", sit_down(street_city.west_handler)) == ""


def test_open_steps_stand_with_their_deadlines_what_is_due_first_in_front(
    told: SimpleNamespace, sit_down: SitDown, photo: Callable[[], Prepared]
) -> None:
    later = open_matter(told.noodles, duty="order", what="货物出店", by=told.officer, now=MONDAY)
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY, photos=[photo()])
    step = take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY + timedelta(minutes=1))
    page = read(sit_down(told.east_handler))
    assert "还没有送达" in page and "还没有发文书" in page

    serve(step.document, told, MONDAY + timedelta(hours=1))
    page = read(sit_down(told.east_handler))
    assert page.index(matter.number) < page.index(later.number)
    assert step.document.number in page and ("改正期内" in page or "期满，等现场查看" in page or "快到期" in page)


def test_a_community_sees_its_own_doors(street_city: SimpleNamespace, sit_down: SitDown) -> None:
    def at(code: str, name: str) -> Client:
        unit = found_unit(
            code=name, name=name, short_name=name, kind=UnitKind.COMMUNITY, parent=street_city.east, on=FOUNDED, by=None, now=FOUNDED_AT,
            area_code=code,
        )  # fmt: skip
        return sit_down(open_account(
            username=name, display_name=name, role=Role.HANDLER, unit=unit, password="test-Only-2026", by=None, now=FOUNDED_AT,
            must_change_password=False,
        ))  # fmt: skip

    assert "沿街 3 家" in read(at(street_city.community.code, "EAST1"))
    assert "沿街 0 家" in read(at("442000002002", "EAST2"))


def test_a_contractor_sees_the_doors_of_its_contract(street_city: SimpleNamespace, sit_down: SitDown) -> None:
    city = street_city
    make_contract(
        "HT-1", city.sweepers, town_code=city.town.code, since=MONDAY.date(), to=MONDAY.date() + timedelta(days=30), terms="每日两扫",
        promised_on_time_percent=95, areas=[Covered(city.street, "left", 0, 2_000)], listed=[], by=city.officer, now=MONDAY,
    )  # fmt: skip
    keeper = open_account(
        username="keeper1", display_name="keeper1", role=Role.HANDLER, unit=city.sweepers, password="test-Only-2026", by=None,
        now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip

    page = read(sit_down(keeper))
    assert "沿街 1 家" in page and "HT-1" in page and "约定按时办结率 95%" in page and "阿婆面馆" not in page
    assert "HT-1" in read(sit_down(city.east_handler)), "the town sees who sweeps for it"


def test_who_dispatches_for_the_whole_city_has_a_desk_of_their_own(street_city: SimpleNamespace, sit_down: SitDown) -> None:
    assert sit_down(street_city.officer).get("/unit/frontages/").status_code == 403
