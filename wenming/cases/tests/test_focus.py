"""The focus problems (4.4): what belongs to one, its figures, and the walks that fall due."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from wenming.cases.focus.counting import tallies
from wenming.cases.focus.proposing import why_words
from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.focus.reach import reach_of, reaches_of
from wenming.cases.focus.selectors import rows_behind, worst_places
from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State
from wenming.cases.services import collect
from wenming.cases.tests.story import MONDAY, at
from wenming.observations.models import AreaKind, Channel, Patrol, PatrolPlan, PointAnswer, PointLook, Report
from wenming.observations.patrols.areas import PatrolArea
from wenming.observations.patrols.selectors import coverage_by_focus, patrols_to_do, points_of, results_of
from wenming.observations.patrols.services import AlreadyPlanned, end_plan, plan_patrol, see_point
from wenming.observations.services import Where, receive_report
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import Duty
from wenming.responsibilities.services import escalate
from wenming.standards.focus.selectors import facts_of, focus, focuses
from wenming.standards.focus.services import NothingChanged, load_focuses, publish_focus
from wenming.standards.models import FocusEdition
from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
from wenming.territory.models import Area, Landmark, Level, Placement, Source

TODAY = MONDAY.date()
Report_ = Callable[..., Any]


@pytest.fixture
def corners(small_city: SimpleNamespace) -> FocusEdition:
    """The ten of the file, and 卫生死角 changed to this city's own scheme."""
    load_focuses(by=None, now=MONDAY)
    facts = FocusFacts(
        code="corners", name="卫生死角", position=6, cycle_days=7, patterns=("TEST:E01*",), source="测试",
        items=(
            ItemFacts("C1", "没有积存垃圾", "有垃圾记不合格", "TEST:E0192"),
            ItemFacts("C2", "没有污水", "有污水记不合格"),
        ),
    )  # fmt: skip
    return publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=MONDAY)


@pytest.fixture
def town(small_city: SimpleNamespace) -> PatrolArea:
    Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=TODAY,
        label_lon=113.40, label_lat=22.51,
    )  # fmt: skip
    return PatrolArea(AreaKind.TOWN, "442000002", "东区", "442000002", (113.40, 22.51))


@pytest.fixture
def case_at(small_city: SimpleNamespace, report: Report_, town: PatrolArea) -> Callable[..., Case]:
    """`case_at(113.38, 22.51, days_ago=3)`: a full bin there."""

    def bring(longitude: float, latitude: float, *, days_ago: float = 1, **facts: Any) -> Case:
        when = MONDAY - timedelta(days=days_ago)
        case = collect(report(problem_type=small_city.overflow, now=when, **facts).report, now=when)
        place = Placement.objects.create(
            longitude=longitude, latitude=latitude, source=Source.MAP, address="民权路口", created_at=when,
            town=Area.objects.get(code=town.code),
        )  # fmt: skip
        Case.objects.filter(pk=case.pk).update(placement=place)
        return Case.objects.get(pk=case.pk)

    return bring


@pytest.fixture
def plan(corners: FocusEdition, town: PatrolArea, small_city: SimpleNamespace) -> PatrolPlan:
    return plan_patrol(
        corners, area=town, unit=small_city.east, cycle_days=7, starts_on=TODAY, by=small_city.officer, now=MONDAY
    )


# --- definitions -----------------------------------------------------------------------------------------------------


def test_the_ten_stand_in_the_policys_own_words_and_order(db: object) -> None:
    load_focuses(by=None, now=MONDAY)

    assert [each.name for each in focuses()] == [
        "无照流动经营", "违法户外广告招牌", "市场周边环境", "占道经营", "空置地管理", "卫生死角", "市政设施残缺", "在建工地管理", "路边斜坡", "河涌",
    ]  # fmt: skip
    assert all(len(each.items.all()) >= 3 and each.cycle_days for each in focuses())
    assert load_focuses(by=None, now=MONDAY) == []


def test_the_next_version_is_in_force_and_the_last_one_stays(corners: FocusEdition) -> None:
    assert (corners.version, focus("corners")) == (2, corners)
    assert FocusEdition.objects.filter(code="corners").count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        FocusEdition.objects.filter(code="corners").update(name="别的")


def test_what_is_wrong_is_named_at_once(corners: FocusEdition, small_city: SimpleNamespace) -> None:
    facts = FocusFacts("corners", "卫生死角", 6, 0, ("垃圾",), ())

    with pytest.raises(BadInput) as refused:
        publish_focus(facts, reason="试", seen_version=2, by=small_city.officer, now=MONDAY)

    assert "3 处" in str(refused.value) and "垃圾" in str(refused.value)


def test_it_is_published_by_the_office_on_the_version_in_force(corners: FocusEdition, small_city: SimpleNamespace) -> None:
    with pytest.raises(NothingChanged):
        publish_focus(facts_of(corners), reason="试", seen_version=2, by=small_city.officer, now=MONDAY)
    with pytest.raises(BadInput):
        publish_focus(facts_of(corners), reason="试", seen_version=1, by=small_city.officer, now=MONDAY)
    with pytest.raises(NotAllowed):
        publish_focus(facts_of(corners), reason="试", seen_version=2, by=small_city.dispatcher, now=MONDAY)


# --- figures ---------------------------------------------------------------------------------------------------------


def figures_by_focus(editions: Sequence[FocusEdition], since: date, until: date) -> dict[str, dict[str, int]]:
    return {code: each.figures() for code, each in tallies(reaches_of(editions), [(since, until)], TODAY, MONDAY).items()}


def weeks_by_focus(editions: Sequence[FocusEdition]) -> dict[str, list[int]]:
    return {code: each.weeks for code, each in tallies(reaches_of(editions), [(TODAY, TODAY)], TODAY, MONDAY).items()}


def test_every_figure_is_as_many_as_the_rows_behind_it(
    corners: FocusEdition, case_at: Callable[..., Case], small_city: SimpleNamespace
) -> None:
    since, until = TODAY - timedelta(days=27), TODAY
    old, fresh = case_at(113.38, 22.51, days_ago=40), case_at(113.38, 22.51, days_ago=3)
    Case.objects.filter(pk=old.pk).update(state=State.CLOSED, closed_at=MONDAY - timedelta(days=20))
    Case.objects.filter(pk=fresh.pk).update(due_at=MONDAY - timedelta(hours=1))
    refused = case_at(113.38, 22.51)
    Case.objects.filter(pk=refused.pk).update(state=State.NOT_ACCEPTED)

    figures = figures_by_focus(focuses(), since, until)["corners"]

    assert figures == {"open": 1, "late": 1, "new": 1, "closed": 1, "recurrent": 0, "all": 0}
    for name in ("open", "late", "new", "closed", "recurrent"):
        rows = rows_behind(reach_of(corners), Case.objects.all(), name, since=since, until=until, now=MONDAY)
        assert rows.count() == figures[name], name


def test_a_case_counts_in_the_focuses_that_its_type_belongs_to_and_in_no_other(
    corners: FocusEdition, case_at: Callable[..., Case], small_city: SimpleNamespace
) -> None:
    case_at(113.38, 22.51)
    broken = case_at(113.39, 22.51)
    Case.objects.filter(pk=broken.pk).update(problem_type=small_city.manhole)
    pairs = {"facilities": ("TEST:C01*",), "waters": ("TEST:C0101", "TEST:E0192")}
    for position, (code, patterns) in enumerate(pairs.items(), start=7):
        facts = FocusFacts(code, code, position, 7, patterns, (ItemFacts("X1", "干净", "不干净记不合格"),))
        publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=MONDAY)

    figures = figures_by_focus(focuses(), TODAY - timedelta(days=6), TODAY)
    weeks = weeks_by_focus(focuses())

    new = {code: line["new"] for code, line in figures.items()}
    assert {code: many for code, many in new.items() if many} == {"corners": 1, "facilities": 1, "waters": 2}
    assert {code: sum(line) for code, line in weeks.items()} == new


def test_recurrent_is_what_came_back_in_the_same_grid_within_ninety_days(
    corners: FocusEdition, case_at: Callable[..., Case], small_city: SimpleNamespace
) -> None:
    from wenming.territory.models import Grid, GridLayer

    layer = GridLayer.objects.create(kind="block", version=1)
    community = Area.objects.create(
        code="442000002001", level=Level.COMMUNITY, name="某社区", short_name="某社区", kind="社区", valid_from=TODAY
    )
    grid = Grid.objects.create(layer=layer, code="442000002001001", name="一格", community=community)
    first, again, elsewhere = case_at(113.38, 22.51, days_ago=100), case_at(113.38, 22.51), case_at(113.39, 22.52)
    Placement.objects.filter(pk__in=[first.placement_id, again.placement_id]).update(grid=grid, community=community)
    since, until = TODAY - timedelta(days=6), TODAY

    def came_back() -> list[Case]:
        return list(rows_behind(reach_of(corners), Case.objects.all(), "recurrent", since=since, until=until, now=MONDAY))

    Case.objects.filter(pk=first.pk).update(state=State.CLOSED, closed_at=MONDAY - timedelta(days=95))
    assert came_back() == [], "closed too long ago"
    Case.objects.filter(pk=first.pk).update(state=State.CLOSED, closed_at=MONDAY - timedelta(days=60))
    assert came_back() == [again]
    assert figures_by_focus([corners], since, until)["corners"]["recurrent"] == 1
    assert [place.key for place in worst_places(reach_of(corners), since=since, until=until)["grid"]] == [f"grid:{grid.code}"]
    rows = rows_behind(reach_of(corners), Case.objects.all(), "new", since=since, until=until, now=MONDAY, place=f"grid:{grid.code}")
    assert list(rows) == [again] and elsewhere not in rows


def test_weeks_are_mondays_to_sundays_over_two_years(corners: FocusEdition, case_at: Callable[..., Case]) -> None:
    # MONDAY 09:00 less a day is Sunday of last week; less 364 days is this week a year ago.
    for days_ago in (0, 1, 7, 364):
        case_at(113.38, 22.51, days_ago=days_ago)

    weeks = weeks_by_focus([corners])["corners"]

    assert (len(weeks), sum(weeks)) == (104, 4)
    assert (weeks[-1], weeks[-2], weeks[-53]) == (1, 2, 1)


def test_market_surroundings_are_what_lies_near_a_market(
    corners: FocusEdition, case_at: Callable[..., Case], town: PatrolArea, small_city: SimpleNamespace
) -> None:
    near, far = case_at(113.3801, 22.51), case_at(113.39, 22.51)
    Landmark.objects.create(
        name="民权市场", kind="农贸市场", longitude=113.38, latitude=22.51, town=Area.objects.get(code=town.code)
    )
    facts = FocusFacts(
        "markets", "市场周边环境", 3, 3, ("TEST:E0192",), (ItemFacts("M1", "干净", "不干净记不合格"),), ("农贸市场",), 150
    )
    markets = publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=MONDAY)

    assert list(reach_of(markets).cases()) == [near] and far in reach_of(corners).cases()
    figures = figures_by_focus(focuses(), TODAY - timedelta(days=6), TODAY)
    assert (figures["markets"]["new"], figures["corners"]["new"]) == (1, 2)


# --- plans and walks -------------------------------------------------------------------------------------------------


def test_an_area_has_one_plan_and_a_unit_with_people_on_the_street(
    plan: PatrolPlan, corners: FocusEdition, town: PatrolArea, small_city: SimpleNamespace
) -> None:
    given: dict[str, Any] = {"area": town, "cycle_days": 7, "starts_on": TODAY, "now": MONDAY}
    with pytest.raises(AlreadyPlanned):
        plan_patrol(corners, unit=small_city.east, by=small_city.officer, **given)
    with pytest.raises(BadInput, match="没有巡查人员"):
        plan_patrol(focus("stalls"), unit=small_city.sanitation, by=small_city.officer, **given)
    with pytest.raises(NotAllowed):
        plan_patrol(focus("stalls"), unit=small_city.east, by=small_city.east_handler, **given)


def test_a_due_walk_is_a_duty_that_comes_once_a_turn_and_climbs_the_one_ladder(
    plan: PatrolPlan, small_city: SimpleNamespace
) -> None:
    midnight = at("11-16 00:05")
    assert (raise_due_patrols(midnight), raise_due_patrols(MONDAY)) == (1, 0)

    patrol = Patrol.objects.get()
    assert (patrol.number, patrol.turn_on, patrol.duty.owner) == ("P26-00001", TODAY, small_city.east)
    assert patrol.duty.subject == patrol.key and patrol.duty.due_at == at("11-20 18:00"), "Friday evening"
    # A week later the first is still open: it climbs, and no second one is piled upon it.
    later = MONDAY + timedelta(days=8)
    assert raise_due_patrols(later) == 0
    escalate(later)
    escalate(later)
    assert Duty.objects.get(pk=patrol.duty_id).rung in {"overdue", "reminded", "supervised"}
    coverage = coverage_by_focus(TODAY, later.date(), later)["corners"]
    assert (coverage.turns, coverage.walked, coverage.open, coverage.overdue, coverage.share_percent) == (2, 0, 1, 1, 0.0)


def test_the_route_comes_by_where_there_were_cases_and_says_why(
    plan: PatrolPlan, case_at: Callable[..., Case], small_city: SimpleNamespace
) -> None:
    for east in (113.3830, 113.3800, 113.3800, 113.3815):
        case_at(east, 22.51)
    case_at(113.40, 22.52, days_ago=100)  # too long ago to be a reason
    raise_due_patrols(MONDAY)

    patrol = Patrol.objects.get()
    points = points_of(patrol)

    assert len(points) == 3
    assert [point.placement.longitude for point in points] in ([113.38, 113.3815, 113.383], [113.383, 113.3815, 113.38])
    assert {tuple(why_words(point.why)) for point in points} == {("近 90 天 2 件",), ("近 90 天 1 件",)}
    assert points[0].metres == 0 and 300 < patrol.route_m < 312 and patrol.unplanned_m > patrol.route_m
    assert list(patrols_to_do(small_city.east_patrol)) == [patrol]
    assert list(patrols_to_do(small_city.supervisor)) == []


def test_a_place_without_history_is_looked_at_all_the_same(plan: PatrolPlan) -> None:
    raise_due_patrols(MONDAY)

    (point,) = points_of(Patrol.objects.get())
    assert why_words(point.why) == ["没有突出的地方，到片区走一走"] and point.placement.address == "东区"


@pytest.fixture
def point(plan: PatrolPlan, case_at: Callable[..., Case]) -> Any:
    case_at(113.38, 22.51)
    raise_due_patrols(MONDAY)
    return points_of(Patrol.objects.get())[0]


def report_there(by: Any) -> Callable[[Any], Report]:
    def make(item: Any) -> Report:
        return receive_report(
            channel=Channel.FIELD, client_id=str(uuid.uuid4()), where=Where(address="民权路口"), now=MONDAY, text=item.words, by=by
        ).report

    return make


def look(point: Any, by: Any, seen: str, answers: dict[Any, str] | None = None, **given: Any) -> PointLook:
    facts: dict[str, Any] = {"note": "", "seen_at": MONDAY, "now": MONDAY, "report_of": report_there(by), **given}
    return see_point(point, seen=seen, answers=answers or {}, by=by, **facts)


def test_nothing_wrong_is_one_word_and_ends_the_walk_with_its_last_point(point: Any, small_city: SimpleNamespace) -> None:
    found = look(point, small_city.east_patrol, "fine")

    patrol = Patrol.objects.get()
    assert found.seen == "fine" and patrol.finished_at == MONDAY
    assert (patrol.duty.state, patrol.duty.answered_on_time) == ("discharged", True)
    coverage = coverage_by_focus(TODAY, TODAY, MONDAY)["corners"]
    assert (coverage.walked, coverage.punctual, coverage.fresh, coverage.points, coverage.seen) == (1, 1, 1, 1, 1)
    assert coverage.share_percent == 100.0
    assert PointAnswer.objects.count() == 0, "what was not asked is not answered for anybody"


def test_what_is_not_in_order_is_a_report_and_the_list_is_counted(
    point: Any, corners: FocusEdition, small_city: SimpleNamespace
) -> None:
    one, two = corners.items.order_by("position")
    found = look(point, small_city.east_patrol, "checked", {one: "fail", two: "pass"})

    assert found.seen == "found"
    assert found.answers.get(item=one).report is not None and found.answers.get(item=two).report is None
    results = results_of([("C1", "没有积存垃圾"), ("C2", "没有污水")], "corners", TODAY, TODAY).items
    assert [(line.counts, line.share_percent) for line in results] == [
        ({"pass": 0, "fail": 1, "none": 0}, 0.0), ({"pass": 1, "fail": 0, "none": 0}, 100.0),
    ]  # fmt: skip


def test_what_contradicts_itself_is_not_taken(point: Any, corners: FocusEdition, small_city: SimpleNamespace) -> None:
    item = corners.items.first()
    for seen, answers in (("fine", {item: "fail"}), ("unseen", {}), ("checked", {}), ("", {})):
        with pytest.raises(BadInput):
            look(point, small_city.east_patrol, seen, answers)
    assert PointLook.objects.count() == 0


def test_another_units_people_do_not_look_here(point: Any, small_city: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        look(point, small_city.supervisor, "fine")


def test_a_second_look_and_one_that_comes_too_late_are_kept(point: Any, plan: PatrolPlan, small_city: SimpleNamespace) -> None:
    look(point, small_city.east_patrol, "unseen", note="有围挡")
    end_plan(plan, by=small_city.officer, now=MONDAY)

    look(point, small_city.east_patrol, "fine")

    assert [each.seen for each in point.looks.order_by("position")] == ["unseen", "fine"]


def test_an_ended_plan_owes_nothing_more(plan: PatrolPlan, small_city: SimpleNamespace) -> None:
    raise_due_patrols(MONDAY)
    end_plan(plan, by=small_city.officer, now=MONDAY)

    assert Duty.objects.get(kind="patrol.walk").state == "withdrawn"
    assert raise_due_patrols(MONDAY + timedelta(days=7)) == 0
    assert list(patrols_to_do(small_city.east_patrol)) == []


def test_what_was_not_seen_last_time_is_on_the_next_walk(point: Any, small_city: SimpleNamespace) -> None:
    look(point, small_city.east_patrol, "unseen", note="有围挡")
    Case.objects.update(opened_at=F("opened_at") - timedelta(days=200))
    raise_due_patrols(MONDAY + timedelta(days=7))

    (next_point,) = points_of(Patrol.objects.order_by("-turn_on").first())
    assert why_words(next_point.why) == ["上次（11-16）没看到"]


def test_no_table_of_a_patrol_knows_where_anybody_was() -> None:
    """减负: points are of places; a look has a moment and an answer, no position and no duration."""
    columns = {column.name for model in (Patrol, PointLook, PointAnswer) for column in model._meta.get_fields()}

    assert not {name for name in columns if any(word in name for word in ("lon", "lat", "track", "online", "minutes", "check"))}
