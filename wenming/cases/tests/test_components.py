"""A case on a component finds its owner: proposed, attached, corrected, and said so in the matrix's answer. 4.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
import shapely
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from wenming.cases import components
from wenming.cases.components import PROPOSE_WITHIN_M, cases_on, component_for, link_of
from wenming.cases.models import Case, CaseComponent
from wenming.cases.models.components import CHOSEN, FIELD
from wenming.cases.proposals import proposal
from wenming.cases.selectors import suggestion
from wenming.cases.services import collect
from wenming.cases.services.components import ComponentNotInUse, attach_component, detach_component
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT, MONDAY
from wenming.journal.models import Entry
from wenming.observations.services import Where
from wenming.refusals import NotAllowed
from wenming.responsibilities.services import add_matrix_entry
from wenming.standards.models import ProblemType, Scheme, TypeMapping
from wenming.territory.components import selectors as register
from wenming.territory.components.services import Drawn, Facts, register_component, retire_component
from wenming.territory.models import Area, Component, Level

HERE = (113.385, 22.525)
METRE = 1 / 111_320


@pytest.fixture
def city(small_city: SimpleNamespace) -> SimpleNamespace:
    """The small city with an outline, and the line of the matrix that asks for a component's owner first."""
    for code, level in (("442000", Level.CITY), ("442000002", Level.TOWN)):
        area = Area(code=code, level=level, name=code, short_name=code, kind="市", valid_from=date(2020, 1, 1))
        area.parent = Area.objects.filter(level=Level.CITY).first()
        area.set_geometry(shapely.box(113.3, 22.4, 113.5, 22.6))
        area.save()
    add_matrix_entry(
        order=10, kind="component", accountable="owner", basis="部件先权属", on=FOUNDED, by=None, now=FOUNDED_AT
    )
    add_matrix_entry(
        kind="component", accountable="unit:EAST", basis="没有权属的归属地", on=FOUNDED, by=None, now=FOUNDED_AT
    )
    return small_city


@pytest.fixture
def cover(city: SimpleNamespace) -> Callable[..., Component]:
    """`cover(1, north=6)`: a manhole cover of the sanitation department that many metres north of the report."""

    def put(serial: int = 1, north: float = 6, **facts: object) -> Component:
        given = {"owner": city.sanitation, **facts}
        where = Drawn(shapely.Point(HERE[0], HERE[1] + north * METRE))
        return register_component(
            f"4420000101{serial:06d}", Facts("TEST:C0101", **given), where, on=FOUNDED, by=city.officer, now=MONDAY  # type: ignore[arg-type]
        )

    return put


@pytest.fixture
def case(city: SimpleNamespace, report: Callable[..., object]) -> Case:
    handed_in = report(where=Where(*HERE), problem_type=city.manhole, text="井盖裂了")
    return collect(handed_in.report, now=MONDAY)  # type: ignore[attr-defined]


def test_the_nearest_of_the_kind_is_proposed_and_the_answer_says_whose_it_is(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    cover(2, north=15, owner=city.east)
    near = cover(1, north=6)
    offered = proposal(case, MONDAY)

    assert offered.suggestion and offered.suggestion.component
    assert offered.suggestion.component.component == near and not offered.suggestion.component.attached
    assert offered.unit == city.sanitation
    assert "权责第 2 条（部件先权属）" in offered.why and "部件 4420000101000001（距 6 米）的权属单位" in offered.why
    assert not CaseComponent.objects.exists(), "proposed is not attached"


def test_without_a_component_near_the_next_line_answers_and_says_so(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    cover(1, north=PROPOSE_WITHIN_M + 2)
    answer = suggestion(case, MONDAY)

    assert answer and answer.component is None and answer.unit == city.east
    assert any("没有登记权属单位" in why for _unit, _rule, why in answer.answer.alternatives)


def test_a_component_without_an_owner_leaves_it_to_the_next_line(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    cover(1, owner=None)
    answer = suggestion(case, MONDAY)

    assert answer and answer.unit == city.east
    assert any("部件 4420000101000001（距 6 米）没有登记权属单位" in why for _u, _r, why in answer.answer.alternatives)


def test_what_a_person_said_counts_more_than_what_is_near(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    cover(1, north=2)
    other = cover(2, north=20, owner=city.west)
    attach_component(case, other, how=CHOSEN, by=city.dispatcher, now=MONDAY)

    found = component_for(case, city.manhole)
    assert found and found.component == other and found.attached and found.distance_m == pytest.approx(20, abs=0.2)
    answer = suggestion(case, MONDAY)
    assert answer and answer.unit == city.west
    detach_component(case, by=city.dispatcher, now=MONDAY)
    assert component_for(case, city.manhole) is None, "about none: the nearest is not put forward again"
    assert [entry.facts.get("component", entry.facts.get("was")) for entry in Entry.objects.filter(action__startswith="case.component-")] == [
        other.code, other.code,
    ]  # fmt: skip


def test_a_component_knows_its_cases(case: Case, cover: Callable[..., Component], city: SimpleNamespace) -> None:
    first, second = cover(1), cover(2, north=9)
    attach_component(case, first, how=FIELD, by=city.supervisor, now=MONDAY)
    attach_component(case, first, how=FIELD, by=city.supervisor, now=MONDAY)
    assert CaseComponent.objects.count() == 1, "said twice is said once"
    assert [link.case for link in cases_on(first)] == [case]
    attach_component(case, second, how=CHOSEN, by=city.dispatcher, now=MONDAY)

    assert not cases_on(first).exists() and [link.case for link in cases_on(second)] == [case]
    link = link_of(case)
    assert link and link.component == second and link.by == city.dispatcher


def test_the_same_kind_under_another_schemes_code_is_found(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    old = Scheme.objects.create(
        code="OLD", version=1, name="旧", source="旧", confidence="high", created_at=MONDAY, published_at=MONDAY, digest="old"
    )
    twin = ProblemType.objects.create(
        scheme=old, kind="component", code="0101", big_code="01", big_name="公用", name="上水井盖", confidence="high"
    )
    TypeMapping.objects.create(from_type=twin, to_type=city.manhole, confidence="high")
    where = Drawn(shapely.Point(*HERE))
    told = register_component("4420000101000009", Facts("OLD:C0101"), where, on=FOUNDED, by=city.officer, now=MONDAY)

    found = component_for(case, city.manhole)
    assert found and found.component == told


def test_incidents_ask_the_register_nothing_and_an_empty_register_is_asked_nothing(
    case: Case, city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "_begun", False)
    monkeypatch.setattr(register, "_looked_at", -1e9)
    with CaptureQueriesContext(connection) as asked:
        component_for(case, city.manhole)
    assert len(asked) == 1, "whether there is a register at all; for the next minute not even that"
    with CaptureQueriesContext(connection) as asked:
        component_for(case, city.manhole)
        monkeypatch.setattr(register, "_begun", True)
        component_for(case, city.overflow)
    assert len(asked) == 0


def test_only_who_may_says_it_and_only_of_what_is_there(
    case: Case, cover: Callable[..., Component], city: SimpleNamespace
) -> None:
    one = cover(1)
    with pytest.raises(NotAllowed), transaction.atomic():
        attach_component(case, one, how=CHOSEN, by=city.supervisor, now=MONDAY)
    with pytest.raises(NotAllowed), transaction.atomic():
        attach_component(case, one, how=FIELD, by=city.handler, now=MONDAY)
    one = retire_component(one, reason="拆了", on=MONDAY.date(), by=city.officer, now=MONDAY)
    with pytest.raises(ComponentNotInUse, match="已经注销"):
        attach_component(case, one, how=CHOSEN, by=city.dispatcher, now=MONDAY)
    assert component_for(case, city.manhole) is None, "what is retired is not proposed"


def test_what_was_said_is_never_rewritten(case: Case, cover: Callable[..., Component], city: SimpleNamespace) -> None:
    attach_component(case, cover(1), how=CHOSEN, by=city.dispatcher, now=MONDAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseComponent.objects.update(distance_m=1)


def test_the_choices_around_a_case_are_of_every_kind(case: Case, cover: Callable[..., Component]) -> None:
    cover(1, north=100)
    cover(2, north=3)

    assert [one.metres for one in components.choices_for(case)] == [3, 100]
