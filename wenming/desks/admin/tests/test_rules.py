"""What a city may change: matrix, calendar, hours, problem types, stage limits. Each change shows its effect before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases.models import StageLimit
from wenming.cases.models.stages import stage_limit
from wenming.desks.common.tests.sitting import Sit
from wenming.responsibilities.audit import matrix_findings
from wenming.responsibilities.models import CalendarVersion, Duty, MatrixEntry, RoleHolding, WorkSchedule
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import impose_duty
from wenming.standards.drafts.files import yaml_of
from wenming.standards.drafts.models import RuleDraft
from wenming.standards.drafts.selectors import types_of
from wenming.standards.drafts.services import heading_of
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
        ({"basis": ""}, "这一项要填"),
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
        ({"days": "2027-02-08 休 春节", "note": ""}, "这一项要填"),
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
    preview = desk.post(f"/admin/problem-types/schemes/{draft.pk}/adoption/").content.decode()
    assert "测试分类 v1，2 个小类" in preview and "现在 2 处，改了以后 0 处" in preview
    assert Scheme.objects.get(is_current=True).code == "TEST", "first what it would change"
    assert desk.post(f"/admin/problem-types/schemes/{draft.pk}/adoption/", {"save": "1"}).status_code == 302
    assert Scheme.objects.get(is_current=True) == draft
    assert ProblemType.objects.filter(scheme__code="TEST").count() == 2, "the old edition stays readable"


def test_a_stage_limit_becomes_the_citys_own(desk: Client) -> None:
    assert "样本，请核对" in desk.get("/admin/problem-types/").content.decode()

    given = {"stage": "case.accept", "amount": "2", "limit_unit": "work_hours"}
    preview = desk.post("/admin/problem-types/stage-limits/", given).content.decode()
    assert "1 个工作时 → 2 个工作时" in preview and "按下就起用" in preview and "请创文办起草" in preview
    assert not StageLimit.objects.exists(), "first what it would change"
    assert desk.post("/admin/problem-types/stage-limits/", given | {"save": "1"}).status_code == 302
    assert stage_limit("case.accept") == Limit(2, LimitUnit.WORK_HOURS)
    for wrong in ({"amount": "0"}, {"stage": "case.dream"}, {"limit_unit": "moons"}):
        assert desk.post("/admin/problem-types/stage-limits/", given | wrong).status_code == 422
    assert StageLimit.objects.count() == 1


@pytest.fixture
def office(desk: Client, sit_down: Sit, small_city: SimpleNamespace) -> Client:
    """The office's browser: it may draft and publish."""
    return sit_down(small_city.officer)


def effects_page(answer: Any) -> str:
    """Where a drafted edit leads: to what it would do."""
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/effects/"), answer.content.decode()
    return str(answer.headers["Location"])


def test_edits_of_the_matrix_and_of_stages_go_into_a_draft_and_change_nothing(office: Client) -> None:
    stage = {"stage": "case.accept", "amount": "2", "limit_unit": "work_hours", "draft": "1"}
    told = (
        ("/admin/matrix/new/", LINE | {"draft": "1"}, "增加权责：C01* 由环卫处负责"),
        ("/admin/matrix/1/end/", {"draft": "1"}, "停用权责第 1 条"),
        ("/admin/problem-types/stage-limits/", stage, "环节“受理”的时限 1 个工作时 → 2 个工作时"),
    )
    for address, given, words in told:
        shown = effects_page(office.post(address, given))
        assert words in office.get(shown.removesuffix("effects/")).content.decode()

    assert MatrixEntry.objects.get().valid_to is None and not StageLimit.objects.exists()
    assert RuleDraft.objects.filter(ended_at=None).count() == 3


def test_what_cannot_be_drafted_leaves_no_empty_draft(office: Client) -> None:
    same = {"stage": "case.accept", "amount": "1", "limit_unit": "work_hours", "draft": "1"}

    assert office.post("/admin/problem-types/stage-limits/", same).status_code == 409
    assert office.post("/admin/matrix/99/end/", {"draft": "1"}).status_code == 404
    assert not RuleDraft.objects.exists()


def test_pages_that_change_at_once_say_so_and_offer_the_draft(office: Client, desk: Client) -> None:
    for browser, offer in ((office, "请记进草稿"), (desk, "请创文办起草")):
        for shown in (browser.post("/admin/matrix/new/", LINE), browser.get("/admin/matrix/1/")):
            page = shown.content.decode()
            assert "按下就起用" in page and offer in page and ('name="draft"' in page) == (browser is office)


def test_another_version_of_the_scheme_in_force_goes_through_a_draft(office: Client, desk: Client) -> None:
    scheme = Scheme.objects.get()
    content = yaml_of(heading_of(scheme, 2, ""), types_of(scheme)).replace("4h", "2h")
    office.post("/admin/problem-types/schemes/", {"file": SimpleUploadedFile("v2.yaml", content.encode())})
    newer = Scheme.objects.get(version=2)
    adoption = f"/admin/problem-types/schemes/{newer.pk}/adoption/"
    assert office.post(adoption).status_code == 409, "not published"
    office.post(f"/admin/problem-types/schemes/{newer.pk}/publication/")

    refused = desk.post(adoption, {"save": "1"})
    assert refused.status_code == 409 and "起草，看过影响再发布" in refused.content.decode()
    assert "由创文办起草起用" in desk.get("/admin/problem-types/").content.decode()
    shown = office.get(effects_page(office.post(adoption, {"save": "1"}))).content.decode()

    assert "4 个工作时 → 2 个工作时" in shown and Scheme.objects.get(is_current=True).version == 1
    (edit,) = RuleDraft.objects.get().edits.all()
    assert edit.content["rules"][0]["was"] == 1, "the condition is known again by its words"


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
