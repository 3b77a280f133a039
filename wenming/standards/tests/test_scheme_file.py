"""A scheme file is read whole or refused with every mistake named."""

from __future__ import annotations

import pytest

from wenming.standards.rules.limits import Limit, LimitUnit
from wenming.standards.rules.scheme_file import SchemeFileWrong, digest_of, read_scheme

from .conftest import scheme_file

CATEGORIES = frozenset({"litter"})


def test_a_scheme_is_read_with_its_types_and_rules():
    scheme = read_scheme(scheme_file(), CATEGORIES)
    cover, litter = scheme.types
    assert (scheme.code, scheme.version) == ("DEMO", 1)
    assert (cover.kind, cover.code, cover.big_name, cover.confidence) == ("component", "0101", "公用设施", "medium")
    assert [(rule.limit, rule.urgent) for rule in cover.rules] == [
        (Limit(2, LimitUnit.HOURS), True),
        (Limit(4, LimitUnit.WORK_HOURS), False),
    ]
    assert (litter.kind, litter.public, litter.rules) == ("incident", "litter", ())


def test_a_type_may_be_less_sure_than_its_scheme():
    types = [{"code": "0101", "name": "井盖", "confidence": "recon"}]
    assert read_scheme(scheme_file(types=types), CATEGORIES).types[0].confidence == "recon"


@pytest.mark.parametrize(
    ("type_", "mistake"),
    [
        pytest.param({"code": 101, "name": "井盖"}, "四位数字", id="a number instead of a code"),
        pytest.param({"code": "101", "name": "井盖"}, "四位数字", id="three digits"),
        pytest.param({"code": "0201", "name": "井盖"}, "不在它的大类", id="in another big class"),
        pytest.param({"code": "0101"}, "没有名称", id="no name"),
        pytest.param(
            {"code": "0101", "name": "井盖", "public": "litle"}, "市民选项", id="a choice that does not exist"
        ),
        pytest.param({"code": "0101", "name": "井盖", "confidence": "sure"}, "confidence", id="unknown confidence"),
        pytest.param(
            {"code": "0101", "name": "井盖", "rules": [["缺失", "恢复"]]}, "第 1 条", id="a rule without limit"
        ),
        pytest.param(
            {"code": "0101", "name": "井盖", "rules": [["缺失", "", "2h"]]}, "第 1 条", id="an empty condition"
        ),
        pytest.param(
            {"code": "0101", "name": "井盖", "rules": [["缺失", "恢复", "2 h"]]}, "看不懂", id="an unreadable limit"
        ),
    ],
)
def test_mistakes_are_named(type_, mistake):
    with pytest.raises(SchemeFileWrong, match=mistake):
        read_scheme(scheme_file(types=[type_]), CATEGORIES)


def test_every_mistake_is_named_at_once():
    twice = [{"code": "0101", "name": "井盖"}, {"code": "0101", "name": "井盖"}, {"code": "0299"}]
    with pytest.raises(SchemeFileWrong) as wrong:
        read_scheme(scheme_file(types=twice), CATEGORIES)
    assert len(wrong.value.mistakes) == 3


@pytest.mark.parametrize(
    "heading", [{}, {"code": "X"}, {"code": "X", "name": "名", "source": "源", "confidence": "low", "version": 0}]
)
def test_a_heading_is_complete(heading):
    with pytest.raises(SchemeFileWrong):
        read_scheme({**scheme_file(), "scheme": heading}, CATEGORIES)


def test_a_file_without_types_is_refused():
    with pytest.raises(SchemeFileWrong, match="没有一个小类"):
        read_scheme({"scheme": scheme_file()["scheme"]}, CATEGORIES)


def test_the_digest_follows_the_content_and_not_the_layout():
    one, other = scheme_file(), scheme_file()
    other["scheme"] = dict(reversed(other["scheme"].items()))
    assert digest_of(one) == digest_of(other)
    other["scheme"]["name"] = "别的"
    assert digest_of(one) != digest_of(other)
