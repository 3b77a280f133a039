"""Policy 1: assessment system and target decomposition."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases.models import Case
from wenming.cases.tests.story import FOUNDED, FOUNDED_AT
from wenming.responsibilities.rules.matrix import audit
from wenming.responsibilities.selectors import matrix_on, matter_of, role_holders_on
from wenming.responsibilities.services import add_matrix_entry


@pytest.mark.policy("1.6")
def test_every_routing_answer_explains_the_rule_that_gave_it(
    reported: Callable[..., Case], at_desk: Callable[[str], Client]
) -> None:
    """Any matter resolves to exactly one accountable unit; the dispatcher reads which rule says so."""
    case = reported("桶满了", category="")
    page = at_desk("dispatcher").get(f"/office/cases/{case.number}/").content.decode()
    assert "没有建议" in page or "请先改类" in page, "without a kind of problem nothing is guessed"

    dispatcher = at_desk("dispatcher")
    dispatcher.post(f"/office/cases/{case.number}/establishment/", {"kind": "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"})
    page = dispatcher.get(f"/office/cases/{case.number}/").content.decode()
    assert "环卫处" in page and "权责清单第一条" in page


@pytest.mark.policy("1.6")
def test_gaps_and_conflicts_of_the_matrix_are_listed(small_city: SimpleNamespace, db: object) -> None:
    """Conflicts and gaps in the matrix are findings; nobody is chosen silently."""
    add_matrix_entry(
        type_pattern="E01*", accountable="unit:EAST", basis="另一份清单", on=FOUNDED, by=None, now=FOUNDED_AT
    )
    matters = [matter_of(small_city.overflow), matter_of(small_city.manhole)]
    found = audit(matrix_on(FOUNDED), role_holders_on(FOUNDED), matters, ["442000002"], FOUNDED)

    assert {(finding.kind, finding.type_code) for finding in found} == {
        ("conflict", "TEST:E0192"), ("gap", "TEST:C0101"),
    }  # fmt: skip
