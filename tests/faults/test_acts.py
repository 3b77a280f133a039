"""The drills know every act that the table of the case's life has, and every act of the rooms, or say why not."""

from __future__ import annotations

from tests.faults.acts import catalogue
from tests.faults.inventory import NOT_SWEPT, PART_OF, acts_there_are, performed_by
from wenming.cases.rules.lifecycle import STEPS


def test_no_act_of_the_table_is_without_its_fault_drill() -> None:
    assert set(STEPS) <= set(catalogue())


def test_every_act_of_the_rooms_is_swept_or_has_its_reason() -> None:
    swept = set().union(*(performed_by(act.do) for act in catalogue().values()))
    there = acts_there_are()

    assert there - swept - PART_OF.keys() - NOT_SWEPT.keys() == set(), "add an act to tests/faults, or a reason to its inventory"
    assert (PART_OF.keys() | NOT_SWEPT.keys()) - there == set(), "no act of this name"
    assert (PART_OF.keys() | NOT_SWEPT.keys()) & swept == set(), "swept by now: take the reason out"
    assert PART_OF.keys().isdisjoint(NOT_SWEPT)
    assert set(PART_OF.values()) <= catalogue().keys()


def test_each_act_of_the_drills_performs_something() -> None:
    assert [name for name, act in catalogue().items() if not performed_by(act.do)] == []


def test_the_inventory_sees_what_an_act_performs_and_not_what_makes_it_ready() -> None:
    swap = catalogue()["take_back_swap"]

    assert "wenming.responsibilities.rosters.changes.take_back_decision" in performed_by(swap.do)
    assert "wenming.responsibilities.rosters.changes.ask_swap" not in performed_by(swap.do)
    assert "wenming.responsibilities.rosters.changes.ask_swap" in performed_by(swap.ready)
