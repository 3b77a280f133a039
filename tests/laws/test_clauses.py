"""Law 7: every clause marked built has its specification, and the READMEs say what the clauses say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wenming.operations.policy_status import ROOT, built, clauses, with_table

MARK = re.compile(r'pytest\.mark\.policy\("([\d.]+)"\)')


def specified() -> set[str]:
    files = (Path(__file__).resolve().parents[1] / "policy").glob("test_*.py")
    return {clause for path in files for clause in MARK.findall(path.read_text())}


def test_there_are_sixty_four_clauses() -> None:
    assert len(clauses()) == 64


@pytest.mark.parametrize("clause", sorted(built()))
def test_a_built_clause_has_its_specification(clause: str) -> None:
    assert clause in specified(), f"tests/policy/ proves nothing of clause {clause}"


def test_no_specification_names_a_clause_that_does_not_exist() -> None:
    assert specified() <= {clause["id"] for clause in clauses()}


def test_what_is_built_in_part_says_which_part() -> None:
    assert all(clause.get("note") for clause in clauses() if clause.get("built") == "part")


@pytest.mark.parametrize(("name", "chinese"), [("README.md", False), ("README.zh-CN.md", True)])
def test_the_readme_tells_what_is_built(name: str, chinese: bool) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text == with_table(text, chinese), "run: python3 run.py manage policy_status"
