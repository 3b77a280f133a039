"""A dirty list of shops along a street: every row comes to an end, a kill leaves no doubles, a batch is taken back whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from bench.shop_list import DIRT, HEAD, Row, rows, workbook
from wenming.cases.tests.story import MONDAY
from wenming.journal.models import Entry
from wenming.journal.worker import AGAIN, run_waiting
from wenming.observations import premises_imports, reading_batches
from wenming.observations.batches import BatchRefused
from wenming.observations.models import ImportBatch, ImportPiece
from wenming.observations.models.imports import BatchState, RowState
from wenming.observations.rules.premises_rows import without_personal_numbers
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.frontages.services import issue_area_notice
from wenming.responsibilities.tests.streets import KERB, LAT, LON
from wenming.territory.frontages.correcting import PremisesFacts, correct_premises, facts_of_premises
from wenming.territory.frontages.selectors import sides_of
from wenming.territory.models import EdgeStretch, Premises
from wenming.territory.rules.coordinates import Datum
from wenming.territory.rules.geometry import metres_per_degree

Bring = Callable[..., ImportBatch]
EAST = metres_per_degree(LAT)[0]
NORTH = metres_per_degree(LAT)[1]


@pytest.fixture
def bring(street_city: SimpleNamespace) -> Bring:
    """`bring(rows)`: the preview of a list, each row a dictionary by column."""

    def preview(made: list[dict[str, Any]] | list[Row], by: Any = None) -> ImportBatch:
        told = [one if isinstance(one, Row) else Row([one.get(column) for column in HEAD], "") for one in made]
        return premises_imports.preview(
            workbook(told),
            "沿街门店.xlsx",
            datum=Datum.CGCS2000,
            depth_m=3,
            boundary=KERB,
            by=by or street_city.officer,
            now=MONDAY,
        )

    return preview


@pytest.fixture
def confirmed(bring: Bring, street_city: SimpleNamespace) -> Bring:
    """The same, brought in."""

    def do(*args: Any) -> ImportBatch:
        batch = bring(*args)
        premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
        _work_to_the_end()
        batch.refresh_from_db()
        return batch

    return do


def shop(name: str, since: float | None = None, to: float | None = None, **other: Any) -> dict[str, Any]:
    """A shop on the south side, where nobody is yet; its columns as the list names them."""
    told = {
        "店铺名称": name,
        "类型": "店铺",
        "门牌号": f"{name} 2 号",
        "道路": "民权路",
        "方位": "南侧",
        "起点": since,
        "终点": to,
        "纵深": 3,
    }
    return told | other


def at(metres: float, off: float) -> dict[str, float]:
    """So far along the street, so far north of its middle."""
    return {"经度": LON + metres / EAST, "纬度": LAT + off / NORTH}


def only(batch: ImportBatch) -> Any:
    return batch.rows.get()


def test_every_row_ends_as_its_dirt_allows_and_says_why(street_city: SimpleNamespace, bring: Bring) -> None:
    EdgeStretch.objects.update(valid_to=date(2026, 3, 2))
    made = list(rows(200, 7, [street_city.street]))
    batch = bring(made)

    kept = list(batch.rows.order_by("position"))
    assert len(kept) == len(made) == 200, "nothing is lost"
    assert {row.dirt for row in made} == set(DIRT), "every kind of dirt is in the list"
    wrong = [
        (row.dirt, one.state, one.reasons)
        for row, one in zip(made, kept, strict=True)
        if one.state not in DIRT[row.dirt][1]
    ]
    assert wrong == []
    assert all(one.reasons for one in kept if one.state != RowState.READY)
    assert Premises.objects.count() == 3, "nothing comes in unseen"


def test_read_in_portions_it_is_judged_as_in_one(street_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are compared with all before them, in whatever portion these were; what dies between two begins where it was."""
    EdgeStretch.objects.update(valid_to=date(2026, 3, 2))
    content, told = workbook(list(rows(60, 7, [street_city.street]))), []
    for portion, dies_after in ((1000, 99), (7, 99), (7, 3)):
        monkeypatch.setattr(reading_batches, "ROWS_PER_TURN", portion)
        batch = _handed_in(content, street_city)
        assert batch.is_being_read and not batch.rows.exists(), "nothing is judged while somebody waits at the page"
        with pytest.raises(BatchRefused):
            premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
        entry = Entry.objects.filter(action="premises.import-handed-in").latest("seq")
        for turn in range(99):
            if turn == dies_after:
                reading_batches._under_way.clear()  # another process goes on
            if premises_imports.read_premises(entry, MONDAY) is not AGAIN:
                break
        batch.refresh_from_db()
        assert (batch.state, batch.rows_read) == (BatchState.PREVIEWED, 60) and not ImportPiece.objects.exists()
        told.append([(row.position, row.state, row.reasons, row.cells) for row in batch.rows.order_by("position")])

    assert told[0] == told[1] == told[2]


def test_columns_chosen_anew_are_judged_in_the_worker(street_city: SimpleNamespace) -> None:
    batch = _handed_in(_csv({"店名": "米铺", "道路": "民权路", "方位": "南侧", "起点": 0, "终点": 10, "别名": "老米铺"}), street_city)
    assert run_waiting()
    batch.refresh_from_db()
    assert only(batch).understood["name"] == "米铺"

    premises_imports.judge_again(
        batch, {**batch.mapping.columns, "name": {"column": "别名"}}, by=street_city.officer, now=MONDAY
    )
    batch.refresh_from_db()
    assert batch.is_being_read and only(batch).understood["name"] == "米铺"
    run_waiting()

    assert only(batch).understood["name"] == "老米铺" and batch.options["depth_m"] == 3


def _handed_in(content: bytes, city: SimpleNamespace) -> ImportBatch:
    return premises_imports.hand_in(
        content, "沿街门店.xlsx" if content[:2] == b"PK" else "沿街门店.csv", datum=Datum.CGCS2000, depth_m=3, boundary=KERB,
        by=city.officer, now=MONDAY,
    )  # fmt: skip


@pytest.mark.parametrize("point", ["before the row", "between shop and street", "after the street"])
@pytest.mark.parametrize("after", [1, 4, 9])
def test_killed_at_any_row_it_goes_on_without_doubles(
    after: int, point: str, street_city: SimpleNamespace, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring([shop(f"店{n}", 5 * n, 5 * n + 5) for n in range(12)])
    premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
    name = "register_premises" if point == "before the row" else "set_stretch"
    calls, honest = Counter[str](), getattr(premises_imports, name)

    def dying(*args: Any, **kwargs: Any) -> Any:
        calls["times"] += 1
        if calls["times"] == after and point != "after the street":
            raise KeyboardInterrupt
        made = honest(*args, **kwargs)
        if calls["times"] == after:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(premises_imports, name, dying)
    with pytest.raises(KeyboardInterrupt):
        _work_to_the_end()
    # A turn of the worker is one transaction: killed in it, the whole portion waits again.
    assert Premises.objects.count() - 3 == batch.rows.filter(state=RowState.DONE).count() < after, (
        "shop and row together"
    )
    monkeypatch.setattr(premises_imports, name, honest)
    while batch.rows.filter(state__in=[RowState.READY, RowState.WARNED]).exists():
        premises_imports.bring_in_premises(SimpleNamespace(about=f"importbatch:{batch.pk}"), MONDAY)  # type: ignore[arg-type]

    assert Premises.objects.count() - 3 == batch.rows.filter(state=RowState.DONE).count() == 12
    south = sides_of([street_city.street])[1]
    assert south.tiling.is_whole, "every metre of the side has one, and none has two"


def test_the_same_list_again_finds_every_row(street_city: SimpleNamespace, bring: Bring, confirmed: Bring) -> None:
    told = [shop("米铺", 0, 10), shop("布店", 10, 20, 负责人="店长"), shop("鞋行", 门宽=6, 起点=None, **at(33, -9))]
    confirmed(told)

    again = bring(told)

    assert set(again.rows.values_list("state", flat=True)) == {RowState.KNOWN}
    assert Premises.objects.get(name="鞋行").stretches.get().from_cm == 3000, "the front lies around its position"


def test_a_taken_back_list_was_never_there_but_what_people_worked_on_stays(
    street_city: SimpleNamespace, bring: Bring, confirmed: Bring
) -> None:
    told = [shop("米铺", 0, 10), shop("布店", 10, 20), shop("鞋行", 20, 30)]
    batch = confirmed(told)
    issue_area_notice(Premises.objects.get(name="布店"), by=street_city.officer, now=MONDAY)

    premises_imports.undo(batch, by=street_city.officer, now=MONDAY)
    _work_to_the_end()

    assert list(batch.rows.order_by("position").values_list("state", flat=True)) == [
        RowState.UNDONE,
        RowState.KEPT,
        RowState.UNDONE,
    ]
    assert set(
        Premises.objects.filter(closed_on=None, name__in=["米铺", "布店", "鞋行"]).values_list("name", flat=True)
    ) == {"布店"}
    assert [(one.from_cm, one.to_cm) for one in sides_of([street_city.street])[1].tiling.gaps] == [
        (0, 1000),
        (2000, 6000),
    ]
    again = bring(told)
    assert list(again.rows.order_by("position").values_list("state", flat=True)) == [
        RowState.WARNED,
        RowState.KNOWN,
        RowState.WARNED,
    ]


def test_a_row_with_our_own_number_corrects_and_can_be_taken_back(
    street_city: SimpleNamespace, confirmed: Bring
) -> None:
    tea = street_city.tea
    was, piece = facts_of_premises(tea), tea.stretches.get()
    batch = confirmed([Row(["清和茶庄", *[None] * 15], "")])
    assert only(batch).state == RowState.REFUSED, "a name alone says neither which shop nor where"

    column = {
        "登记号": tea.number,
        "名称": "清和茶庄",
        "负责人": "店长",
        "路段": "DQ-001",
        "哪一侧": "北侧",
        "起点": 0,
        "终点": 18,
    }
    batch = premises_imports.preview(
        _csv(column), "更正.csv", datum=Datum.CGCS2000, depth_m=3, boundary=KERB, by=street_city.officer, now=MONDAY
    )
    assert only(batch).reasons == [f"已登记为 {tea.number}，将更正：名称、联系岗位、责任段"]
    premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
    _work_to_the_end()
    tea.refresh_from_db()
    assert (tea.name, tea.contact_post, tea.stretches.get(valid_to=None).to_cm) == ("清和茶庄", "店长", 1800)

    batch.refresh_from_db()
    premises_imports.undo(batch, by=street_city.officer, now=MONDAY)
    _work_to_the_end()
    tea.refresh_from_db()
    assert facts_of_premises(tea) == was
    assert tea.stretches.get(valid_to=None) == piece, "the piece that it had before is the very same row again"


def test_a_correction_that_somebody_overtook_is_refused(street_city: SimpleNamespace, bring: Bring) -> None:
    tea = street_city.tea
    batch = premises_imports.preview(
        _csv({"登记号": tea.number, "名称": "清和茶庄"}), "更正.csv", datum=Datum.CGCS2000, depth_m=3, boundary=KERB,
        by=street_city.officer, now=MONDAY,
    )  # fmt: skip
    facts = facts_of_premises(tea)
    correct_premises(
        tea, PremisesFacts("清和茶社", facts.kind, door=facts.door), reason="换招牌", by=street_city.officer, now=MONDAY
    )
    premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
    _work_to_the_end()

    row = only(batch)
    assert row.state == RowState.REFUSED and "刚刚有人改过" in row.reasons[-1]
    tea.refresh_from_db()
    assert tea.name == "清和茶社"


@pytest.mark.parametrize(
    ("row", "state", "why"),
    [
        pytest.param(shop("甲", 0, 5, 负责人="陈某"), "warned", "联系人写的不是岗位", id="a person's name is not registered"),
        pytest.param(shop("甲", 0, 5, 负责人="店长陈某"), "warned", "只记岗位“店长”", id="of a post with a name the post stays"),
        pytest.param(shop("甲", 0, 5, 备注="13800138000"), "warned", "手机号没有保存", id="a mobile phone is not kept"),
        pytest.param(shop("甲", "K0+005", "K0+012.5"), "warned", "位置按责任段的中点", id="a chainage is read"),
        pytest.param(shop("甲", 5, None, 门宽=4), "warned", "位置按责任段的中点", id="one end and a width are two ends"),
        pytest.param(shop("甲", 0, 5, 方位="左", **at(2, -9)), "decide", "接受则以表里写的为准", id="the point is on the other side"),
        pytest.param(shop("甲", 0, 5, 方位="", **at(2, -9)), "ready", "", id="the side is where it stands"),
        pytest.param(shop("甲", 2, 8, 方位="北侧"), "decide", "和“清和茶铺”重叠 6.0 米", id="metres that somebody has are asked about"),
        pytest.param(shop("甲", 0, 5, 纵深=12), "decide", "过了道路中线", id="nobody's ground crosses the middle"),
        pytest.param(shop("甲", 0, 60.5), "warned", "按路段两端截齐", id="a hand's breadth beyond the end is cut off"),
        pytest.param(shop("甲", 0, 5, 所属社区="西坊社区", **at(2, -9)), "warned", "对不上，以位置为准", id="an unknown community is only told"),
        pytest.param(shop("清和茶铺", 0, 5, 门牌号="民权路 1 号", **at(10, 9)), "decide", "是同一家", id="the same name at the same door"),
        pytest.param(shop("甲", 0, 5, 类型="飞船"), "decide", "接受则按店铺登记", id="an unknown kind"),
        pytest.param(shop("甲", 5, 5), "refused", "起点和止点一样", id="a piece without length"),
        pytest.param(shop("甲", 道路="", 方位=""), "refused", "缺少位置", id="nowhere at all"),
        pytest.param(shop("甲", 道路="", 方位="", 门宽=5, **at(40, -9)), "warned", "按位置和门宽算出", id="the street is the one it stands at"),
    ],
)  # fmt: skip
def test_what_each_row_says(row: dict[str, Any], state: str, why: str, bring: Bring) -> None:
    found = only(bring([row]))
    assert (found.state, why in "；".join(found.reasons)) == (state, True), found.reasons


def test_the_same_shop_is_corrected_where_a_person_says_so(street_city: SimpleNamespace, bring: Bring) -> None:
    batch = bring([shop("清和茶铺", 0, 5, 门牌号="民权路 1 号", 业态="茶饮", **at(10, 9))])
    premises_imports.same(batch, rows=[2], by=street_city.officer, now=MONDAY)
    premises_imports.confirm(batch, by=street_city.officer, now=MONDAY)
    _work_to_the_end()

    street_city.tea.refresh_from_db()
    assert street_city.tea.trade == "茶饮" and Premises.objects.count() == 3


def test_numbers_of_persons_never_reach_the_database(street_city: SimpleNamespace, bring: Bring) -> None:
    row = only(bring([shop("甲", 0, 5, 备注="身份证44200019800101123X 电话13800138000.0", 负责人=13800138000)]))
    assert "44200019800101123X" not in str(row.cells) and "13800138000" not in str(row.cells) + str(row.understood)
    company = {"信用代码": "91442000MA4UX1234X", "电话": "0760-88880000"}
    assert without_personal_numbers(company) == company, "a company's code and a landline are nobody's person"


def test_a_correction_says_what_and_why(street_city: SimpleNamespace) -> None:
    tea = street_city.tea
    with pytest.raises(BadInput, match="没有改动"):
        correct_premises(tea, facts_of_premises(tea), reason="核实", by=street_city.officer, now=MONDAY)
    with pytest.raises(BadInput, match="原因"):
        correct_premises(tea, PremisesFacts("新名", "shop"), reason=" ", by=street_city.officer, now=MONDAY)
    with pytest.raises(NotAllowed):
        correct_premises(tea, PremisesFacts("新名", "shop"), reason="核实", by=street_city.handler, now=MONDAY)


def test_only_those_who_keep_the_register_import(street_city: SimpleNamespace, bring: Bring) -> None:
    with pytest.raises(NotAllowed):
        bring([shop("甲", 0, 5)], street_city.handler)


def _csv(cells: dict[str, Any]) -> bytes:
    return ("\n".join([",".join(cells), ",".join(str(each) for each in cells.values())])).encode("utf-8-sig")


def _work_to_the_end() -> None:
    while run_waiting(timezone.now() + timedelta(days=1)):
        pass
