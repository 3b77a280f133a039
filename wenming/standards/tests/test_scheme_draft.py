"""Edits of a scheme as tables: what it says after them, which are refused and why, and what differs."""

from __future__ import annotations

from typing import Any

import pytest

from wenming.standards.rules.limits import Limit
from wenming.standards.rules.scheme_draft import (
    Act,
    DraftRule,
    DraftType,
    Edit,
    What,
    as_content,
    differences,
    drafted,
    edits_towards,
    rule_content,
)
from wenming.standards.rules.scheme_file import read_scheme

FULL = DraftRule("满溢", "清除", Limit.parse("4h"), was=1, root=11)
BROKEN = DraftRule("破损", "修好", Limit.parse("2d"), was=2, root=12)
BIN = DraftType("incident", "0192", "01", "市容环境", "垃圾满溢", "rubbish", ("环卫机构",), ("城管主管",), (FULL, BROKEN))
COVER = DraftType("component", "0101", "01", "公用设施", "上水井盖", None, ("供水企业",))
BASE = {"C0101": COVER, "E0192": BIN}
CATEGORIES = frozenset({"rubbish", "road"})


def told(rule: DraftRule, **otherwise: Any) -> dict[str, Any]:
    return rule_content(rule) | otherwise


def after(*edits: tuple[Act, str, dict[str, Any]], used: dict[str, str] | None = None):
    numbered = [Edit(n, *edit) for n, edit in enumerate(edits, start=1)]
    return drafted(BASE, numbered, CATEGORIES, used)


NEW = {"kind": "incident", "code": "0193", "name": "垃圾外溢"}
CHANGE, ADD, RETIRE = Act.CHANGE, Act.ADD, Act.RETIRE


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param([(CHANGE, "E0192", {"name": "桶满"})], [(What.NAME, "垃圾满溢", "桶满")], id="another name"),
        pytest.param([(CHANGE, "E0192", {"public": ""})], [(What.PUBLIC, "rubbish", None)], id="no choice of the citizen's"),
        pytest.param(
            [(CHANGE, "E0192", {"do_roles": [" 镇街 ", "镇街", ""]})], [(What.DO_ROLES, ("环卫机构",), ("镇街",))],
            id="another kind of unit, said twice",
        ),
        pytest.param(
            [(CHANGE, "E0192", {"rules": [told(FULL, limit="2h"), told(BROKEN)]})],
            [(What.LIMIT, Limit.parse("4h"), Limit.parse("2h"))], id="a shorter limit",
        ),
        pytest.param(
            [(CHANGE, "E0192", {"rules": [told(BROKEN), told(FULL)]})], [], id="another order is no difference",
        ),
        pytest.param(
            [(CHANGE, "E0192", {"rules": [told(FULL, condition="桶满", limit="2h"), told(BROKEN)]})],
            [(What.LIMIT, FULL.limit, Limit.parse("2h")), (What.CONDITION, "满溢", "桶满")], id="reworded, it stays the same rule",
        ),
        pytest.param([(CHANGE, "E0192", {"rules": [told(FULL)]})], [(What.RULE_REMOVED, BROKEN, None)], id="a rule goes"),
        pytest.param([(CHANGE, "C0101", {"name": "水井盖"}), (CHANGE, "C0101", {"name": "上水井盖"})], [], id="there and back"),
    ],
)  # fmt: skip
def test_what_differs(edits, expected) -> None:
    result = after(*edits)
    assert result.mistakes == ()
    assert [(d.what, d.before, d.after) for d in differences(BASE, result.types)] == expected


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        pytest.param((CHANGE, "E0999", {"name": "x"}), "没有 E0999", id="a type that is not there"),
        pytest.param((CHANGE, "E0192", {"name": " "}), "名称", id="no name"),
        pytest.param((CHANGE, "E0192", {"public": "sky"}), "没有市民选项 sky", id="an unknown choice"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL, limit="soon")]}), "时限 soon", id="a limit in words"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL, condition="")]}), "立案条件", id="no condition"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL, close_condition="长" * 81)]}), "结案要求", id="too long an end"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL), told(FULL, was=2)]}), "写得一样", id="the same condition twice"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL), told(BROKEN, was=1)]}), "同一条", id="one rule claimed twice"),
        pytest.param((CHANGE, "E0192", {"rules": [told(FULL, was=7)]}), "第 7 条", id="a rule that is gone"),
        pytest.param((ADD, "", NEW | {"code": "0192"}), "已经是“垃圾满溢”", id="a code in use"),
        pytest.param((ADD, "", NEW | {"code": "0177"}), "以前的版本里是“旧名”", id="a code of an earlier version"),
        pytest.param((ADD, "", NEW | {"code": "193"}), "四位数字", id="a short code"),
        pytest.param((ADD, "", NEW | {"code": "0993"[::-1]}), "没有编码 39 的大类", id="a class without a name"),
        pytest.param((ADD, "", NEW | {"name": "垃圾满溢"}), "已经有叫", id="a name in use"),
        pytest.param((RETIRE, "E0192", {"into": ["E0192"]}), "不能改用它自己", id="its own successor"),
        pytest.param((RETIRE, "E0192", {"into": ["E0555"]}), "没有 E0555", id="a successor that is not there"),
    ],
)
def test_what_is_refused(edit, says) -> None:
    result = after(edit, used={"E0177": "旧名"})
    assert result.types == BASE, "an edit that does not fit changes nothing"
    assert says in result.mistakes[0].sentence % result.mistakes[0].filled and result.mistakes[0].position == 1


def test_a_type_is_merged_and_its_rules_find_their_counterparts() -> None:
    rules = [{"was": None, "condition": "满溢", "close_condition": "清除", "limit": "2h"}, told(BROKEN, was=None, condition="坏了")]
    result = after((ADD, "", NEW | {"rules": rules}), (RETIRE, "E0192", {"into": ["E0193"]}))

    assert result.now_is("E0192") == "E0193"
    assert result.rule_after("E0192", FULL).limit == Limit.parse("2h")
    assert result.rule_after("E0192", BROKEN) is None, "other words, and not the only one: nobody can say"


def test_what_takes_its_place_must_stay() -> None:
    result = after((ADD, "", NEW), (RETIRE, "E0192", {"into": ["E0193"]}), (RETIRE, "E0193", {"into": []}))
    assert "它也没有了" in result.mistakes[0].sentence


def test_a_file_says_what_the_draft_says_and_leads_back_to_it() -> None:
    result = after((CHANGE, "E0192", {"name": "桶满", "rules": [told(FULL, limit="1ud"), told(BROKEN)]}), (ADD, "", NEW))
    heading = {"code": "DEMO", "version": 2, "name": "示例", "source": "测试", "confidence": "medium"}

    facts = read_scheme(as_content(heading, result.types), CATEGORIES)
    from_file = {
        ("C" if f.kind == "component" else "E") + f.code: DraftType(
            f.kind, f.code, f.big_code, f.big_name, f.name, f.public, f.do_roles, f.sup_roles,
            tuple(DraftRule(r.condition, r.close_condition, r.limit) for r in f.rules), f.local, f.confidence,
        )
        for f in facts.types
    }  # fmt: skip

    assert edits_towards(result.types, from_file) == []
    again = after(*edits_towards(BASE, from_file))
    assert again.mistakes == () and differences(result.types, again.types) == []
