"""规则: a draft is edited, its effects are read with their rows, and the office publishes it; files go out and come back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import python_calamine
import xlsxwriter
import yaml
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import sent_out
from wenming.desks.common.tests.sitting import Sit
from wenming.standards.drafts.models import DraftEdit, RuleChange, RuleDraft
from wenming.standards.drafts.selectors import state_of
from wenming.standards.drafts.services import open_draft
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import current_scheme

TYPE = {
    "name": "垃圾满溢", "public": "rubbish", "do_roles": "环卫机构", "sup_roles": "",
    "rule0-was": "1", "rule0-condition": "收集设施满溢", "rule0-close_condition": "清除", "rule0-amount": "2", "rule0-unit": "work_hours",
    "rule1-was": "", "rule1-condition": "", "rule1-close_condition": "", "rule1-amount": "", "rule1-unit": "work_hours",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def office(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


@pytest.fixture
def draft(small_city: SimpleNamespace) -> RuleDraft:
    return open_draft("缩短时限", by=small_city.officer, now=timezone.now())


@pytest.fixture
def page(draft: RuleDraft) -> str:
    return f"/office/rules/drafts/{draft.pk}/"


@pytest.fixture
def sent(report: Callable[..., Any], small_city: SimpleNamespace) -> Case:
    """A case that went out just now."""
    now = timezone.now()
    case = cases.collect(report(now=now).report, now=now)
    return sent_out(case, small_city, now=now)


def text(answer: Any) -> str:
    return answer.content.decode()


def test_from_a_draft_to_a_new_version(office: Client, sent: Case) -> None:
    opened = office.post("/office/rules/drafts/", {"name": "缩短时限"})
    page = opened.headers["Location"]
    assert office.post(f"{page}types/E0192/", TYPE).headers["Location"] == page
    assert "收集设施满溢 → 清除 · 2 个工作时" in text(office.get(page))

    effects = text(office.get(f"{page}effects/"))
    assert "会让 1 件正在走的时限不同" in effects and "时限 4 个工作时 → 2 个工作时" in effects
    assert sent.number in text(office.get(f"{page}effects/earlier/"))
    seen = state_of(RuleDraft.objects.get()).fingerprint
    given = {"reason": "会议纪要", "clocks": "move", "seen": seen, "valid_from": ""}
    assert office.post(f"{page}publication/", given).headers["Location"] == "/office/rules/"

    assert "移动了 1 件的时限" in text(office.get("/office/rules/"))
    assert Case.objects.get(pk=sent.pk).due_at < sent.due_at
    shown = text(office.get(f"/office/rules/versions/{current_scheme().pk}/"))
    assert "和测试分类 v1有什么不同" in shown and "会议纪要" in shown and "4 个工作时 → 2 个工作时" in shown


def test_the_dispatcher_drafts_and_does_not_publish(desk: Client, page: str, draft: RuleDraft) -> None:
    assert desk.post(f"{page}types/E0192/", TYPE).status_code == 302
    assert "草稿由创文办发布" in text(desk.get(f"{page}effects/"))
    assert desk.post(f"{page}publication/", {"reason": "x"}).status_code == 403
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rule0-amount": ""}, "要一起写"),
        ({"rule0-amount": "0"}, "不能小于 1"),
        ({"name": ""}, "这一项要填"),
        ({"rule0-amount": "4"}, "没有改动"),
        ({"rule1-condition": "收集设施满溢", "rule1-close_condition": "x", "rule1-amount": "1"}, "写得一样"),
        ({"rule0-was": "7"}, "第 7 条"),
    ],
)
def test_a_type_to_be_mended(change: dict[str, str], says: str, office: Client, page: str) -> None:
    answer = office.post(f"{page}types/E0192/", TYPE | change)

    assert answer.status_code in {409, 422} and says in text(answer)
    assert not DraftEdit.objects.exists()


def test_a_type_is_added_and_another_merged_into_it(office: Client, page: str, draft: RuleDraft) -> None:
    new = TYPE | {"kind": "incident", "code": "0193", "big_name": "", "name": "垃圾外溢", "rule0-was": ""}
    assert office.post(f"{page}new-type/", new).status_code == 302
    assert office.post(f"{page}types/E0192/retirement/", {"into": "e0193"}).status_code == 302

    state = state_of(draft)
    assert set(state.result.types) == {"C0101", "E0193"} and state.result.successors == {"E0192": ("E0193",)}
    assert office.get(f"{page}types/E0192/").status_code == 404
    answer = office.post(f"{page}types/E0193/retirement/", {"into": "E0193"})
    assert answer.status_code == 422 and "不能改用它自己" in text(answer)


def test_edits_are_listed_and_taken_back(office: Client, page: str) -> None:
    office.post(f"{page}stage-limits/", {"stage": "case.accept", "amount": "3", "unit": "work_hours"})
    assert "环节“受理”的时限 1 个工作时 → 3 个工作时" in text(office.get(page))

    assert office.post(f"{page}edits/1/withdrawal/").status_code == 302
    assert "还没有改动" in text(office.get(page))
    assert office.post(f"{page}edits/1/withdrawal/").status_code == 409


def test_lines_of_the_matrix_in_a_draft(office: Client, page: str) -> None:
    line = {"type_pattern": "E0192", "town_code": "*", "accountable": "unit:SWEEP", "basis": "新合同"}
    assert office.post(f"{page}lines/", line).status_code == 302
    assert office.post(f"{page}line-ends/", {"line": "1"}).status_code == 302
    shown = text(office.get(page))
    assert "E0192 由清扫公司负责（新合同）" in shown and "停用权责第 1 条" in shown
    assert office.post(f"{page}lines/", line | {"basis": ""}).status_code == 422


def test_a_draft_is_given_up(office: Client, page: str) -> None:
    office.post(f"{page}types/E0192/", TYPE)
    assert office.post(f"{page}discarding/").status_code == 302
    assert office.post(f"{page}types/E0192/", TYPE).status_code == 409
    assert Scheme.objects.count() == 1 and "只能看" in text(office.get(page))


def test_a_change_for_a_later_day_is_withdrawn_on_its_page(office: Client, page: str, draft: RuleDraft) -> None:
    office.post(f"{page}types/E0192/", TYPE)
    later = timezone.localdate() + timedelta(days=9)
    given = {"reason": "会议纪要", "clocks": "keep", "seen": state_of(draft).fingerprint, "valid_from": later.isoformat()}
    office.post(f"{page}publication/", given)
    change = RuleChange.objects.get()
    address = f"/office/rules/changes/{change.pk}/withdrawal/"
    assert address in text(office.get("/office/rules/")) and "等起用" in text(office.get("/office/rules/"))

    asked = text(office.get(address))
    assert "4 个工作时 → 2 个工作时" in asked and "仍按测试分类 v1办" in asked
    assert office.post(address, {"reason": ""}).status_code == 422
    assert office.post(address, {"reason": "上级通知"}).headers["Location"] == "/office/rules/"

    shown = text(office.get("/office/rules/"))
    assert "上级通知" in shown and "已撤回" in shown and address not in shown and "等起用" not in shown
    assert "没有起用过" in text(office.get(f"/office/rules/versions/{change.scheme_id}/"))
    again = office.post(address, {"reason": "上级通知"})
    assert again.status_code == 409 and "已经撤回了" in text(again)


def test_a_change_that_holds_offers_no_withdrawal(office: Client, page: str, draft: RuleDraft) -> None:
    office.post(f"{page}types/E0192/", TYPE)
    office.post(f"{page}publication/", {"reason": "x", "clocks": "keep", "seen": state_of(draft).fingerprint, "valid_from": ""})
    address = f"/office/rules/changes/{RuleChange.objects.get().pk}/withdrawal/"

    assert address not in text(office.get("/office/rules/")) and "不能再撤回" in text(office.get(address))
    refused = office.post(address, {"reason": "后悔"})
    assert refused.status_code == 409 and "请另起草一份发布" in text(refused)


def test_a_dispatcher_does_not_withdraw(desk: Client) -> None:
    assert desk.get("/office/rules/changes/1/withdrawal/").status_code == 403


def test_a_draft_that_was_overtaken_says_so_and_moves(office: Client, page: str, small_city: SimpleNamespace) -> None:
    office.post(f"{page}types/E0192/", TYPE)
    other = open_draft("先发布的", by=small_city.officer, now=timezone.now())
    theirs = f"/office/rules/drafts/{other.pk}/"
    office.post(f"{theirs}types/C0101/", TYPE | {"name": "水井盖", "rule0-was": ""})
    office.post(f"{theirs}publication/", {"reason": "x", "clocks": "keep", "seen": state_of(other).fingerprint})

    assert "现在用的已经是测试分类 v2" in text(office.get(page))
    refused = office.post(f"{page}publication/", {"reason": "x", "clocks": "keep", "seen": "x"})
    assert refused.status_code == 409 and "请把草稿移到现用的版本上" in text(refused)
    assert office.post(f"{page}base/").status_code == 302
    assert "现在用的已经是" not in text(office.get(page))


# --- files -------------------------------------------------------------------------------------------------------------


def as_xlsx(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def exported(office: Client, page: str) -> list[list[Any]]:
    content = b"".join(office.get(f"{page}types.xlsx").streaming_content)
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_table_goes_out_and_comes_back(office: Client, page: str, draft: RuleDraft) -> None:
    rows = exported(office, page)
    same = office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.xlsx", as_xlsx(rows))})
    assert same.status_code == 409 and "没有改动" in text(same)

    overflow = next(row for row in rows if row[3] == "垃圾满溢")
    overflow[-1], overflow[8] = "2uh", "桶满"
    assert office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.xlsx", as_xlsx(rows))}).status_code == 302

    (rule,) = state_of(draft).result.types["E0192"].rules
    assert (rule.condition, rule.limit.notation, rule.was) == ("桶满", "2uh", 1), "reworded, it is the same condition"
    assert office.post(f"{page}file/", {"file": SimpleUploadedFile("x.xlsx", as_xlsx(exported(office, page)))}).status_code == 409


def test_every_row_that_cannot_be_taken_is_named_and_nothing_is(office: Client, page: str) -> None:
    rows = exported(office, page)
    rows[1][0], rows[2][-1] = "物件", "很快"

    answer = office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.xlsx", as_xlsx(rows))})

    assert answer.status_code == 422
    assert "第 2 行“类别”" in text(answer) and "第 3 行“时限”" in text(answer) and "2 处要改" in text(answer)
    assert not DraftEdit.objects.exists()


def test_yaml_goes_out_and_comes_back(office: Client, page: str, draft: RuleDraft) -> None:
    content = office.get(f"{page}types.yaml").content
    told = yaml.safe_load(content)
    told["incidents"][0]["types"][0]["rules"][0][2] = "1d"
    again = yaml.safe_dump(told, allow_unicode=True).encode()

    assert office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.yaml", content)}).status_code == 409
    assert office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.yaml", again)}).status_code == 302
    assert state_of(draft).result.types["E0192"].rules[0].limit.notation == "1d"
    told["incidents"][0]["types"][0]["rules"][0] = ["少一样"]
    wrong = yaml.safe_dump(told, allow_unicode=True).encode()
    assert "第 1 条要写成" in text(office.post(f"{page}file/", {"file": SimpleUploadedFile("分类.yaml", wrong)}))


@pytest.mark.parametrize("name", ["分类.doc", "分类.xlsx", "分类.yaml"])
def test_a_file_that_is_none(name: str, office: Client, page: str) -> None:
    assert office.post(f"{page}file/", {"file": SimpleUploadedFile(name, b"\xff\x00 no")}).status_code == 422
    assert ProblemType.objects.count() == 2
