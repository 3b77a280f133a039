"""机构人员: units, posts, accounts, and the two spreadsheets."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wenming.desks.admin.tables_import import UNIT_COLUMNS
from wenming.journal.selectors import entries_about
from wenming.organisations.models import Account, Appointment, Unit
from wenming.organisations.selectors import tree_on


def table(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("表.csv", "\n".join(rows).encode())


def test_the_tree_shows_heads_and_hides_communities_until_asked(desk: Client, small_city: SimpleNamespace) -> None:
    Unit.objects.create(
        code="C1", name="一社区", short_name="一社区", kind="community", parent=small_city.east, path="/LEAD/EAST/C1/",
        valid_from="2026-01-01",
    )  # fmt: skip

    page = desk.get("/admin/organisations/").content.decode()

    assert "东区" in page and "空缺" in page and "一社区" not in page
    assert "一社区" in desk.get("/admin/organisations/?kind=community").content.decode()
    assert "没找到" in desk.get("/admin/organisations/?q=没有的").content.decode()


def test_a_unit_is_founded_moved_and_ended(desk: Client) -> None:
    given = {
        "code": "HJ",
        "name": "市环境局",
        "short_name": "环境局",
        "kind": "department",
        "parent": "LEAD",
        "on": "2026-11-01",
    }
    assert desk.post("/admin/organisations/new/", given).status_code == 302
    assert desk.post("/admin/organisations/HJ/parent/", {"to": "SAN", "on": "2026-11-10"}).status_code == 302
    assert desk.post("/admin/organisations/HJ/end/", {"on": "2026-11-20"}).status_code == 302

    unit = Unit.objects.get(code="HJ")
    assert unit.path == "/LEAD/SAN/HJ/" and str(unit.valid_to) == "2026-11-20"
    assert [e.action for e in entries_about(unit)] == ["unit.founded", "unit.moved", "unit.closed"]
    assert tree_on(unit.valid_from)["HJ"] == "LEAD"


@pytest.mark.parametrize(
    ("noun", "given", "says"),
    [
        pytest.param("parent", {"to": "SWEEP", "on": "2026-11-10"}, "不能把单位移到它自己", id="under itself"),
        pytest.param("end", {"on": "2026-11-20"}, "还有没撤销的单位", id="with units below"),
        pytest.param("posts", {"kind": "head", "title": ""}, "这一项要填", id="post without title"),
        pytest.param(
            "accounts", {"username": "handler", "display_name": "甲", "role": "handler"}, "已经有这个账号", id="taken"
        ),
        pytest.param(
            "accounts", {"username": "甲", "display_name": "甲", "role": "handler"}, "3 位以上", id="strange letters"
        ),
    ],
)
def test_what_is_to_be_mended_is_said(noun: str, given: dict[str, str], says: str, desk: Client) -> None:
    answer = desk.post(f"/admin/organisations/SAN/{noun}/", given)

    assert answer.status_code in {409, 422} and says in answer.content.decode()


def test_a_post_is_added_and_filled(desk: Client, small_city: SimpleNamespace) -> None:
    desk.post("/admin/organisations/EAST/posts/", {"kind": "head", "title": "主任"})
    post = small_city.east.posts.get()
    for name, day in (("刘一", "2026-11-01"), ("陈二", "2026-11-10")):
        desk.post("/admin/organisations/EAST/appointments/", {"post": post.pk, "name": name, "on": day})

    page = desk.get("/admin/organisations/EAST/").content.decode()
    assert "陈二" in page and Appointment.objects.filter(post=post).count() == 2
    assert str(Appointment.objects.get(person__name="刘一").valid_to) == "2026-11-10"


def test_an_account_is_opened_with_a_password_shown_once(desk: Client) -> None:
    answer = desk.post(
        "/admin/organisations/EAST/accounts/", {"username": "east.two", "display_name": "乙", "role": "handler"}
    )

    password = re.search(r"<code>(\S+)</code>", answer.content.decode())
    opened = Account.objects.get(username="east.two")
    assert password and opened.check_password(password[1]) and opened.must_change_password
    assert answer.headers["Cache-Control"] == "no-store"
    assert password[1] not in str([e.facts for e in entries_about(opened)])


def test_an_account_is_changed_switched_off_and_given_a_new_password(desk: Client, small_city: SimpleNamespace) -> None:
    given = {"display_name": "甲", "role": "unit_lead", "unit": "EAST", "is_active": ""}
    assert desk.post("/admin/accounts/handler/", given).status_code == 302
    before = small_city.handler.password
    assert desk.post("/admin/accounts/handler/password/").status_code == 200

    small_city.handler.refresh_from_db()
    changed = small_city.handler
    assert (changed.role, changed.unit.code, changed.is_active) == ("unit_lead", "EAST", False)
    assert changed.password != before and changed.must_change_password
    assert [e.action for e in entries_about(changed)][-2:] == ["account.changed", "account.password-reset"]


def test_nobody_changes_their_own_role(desk: Client) -> None:
    answer = desk.post(
        "/admin/accounts/admin/", {"display_name": "admin", "role": "auditor", "unit": "OFFICE", "is_active": "on"}
    )

    assert answer.status_code == 403 and "不能改自己的角色" in answer.content.decode()


UNITS = (
    "编号,全称,简称,类别,上级编号,区划代码",
    "H1,甲社区,甲社区,村居,N1,442000009001",
    "N1,北区街道,北区,镇街,LEAD,442000009",
)
ACCOUNTS = ("账号,姓名,角色,单位编号", "east3,丙,责任单位经办人,EAST", "east4,丁,网格员／巡查员,EAST")


def upload(desk: Client, what: str, *rows: str) -> object:
    return desk.post("/admin/organisations/tables/", {"what": what, "file": table(*rows)})


def confirm(desk: Client, preview: object) -> object:
    sealed = re.search(r'name="rows" value="([^"]+)"', preview.content.decode())
    assert sealed, preview.content.decode()
    return desk.post("/admin/organisations/tables/confirmation/", {"rows": sealed[1]})


def test_units_come_from_a_spreadsheet_in_any_order(desk: Client) -> None:
    preview = upload(desk, "units", *UNITS)
    assert "读到 2 行" in preview.content.decode() and not Unit.objects.filter(code="N1").exists()

    assert confirm(desk, preview).status_code == 302
    assert Unit.objects.get(code="H1").path == "/LEAD/N1/H1/"


def test_accounts_come_from_a_spreadsheet_with_passwords_to_hand_out(desk: Client) -> None:
    answer = confirm(desk, upload(desk, "accounts", *ACCOUNTS))

    passwords = re.findall(r"<code>(\S+)</code>", answer.content.decode())
    assert len(passwords) == 2 and Account.objects.get(username="east3").check_password(passwords[0])


def test_a_workbook_is_read_as_well(desk: Client) -> None:
    from openpyxl import Workbook

    book, content = Workbook(), io.BytesIO()
    book.active.append(list(UNIT_COLUMNS.values()))
    book.active.append(["N2", "南区街道", "南区", "镇街", "LEAD", 442000005])
    book.save(content)
    file = SimpleUploadedFile("机构.xlsx", content.getvalue())

    confirm(desk, desk.post("/admin/organisations/tables/", {"what": "units", "file": file}))

    assert Unit.objects.get(code="N2").area_code == "442000005"


@pytest.mark.parametrize(
    ("what", "rows", "says"),
    [
        pytest.param("units", ["编号,全称", "N1,北区"], "表头缺少：简称、类别", id="a column is missing"),
        pytest.param("units", [UNITS[0], "EAST,东,东,镇街,LEAD,"], "EAST 已经有了", id="the code is taken"),
        pytest.param("units", [UNITS[0], "N1,北,北,街道办,LEAD,"], "没有“街道办”这一类", id="an unknown kind"),
        pytest.param("units", [UNITS[0], "N1,北,北,镇街,NOBODY,"], "没有编号为 NOBODY 的单位", id="an unknown parent"),
        pytest.param("units", [UNITS[0], "N1,北,,镇街,LEAD,"], "没有填", id="an empty cell"),
        pytest.param("accounts", [ACCOUNTS[0], "x1,甲,皇帝,EAST"], "没有“皇帝”这个角色", id="an unknown role"),
        pytest.param("accounts", [ACCOUNTS[0], "handler,甲,派遣员,EAST"], "handler 已经有了", id="the name is taken"),
    ],
)
def test_a_mistake_keeps_the_whole_table_out(what: str, rows: list[str], says: str, desk: Client) -> None:
    before = (Unit.objects.count(), Account.objects.count())

    answer = upload(desk, what, *rows)

    assert answer.status_code == 422 and says in answer.content.decode()
    assert (Unit.objects.count(), Account.objects.count()) == before


def test_units_that_stand_under_each_other_are_refused(desk: Client) -> None:
    rows = [UNITS[0], "A1,甲,甲,部门,B1,", "B1,乙,乙,部门,A1,"]

    answer = confirm(desk, upload(desk, "units", *rows))

    assert answer.status_code == 422 and "绕成了一圈" in answer.content.decode()
    assert not Unit.objects.filter(code__in=["A1", "B1"]).exists()


def test_a_confirmation_cannot_be_forged(desk: Client) -> None:
    answer = desk.post("/admin/organisations/tables/confirmation/", {"rows": "made-up"})

    assert answer.status_code == 422 and "重新上传" in answer.content.decode()


def test_the_tree_asks_no_more_of_a_larger_city(
    desk: Client, small_city: SimpleNamespace, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(30):
        Unit.objects.create(
            code=f"D{number}", name=f"部门{number}", short_name=f"部门{number}", kind="department", parent=small_city.leaders,
            path=f"/LEAD/D{number}/", valid_from="2026-01-01",
        )  # fmt: skip
    with django_assert_max_num_queries(9):
        desk.get("/admin/organisations/")
