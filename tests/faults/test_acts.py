"""The drills know every act that the table of the case's life has."""

from __future__ import annotations

from tests.faults.acts import catalogue
from wenming.cases.rules.lifecycle import STEPS


def test_no_act_of_the_table_is_without_its_fault_drill() -> None:
    assert set(STEPS) <= set(catalogue())
