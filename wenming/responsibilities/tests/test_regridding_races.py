"""Two officers at the same moment: one version follows the other, one signature holds, every line and proof has its number."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import shapely

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.responsibilities.closure import keep_report, prove
from wenming.responsibilities.models import ClosureReport, MatrixEntry, RoleHolding
from wenming.responsibilities.regridding import closure_of_draft, publish_redrawn, sign_for_opening
from wenming.responsibilities.services import add_matrix_entry, give_role
from wenming.territory.grids import drafts
from wenming.territory.models import Area, GridLayer, SignedFault
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, square  # noqa: F401 - four squares

from .test_frontage_races import at_once, db, done  # noqa: F401 - rows that are really there

WEST = "442000001001001"
DAY = MONDAY.date()


@pytest.fixture
def city(small_city: SimpleNamespace, layer: object) -> SimpleNamespace:  # noqa: F811
    add_matrix_entry(accountable="unit:EAST", basis="兜底", on=FOUNDED, by=None, now=MONDAY)
    return small_city


def cut_at(draft: object, row: float, by: object, seen: int = 0) -> None:
    line = shapely.LineString([(ORIGIN[0] - SIDE, ORIGIN[1] + row * SIDE), (ORIGIN[0] + 3 * SIDE, ORIGIN[1] + row * SIDE)])
    drafts.split_grid(draft, WEST, line, seen=seen, by=by, now=MONDAY)  # type: ignore[arg-type]


def test_of_two_versions_published_at_once_one_is_refused_in_words(city: SimpleNamespace) -> None:
    ones = [drafts.open_draft("block", name=name, by=city.officer, now=MONDAY) for name in ("甲", "乙")]
    for row, draft in zip((0.3, 0.6), ones, strict=True):
        cut_at(draft, row, city.officer)
    assert done(at_once(*(lambda draft=draft: publish_redrawn(draft, by=city.officer, now=MONDAY) for draft in ones))) == 1
    assert [one.version for one in GridLayer.objects.order_by("version")] == [1, 2]


def test_of_two_first_versions_of_a_kind_one_is_refused_in_words(city: SimpleNamespace) -> None:
    community = Area.objects.get(code="442000001001")
    ones = [drafts.open_draft("strip", name=name, by=city.officer, now=MONDAY) for name in ("甲", "乙")]
    for row, draft in zip((0.3, 0.6), ones, strict=True):
        drafts.add_grid(draft, community, square(0, row, 1, 0.1), name="路", seen=0, by=city.officer, now=MONDAY)
    assert done(at_once(*(lambda draft=draft: publish_redrawn(draft, by=city.officer, now=MONDAY) for draft in ones))) == 1
    assert GridLayer.objects.filter(kind="strip").count() == 1


def test_drawing_and_publishing_at_once_do_not_wait_for_one_another_for_ever(city: SimpleNamespace) -> None:
    for turn in range(5):
        draft = drafts.open_draft("block", name=f"第 {turn} 份", by=city.officer, now=MONDAY)
        drafts.rename_grid(draft, WEST, f"名 {turn}", seen=0, by=city.officer, now=MONDAY)
        draft.refresh_from_db()
        ends = at_once(
            lambda draft=draft: publish_redrawn(draft, by=city.officer, now=MONDAY),  # type: ignore[misc]
            lambda draft=draft, turn=turn: drafts.rename_grid(draft, WEST, f"名 {turn} 改", seen=1, by=city.officer, now=MONDAY),  # type: ignore[misc]
        )
        assert done(ends) >= 1


def test_an_opening_is_signed_for_once(city: SimpleNamespace) -> None:
    draft = drafts.open_draft("block", name="秋季调整", by=city.officer, now=MONDAY)
    drafts.redraw(draft, {WEST: square(0, 0, 1, 0.9)}, seen=0, by=city.officer, now=MONDAY)
    (one,) = closure_of_draft(draft, since=DAY).open
    assert done(at_once(*[lambda: sign_for_opening(draft, one.key, why="待测绘", by=city.officer, now=MONDAY)] * 2)) == 1
    assert SignedFault.objects.count() == 1


def test_two_proofs_two_lines_and_two_holders_at_once_all_have_their_place(city: SimpleNamespace) -> None:
    proof = prove(DAY)
    assert done(at_once(*[lambda: keep_report(proof, by=city.officer, now=MONDAY)] * 2)) == 2
    assert sorted(ClosureReport.objects.values_list("number", flat=True)) == [1, 2]
    lines = MatrixEntry.objects.count()
    assert done(at_once(*[lambda: add_matrix_entry(accountable="town", basis="依据", on=DAY, by=None, now=MONDAY)] * 2)) == 2
    assert MatrixEntry.objects.count() == lines + 2
    assert done(at_once(*[lambda: give_role("供水企业", to=city.west, town_code="*", on=DAY, by=None, now=MONDAY)] * 2)) == 2
    assert RoleHolding.objects.filter(role="供水企业", valid_to=None).count() == 1
