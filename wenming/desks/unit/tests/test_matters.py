"""门前事项 at the unit desk: a town and a community open one, look again and answer on their own ground, and on no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.evidence.services import Prepared
from wenming.evidence.tests.drawings import encoded, scene
from wenming.organisations.models import UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import NotAllowed
from wenming.responsibilities.frontages.services import (
    Covered,
    answer_question,
    ask_question,
    end_matter,
    look_again,
    make_contract,
    open_matter,
    say_mended,
    say_statement,
    take_step,
)
from wenming.responsibilities.models import FrontageMatter, MatterNote
from wenming.responsibilities.rules.frontage_steps import StepKind

SitDown = Callable[..., Client]


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("门前.jpg", encoded(scene(7, 160, 120), quality=70), "image/jpeg")


def door(city: SimpleNamespace) -> str:
    return f"/unit/frontages/{city.tea.number}/"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_a_town_opens_a_matter_with_a_photograph_and_ends_it_when_it_is_mended(told: SimpleNamespace, sit_down: SitDown) -> None:
    town = sit_down(told.east_handler)
    assert town.post(f"{door(told)}matters/", {"duty": "hygiene", "what": "门前有垃圾", "photos": picture()}).status_code == 302
    matter = FrontageMatter.objects.get()
    page = read(town, f"{door(told)}matters/{matter.number}/")
    assert "印发提醒函" in page and "由创文办印发" in page and "门前有垃圾" in page and page.count("<figure") + page.count("<img") > 0

    looked = f"{door(told)}matters/{matter.number}/looks/"
    assert town.post(looked, {"mended": "no", "text": "还在", "photos": picture()}).status_code == 302
    assert town.post(looked, {"mended": "yes"}).status_code == 302
    assert FrontageMatter.objects.get().ended_at is not None
    assert [note.by for note in MatterNote.objects.order_by("at", "pk")] == [told.east_handler] * 3
    ended = read(town, f"{door(told)}matters/{matter.number}/")
    assert "已了结" in ended and "/looks/" not in ended


def test_a_refused_look_says_why_and_keeps_its_photographs(told: SimpleNamespace, sit_down: SitDown) -> None:
    town = sit_down(told.east_handler)
    answer = town.post(f"{door(told)}matters/", {"duty": "hygiene", "what": "", "photos": picture()})
    assert answer.status_code == 422 and 'name="photos_ids"' in answer.content.decode() and "这一项要填" in answer.content.decode()
    matter = open_matter(told.tea, duty="order", what="货物出店", by=told.officer, now=MONDAY)
    again = town.post(f"{door(told)}matters/{matter.number}/looks/", {"mended": "", "photos": picture()})
    assert again.status_code == 422 and 'name="photos_ids"' in again.content.decode()
    assert MatterNote.objects.count() == 1


def test_what_a_door_asks_is_answered_by_its_town_once(told: SimpleNamespace, sit_down: SitDown) -> None:
    town = sit_down(told.east_handler)
    asked = ask_question(told.tea, text="门口能摆花箱吗", now=timezone.now())
    assert "门口能摆花箱吗" in read(town, "/unit/frontages/") and "门口能摆花箱吗" in read(town, door(told))

    address = f"{door(told)}questions/{asked.pk}/answer/"
    empty = town.post(address, {"text": ""})
    assert empty.status_code == 422 and "这一项要填" in empty.content.decode()
    assert town.post(address, {"text": "可以，不占盲道"}).status_code == 302
    twice = town.post(address, {"text": "再答一次"})
    assert twice.status_code == 422 and "已经答复过了" in twice.content.decode()
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("可以，不占盲道", told.east_handler)
    assert "门口能摆花箱吗" not in read(town, "/unit/frontages/")
    assert town.post(f"/unit/frontages/{told.noodles.number}/questions/{asked.pk}/answer/", {"text": "x"}).status_code == 404


def test_a_statement_to_a_matter_is_heard_by_whoever_enforces_and_not_answered_here(told: SimpleNamespace, sit_down: SitDown) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY)
    said = say_statement(matter, text="垃圾是隔壁扫过来的", now=MONDAY + timedelta(hours=1))
    town = sit_down(told.east_handler)

    assert f"/questions/{said.pk}/answer/" not in read(town, door(told))
    assert "垃圾是隔壁扫过来的" not in read(town, "/unit/frontages/")
    assert "垃圾是隔壁扫过来的" in read(town, f"{door(told)}matters/{matter.number}/")


def test_what_the_shop_said_waits_for_the_towns_eyes(told: SimpleNamespace, sit_down: SitDown) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY)
    say_mended(matter, now=MONDAY + timedelta(hours=1))

    assert "请先到现场看过再定" in read(sit_down(told.east_handler), f"{door(told)}matters/{matter.number}/")


def test_what_was_opened_by_mistake_is_ended_with_a_reason(told: SimpleNamespace, sit_down: SitDown) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="看错门了", by=told.east_handler, now=MONDAY)
    town, address = sit_down(told.east_handler), f"{door(told)}matters/{matter.number}/"
    empty = town.post(f"{address}end/", {"reason": ""})
    assert empty.status_code == 422 and "这一项要填" in empty.content.decode()

    assert town.post(f"{address}end/", {"reason": "是隔壁门前的"}).status_code == 302
    page = read(town, address)
    assert "是隔壁门前的" in page and "已了结" in page and "不再往下走" not in page
    again = town.post(f"{address}end/", {"reason": "再了结一次"})
    assert again.status_code == 409 and "已经了结" in again.content.decode()


def test_once_a_document_was_issued_no_town_ends_it_without_looking(
    told: SimpleNamespace, sit_down: SitDown, photo: Callable[[], Prepared]
) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY, photos=[photo()])
    take_step(matter, StepKind.REMINDER, by=told.officer, now=MONDAY + timedelta(minutes=1))
    town, address = sit_down(told.east_handler), f"{door(told)}matters/{matter.number}/"

    assert "不再往下走" not in read(town, address)
    refused = town.post(f"{address}end/", {"reason": "算了"})
    assert refused.status_code == 403 and "由创文办了结" in refused.content.decode() and FrontageMatter.objects.get().ended_at is None
    office = sit_down(told.officer)
    assert office.post(f"/office/matters/{matter.number}/end/", {"reason": ""}).status_code == 422
    assert office.post(f"/office/matters/{matter.number}/end/", {"reason": "发错了"}).status_code == 302
    assert "发错了" in read(office, f"/office/matters/{matter.number}/")


def test_a_shop_that_closes_takes_its_matters_with_it(told: SimpleNamespace, sit_down: SitDown) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY)
    office = sit_down(told.officer)

    assert office.post(f"/office/shops/{told.tea.number}/closure/", {"reason": "搬走了", "on": timezone.localdate().isoformat()}).status_code == 302
    matter.refresh_from_db()
    assert matter.ended_at is not None and matter.notes.latest("at").text == "这一家已经注销：搬走了"


@pytest.mark.parametrize("who", ["west_handler", "sweeper"])
def test_nobody_elses_ground(who: str, told: SimpleNamespace, sit_down: SitDown) -> None:
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY)
    asked = ask_question(told.tea, text="怎么办", now=MONDAY)
    stranger = getattr(told, who)
    client = sit_down(stranger)

    addresses = (f"matters/{matter.number}/looks/", "matters/", f"questions/{asked.pk}/answer/")
    assert {client.post(door(told) + address, {"text": "x", "mended": "yes"}).status_code for address in addresses} <= {403, 404}
    assert client.get(f"{door(told)}matters/{matter.number}/").status_code in {403, 404}
    with pytest.raises(NotAllowed):
        open_matter(told.tea, duty="hygiene", what="别人的", by=stranger, now=MONDAY)
    with pytest.raises(NotAllowed):
        look_again(matter, mended=True, text="", by=stranger, now=MONDAY)
    with pytest.raises(NotAllowed):
        end_matter(matter, reason="不该我管", by=stranger, now=MONDAY)
    with pytest.raises(NotAllowed):
        answer_question(asked, text="不该我答", by=stranger, now=MONDAY)


def test_a_contractor_reads_the_matter_in_front_of_which_it_sweeps_and_changes_nothing(told: SimpleNamespace, sit_down: SitDown) -> None:
    make_contract(
        "HT-1", told.sweepers, town_code=told.town.code, since=MONDAY.date(), to=MONDAY.date() + timedelta(days=30), terms="每日两扫",
        promised_on_time_percent=95, areas=[Covered(told.street, "left", 0, 2_000)], listed=[], by=told.officer, now=MONDAY,
    )  # fmt: skip
    keeper = open_account(
        username="keeper1", display_name="keeper1", role=Role.HANDLER, unit=told.sweepers, password="test-Only-2026", by=None,
        now=FOUNDED_AT, must_change_password=False,
    )  # fmt: skip
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=told.officer, now=MONDAY)
    client = sit_down(keeper)

    assert "登记现场查看" not in read(client, f"{door(told)}matters/{matter.number}/")
    assert "立一件门前事项" not in read(client, door(told))
    assert client.post(f"{door(told)}matters/{matter.number}/looks/", {"mended": "yes"}).status_code in {403, 422}
    assert FrontageMatter.objects.get().ended_at is None


def test_a_town_withdraws_what_it_drew_up_wrongly_and_draws_it_up_again(told: SimpleNamespace, sit_down: SitDown) -> None:
    town, today = sit_down(told.east_handler), timezone.localdate()
    period = {"since": today.isoformat(), "to": (today + timedelta(days=300)).isoformat()}
    assert town.post(f"{door(told)}agreements/", period).status_code == 302
    wrong = told.tea.agreements.get()

    assert sit_down(told.west_handler).post(f"{door(told)}agreements/{wrong.pk}/withdrawal/", {"reason": "x"}).status_code == 404
    empty = town.post(f"{door(told)}agreements/{wrong.pk}/withdrawal/", {"reason": ""})
    assert empty.status_code == 422 and "这一项要填" in empty.content.decode()
    assert town.post(f"{door(told)}agreements/{wrong.pk}/withdrawal/", {"reason": "止日写错"}).status_code == 302
    page = read(town, door(told))
    assert "已作废" in page and "止日写错" in page and f"agreements/{wrong.pk}/signature/" not in page
    assert "起草了还没有签" not in read(town, "/unit/frontages/")
    assert town.post(f"{door(told)}agreements/", period).status_code == 302
    assert told.tea.agreements.count() == 2


def test_the_steps_stay_with_whoever_enforces(told: SimpleNamespace, sit_down: SitDown) -> None:
    unit = found_unit(
        code="EAST1", name="东坊社区", short_name="东坊", kind=UnitKind.COMMUNITY, parent=told.east, on=FOUNDED, by=None, now=FOUNDED_AT,
        area_code=told.community.code,
    )  # fmt: skip
    community = open_account(
        username="dongfang", display_name="东坊", role=Role.HANDLER, unit=unit, password="test-Only-2026", by=None, now=FOUNDED_AT,
        must_change_password=False,
    )  # fmt: skip
    matter = open_matter(told.tea, duty="hygiene", what="门前有垃圾", by=community, now=MONDAY)
    look_again(matter, mended=False, text="", by=community, now=MONDAY + timedelta(minutes=1))

    for by in (community, told.east_handler):
        with pytest.raises(NotAllowed):
            take_step(matter, StepKind.REMINDER, by=by, now=MONDAY + timedelta(minutes=2))
    assert sit_down(community).post(f"/office/matters/{matter.number}/steps/", {}).status_code == 403
