"""What a city may change: matrix, calendar, hours, problem types, stage limits. Each change shows its effect before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.models import StageLimit
from wenming.cases.models.stages import stage_limit
from wenming.responsibilities.audit import matrix_findings
from wenming.responsibilities.models import CalendarVersion, Duty, MatrixEntry, RoleHolding, WorkSchedule
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import impose_duty
from wenming.standards.models import ProblemType, Scheme

LINE = {
    "type_pattern": "C01*", "kind": "", "town_code": "*", "accountable": "unit:SAN", "basis": "权责清单第九条", "order": "100",
    "on": "2026-01-02",
}  # fmt: skip


def test_the_matrix_answers_with_its_reason(desk: Client) -> None:
    page = desk.get("/admin/matrix/", {"type": "TEST:E0192", "town": "442000002"}).content.decode()

    assert "<b>环卫处</b>" in page and "权责清单第一条" in page
    assert "没有人负责" in desk.get("/admin/matrix/", {"type": "TEST:C0101", "town": "442000002"}).content.decode()


def test_findings_name_the_problem_and_the_towns_in_one_line(desk: Client) -> None:
    page = desk.get("/admin/matrix/findings/").content.decode()

    assert "上水井盖" in page and "东区、西区" in page and page.count("<tr>") == 2


def test_a_line_shows_what_it_would_change_and_only_then_is_added(desk: Client) -> None:
    preview = desk.post("/admin/matrix/new/", LINE).content.decode()
    assert "现在 2 处，改了以后 0 处" in preview and MatrixEntry.objects.count() == 1

    assert desk.post("/admin/matrix/new/", LINE | {"save": "1"}).status_code == 302
    assert MatrixEntry.objects.count() == 2
    assert matrix_findings(timezone.localdate()) == [], "the kept findings are dropped when the matrix changes"


def test_a_line_shows_what_would_follow_from_its_end(desk: Client, small_city: SimpleNamespace) -> None:
    page = desk.get("/admin/matrix/1/").content.decode()
    assert "现在 2 处，改了以后 4 处" in page and "会新出现 2 处" in page

    desk.post("/admin/matrix/1/end/")
    small_city.matrix_line.refresh_from_db()
    assert small_city.matrix_line.valid_to == timezone.localdate()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"basis": ""}, "必填"),
        ({"type_pattern": "垃圾"}, "请写 *、E01*"),
        ({"accountable": "mayor"}, "选"),
        ({"town_code": "1"}, "选"),
    ],
)
def test_a_line_to_be_mended(change: dict[str, str], says: str, desk: Client) -> None:
    answer = desk.post("/admin/matrix/new/", LINE | change)

    assert answer.status_code == 422 and says in answer.content.decode()


def test_a_role_gets_a_holder_after_its_effect_was_shown(desk: Client) -> None:
    given = {"role": "供水企业", "town_code": "*", "to": "SAN", "on": "2026-01-02"}
    desk.post("/admin/matrix/new/", LINE | {"accountable": "do", "save": "1"})

    preview = desk.post("/admin/matrix/roles/", given)
    assert "现在 2 处，改了以后 0 处" in preview.content.decode()
    assert not RoleHolding.objects.filter(role="供水企业").exists()

    assert desk.post("/admin/matrix/roles/", given | {"save": "1"}).status_code == 302
    assert RoleHolding.objects.get(role="供水企业").unit.code == "SAN"


def test_the_year_shows_days_off_and_make_up_days(desk: Client) -> None:
    page = desk.get("/admin/calendar/?year=2026").content.decode()
    assert "2026 年工作日历" in page and "<b>休</b>" in page and "<b>班</b>" in page

    assert "都是暂定" in desk.get("/admin/calendar/?year=2028").content.decode()


def test_a_calendar_says_how_far_it_would_reach_and_moves_nothing_given(
    desk: Client, small_city: SimpleNamespace
) -> None:
    now = timezone.now()
    duty = impose_duty(
        kind="leader.order",
        subject="x:1",
        title="查一遍",
        owner=small_city.east,
        limit=Limit(10, LimitUnit.WORK_DAYS),
        by=None,
        now=now,
    )
    day = next(d for n in range(1, 9) if (d := date.fromordinal(timezone.localdate(now).toordinal() + n)).weekday() < 5)
    given = {"days": f"{day} 休 台风停工", "announced": "", "note": "市政府通知"}

    preview = desk.post("/admin/calendar/versions/", given).content.decode()
    assert "要改 1 天" in preview and "有 1 件跨过这些天" in preview and "其中 1 件" in preview
    assert CalendarVersion.objects.count() == 1

    assert desk.post("/admin/calendar/versions/", given | {"save": "1"}).status_code == 302
    newest = CalendarVersion.objects.first()
    assert newest.number == 2 and not newest.as_rule().is_workday(day)
    assert Duty.objects.get(pk=duty.pk).due_at == duty.due_at
    assert newest.days.count() == CalendarVersion.objects.get(number=1).days.count() + 1


def test_a_day_goes_back_to_its_weekday_and_a_year_is_announced(desk: Client) -> None:
    given = {"days": "2026-10-01 -", "announced": "2027", "note": "更正", "save": "1"}

    desk.post("/admin/calendar/versions/", given)

    newest = CalendarVersion.objects.first()
    assert newest.as_rule().is_workday(date(2026, 10, 1)) and 2027 in newest.announced_years


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"days": "春节 休", "note": "x"}, "第 1 行看不懂"),
        ({"days": "2027-02-30 休 春节", "note": "x"}, "第 1 行看不懂"),
        ({"days": "2027-02-08 休", "note": "x"}, "没有写名称"),
        ({"days": "", "note": "x"}, "还没有写要改哪些天"),
        ({"days": "2027-02-08 休 春节", "note": ""}, "必填"),
    ],
)
def test_a_calendar_to_be_mended(given: dict[str, str], says: str, desk: Client) -> None:
    answer = desk.post("/admin/calendar/versions/", given | {"save": "1"})

    assert answer.status_code == 422 and says in answer.content.decode() and CalendarVersion.objects.count() == 1


def test_hours_of_one_unit(desk: Client) -> None:
    given = {"unit": "SWEEP", "spans": "06:00-11:00、13:00-18:00", "mode": "daily", "note": "环卫"}

    assert desk.post("/admin/calendar/hours/", given).status_code == 302
    assert "天天上班" in desk.get("/admin/calendar/").content.decode()
    for wrong in ("早八晚六", "12:00-08:00"):
        assert desk.post("/admin/calendar/hours/", given | {"spans": wrong}).status_code == 422
    assert WorkSchedule.objects.count() == 2


def test_types_are_searched_with_their_rules(desk: Client) -> None:
    page = desk.get("/admin/problem-types/?q=满溢").content.decode()

    assert "收集设施满溢 → 清除 · 4 工作时" in page and "上水井盖" not in page


def test_an_edition_is_loaded_published_and_adopted(desk: Client, small_city: SimpleNamespace) -> None:
    assert (
        desk.post("/admin/problem-types/schemes/", {"file": SimpleUploadedFile("坏.yaml", b"- 1")}).status_code == 422
    )
    draft = Scheme.objects.create(
        code="NEW", version=1, name="新版", source="测试", confidence="high", created_at=timezone.now()
    )

    assert desk.post(f"/admin/problem-types/schemes/{draft.pk}/adoption/").status_code == 409
    assert desk.post(f"/admin/problem-types/schemes/{draft.pk}/publication/").status_code == 302
    assert desk.post(f"/admin/problem-types/schemes/{draft.pk}/adoption/").status_code == 302
    assert Scheme.objects.get(is_current=True) == draft
    assert ProblemType.objects.filter(scheme__code="TEST").count() == 2, "the old edition stays readable"


def test_a_stage_limit_becomes_the_citys_own(desk: Client) -> None:
    assert "样本，请核对" in desk.get("/admin/problem-types/").content.decode()

    given = {"stage": "case.accept", "amount": "2", "limit_unit": "work_hours"}
    assert desk.post("/admin/problem-types/stage-limits/", given).status_code == 302
    assert stage_limit("case.accept") == Limit(2, LimitUnit.WORK_HOURS)
    for wrong in ({"amount": "0"}, {"stage": "case.dream"}, {"limit_unit": "moons"}):
        assert desk.post("/admin/problem-types/stage-limits/", given | wrong).status_code == 422
    assert StageLimit.objects.count() == 1


def test_the_matrix_page_asks_no_more_of_a_longer_matrix(
    desk: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    desk.get("/admin/matrix/")
    for number in range(20):
        MatrixEntry.objects.create(
            number=number + 10, type_pattern=f"E02{number:02d}", accountable="town", basis="x", valid_from="2026-01-01"
        )
    with django_assert_max_num_queries(25):
        desk.get("/admin/matrix/")
