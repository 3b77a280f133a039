"""Who answers for a matter at a spot: territory and department, precedence, holes and contradictions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from wenming.responsibilities.rules.matrix import Finding, MatrixRule, Matter, RoleHolder, Spot, answer, audit

TODAY = date(2026, 11, 23)
LITTER = Matter("GB30428:E0110", "incident", "01", do_roles=("环卫机构", "镇街"), sup_roles=("城管主管",))
COVER = Matter("GB30428:C0102", "component", "01", do_roles=("排水机构", "产权单位"), sup_roles=("城管主管",))
SHIQI, XIAOLAN = Spot("001"), Spot("100")
HOLDERS = (
    RoleHolder("镇街", "001", "SHIQI"),
    RoleHolder("镇街", "100", "XIAOLAN"),
    RoleHolder("社区", "001003", "TAIYUAN"),
    RoleHolder("环卫机构", "*", "CLEAN"),
    RoleHolder("环卫机构", "100", "CLEAN-XIAOLAN"),
    RoleHolder("排水机构", "*", "DRAIN"),
    RoleHolder("城管主管", "*", "URBAN"),
)


def rule(id, accountable, *, pattern="*", kind=None, town="*", order=100, supporting=(), **validity):
    since = validity.get("valid_from", date(2014, 1, 1))
    return MatrixRule(
        id, order, pattern, kind, town, accountable, tuple(supporting), "示例依据", since, validity.get("valid_to")
    )


# 部件先权属后属地; 事件先属地后主管.
CITY = (
    rule(1, "owner", kind="component", order=10, supporting=["town"]),
    rule(2, "do", kind="component", order=20, supporting=["town", "sup"]),
    rule(3, "town", kind="incident", order=10, supporting=["do", "sup"]),
)


def ask(matter, spot, rules=CITY, holders=HOLDERS, on=TODAY):
    return answer(matter, spot, on, rules, holders)


def test_territory_leads_incidents_and_departments_support():
    found = ask(LITTER, XIAOLAN)
    assert (found.accountable, found.finding) == ("XIAOLAN", None)
    assert found.supporting == ("CLEAN-XIAOLAN", "URBAN")
    assert found.rule.id == 3
    assert found.why == "权责第 3 条（示例依据）：由属地镇街负责"


def test_a_component_is_its_owners_first():
    found = ask(COVER, replace(SHIQI, owner_unit="WATER"))
    assert (found.accountable, found.supporting) == ("WATER", ("SHIQI",))
    assert found.alternatives == (("DRAIN", 2, "权责第 2 条（示例依据）：由处置单位（排水机构、产权单位）负责"),)


def test_a_component_without_a_registered_owner_goes_on_to_the_next_rule_which_alone_is_the_ground():
    found = ask(COVER, SHIQI)
    assert (found.accountable, found.rule.id) == ("DRAIN", 2)
    assert found.why == "权责第 2 条（示例依据）：由处置单位（排水机构、产权单位）负责"
    assert found.alternatives[0] == (None, 1, "权责第 1 条（示例依据）：没有登记权属单位，本条不适用")


@pytest.mark.parametrize(
    ("rules", "decides"),
    [
        pytest.param([rule(1, "unit:A"), rule(2, "unit:B", pattern="01*")], 2, id="a big class before everything"),
        pytest.param(
            [rule(1, "unit:A", pattern="01*"), rule(2, "unit:B", pattern="E0110")], 2, id="a type before its class"
        ),
        pytest.param(
            [rule(1, "unit:A", pattern="011*"), rule(2, "unit:B", pattern="GB30428:E0110")], 2, id="a full code"
        ),
        pytest.param(
            [rule(1, "unit:A", town="001"), rule(2, "unit:B", pattern="01*")], 2, id="the type before the place"
        ),
        pytest.param([rule(1, "unit:A"), rule(2, "unit:B", town="001")], 2, id="a town before the city"),
        pytest.param([rule(1, "unit:A"), rule(2, "unit:B", kind="incident")], 2, id="a kind before both"),
        pytest.param(
            [rule(1, "unit:A", order=1), rule(2, "unit:B", pattern="E0110", town="001")],
            1,
            id="the explicit order first",
        ),
        pytest.param([rule(1, "unit:A", pattern="E02*"), rule(2, "unit:B")], 2, id="another class does not apply"),
        pytest.param(
            [rule(1, "unit:A", pattern="CJ214:E0110"), rule(2, "unit:B")], 2, id="another scheme's code does not apply"
        ),
        pytest.param(
            [rule(1, "unit:A", pattern="C01*"), rule(2, "unit:B")], 2, id="a component's class does not apply"
        ),
        pytest.param([rule(1, "unit:A", town="100"), rule(2, "unit:B")], 2, id="another town does not apply"),
        pytest.param([rule(1, "unit:A", pattern="01*", valid_to=TODAY), rule(2, "unit:B")], 2, id="ended today"),
        pytest.param(
            [rule(1, "unit:A", pattern="01*", valid_from=date(2027, 1, 1)), rule(2, "unit:B")], 2, id="not yet in force"
        ),
    ],
)
def test_the_more_specific_rule_decides(rules, decides):
    found = ask(LITTER, SHIQI, rules)
    assert found.rule.id == decides
    assert ask(LITTER, SHIQI, list(reversed(rules))) == found


@pytest.mark.parametrize(
    ("target", "spot", "unit"),
    [
        pytest.param("unit:ANY", SHIQI, "ANY", id="a unit by name"),
        pytest.param("role:环卫机构", SHIQI, "CLEAN", id="whoever plays the role in the city"),
        pytest.param("role:环卫机构", XIAOLAN, "CLEAN-XIAOLAN", id="a town's own holder of the role"),
        pytest.param("town", XIAOLAN, "XIAOLAN", id="the town"),
        pytest.param("community", replace(SHIQI, community_code="001003"), "TAIYUAN", id="the community"),
        pytest.param("owner", replace(SHIQI, owner_unit="OWN"), "OWN", id="the owner"),
        pytest.param("do", SHIQI, "CLEAN", id="the first handling role of the type that is held"),
        pytest.param("sup", SHIQI, "URBAN", id="the type's department in charge"),
    ],
)
def test_targets(target, spot, unit):
    assert ask(LITTER, spot, [rule(1, target)]).accountable == unit


def test_rules_of_equal_standing_that_name_different_units_are_a_conflict_and_nobody_is_chosen():
    rules = [rule(7, "unit:A", town="001"), rule(8, "unit:B", town="001"), rule(9, "town")]
    found = ask(LITTER, SHIQI, rules)
    assert (found.accountable, found.finding, found.rule) == (None, "conflict", None)
    assert [(unit, number) for unit, number, _ in found.alternatives] == [("A", 7), ("B", 8), ("SHIQI", 9)]
    assert "第 7 条、第 8 条" in found.why


def test_rules_of_equal_standing_that_agree_are_no_conflict():
    found = ask(LITTER, SHIQI, [rule(7, "unit:SHIQI", town="001"), rule(8, "town", town="001")])
    assert (found.accountable, found.rule.id, found.finding) == ("SHIQI", 7, None)


def test_a_role_held_by_two_units_in_one_town_is_a_conflict():
    found = ask(LITTER, SHIQI, [rule(1, "role:环卫机构")], [*HOLDERS, RoleHolder("环卫机构", "*", "OTHER")])
    assert (found.accountable, found.finding) == (None, "conflict")
    assert [unit for unit, _, _ in found.alternatives] == ["CLEAN", "OTHER"]


def test_a_role_nobody_holds_is_a_gap_and_never_stepped_over():
    found = ask(LITTER, SHIQI, [rule(1, "role:河长", pattern="01*"), rule(2, "town")])
    assert (found.accountable, found.finding, found.rule.id) == (None, "gap", 1)
    assert found.alternatives == (("SHIQI", 2, "权责第 2 条（示例依据）：由属地镇街负责"),)
    assert "河长" in found.why


def test_a_matter_no_rule_speaks_of_is_a_gap():
    found = ask(LITTER, SHIQI, [])
    assert (found.accountable, found.finding, found.rule) == (None, "gap", None)
    assert found.why


def test_a_point_in_no_town_is_a_gap_with_its_reason():
    found = ask(LITTER, Spot(""))
    assert (found.accountable, found.finding) == (None, "gap")
    assert "不在任何镇街范围内" in found.why


def test_the_accountable_unit_does_not_support_itself_and_nobody_does_twice():
    found = ask(LITTER, SHIQI, [rule(1, "town", supporting=["town", "unit:X", "unit:X", "role:无人", "do"])])
    assert found.supporting == ("X", "CLEAN")


def test_an_unknown_target_is_a_mistake_in_the_data():
    with pytest.raises(ValueError, match="does not know"):
        ask(LITTER, SHIQI, [rule(1, "mayor")])


def test_the_same_matter_was_answered_by_the_rules_of_its_day():
    before = rule(1, "unit:OLD", valid_to=date(2020, 1, 1))
    after = rule(2, "unit:NEW", valid_from=date(2020, 1, 1))
    days = (date(2019, 12, 31), date(2020, 1, 1))
    assert [ask(LITTER, SHIQI, [before, after], on=day).accountable for day in days] == ["OLD", "NEW"]


def test_the_audit_of_a_whole_matrix_finds_nothing():
    assert audit(CITY, HOLDERS, [LITTER, COVER], ["001", "100"], TODAY) == []


def test_the_audit_lists_every_gap_and_conflict_over_types_and_towns():
    rules = [
        *CITY,
        rule(4, "unit:A", pattern="E0110", town="100", order=5),
        rule(5, "unit:B", pattern="E0110", town="100", order=5),
    ]
    holders = [holder for holder in HOLDERS if holder.role != "排水机构"]
    found = audit(rules, holders, [LITTER, COVER], ["001", "100"], TODAY)
    assert [(f.kind, f.type_code, f.town_code) for f in found] == [
        ("conflict", "GB30428:E0110", "100"),
        ("gap", "GB30428:C0102", "001"),
        ("gap", "GB30428:C0102", "100"),
    ]
    assert all(isinstance(f, Finding) and f.why and f.rules for f in found)
    assert found[0].rules[:2] == (4, 5)
