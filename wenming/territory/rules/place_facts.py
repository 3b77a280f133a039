"""Which facts the dossier of a place asks for, and which are there (2.2). Pure."""

from __future__ import annotations

from dataclasses import dataclass

POSITION, TOWN, MANAGER, RESPONSIBLE, CONDITION = "position", "town", "manager", "responsible", "condition"
# What moves has no position; its town is asked for instead.
MOVING = frozenset({"transport"})


@dataclass(frozen=True)
class PlaceTold:
    """What is known of a place, as far as it is asked for."""

    kind: str
    located: bool
    in_a_town: bool
    managed: bool
    responsible: bool
    condition_known: bool


def asked_of(kind: str) -> tuple[str, ...]:
    """The facts that the dossier of a kind asks for, beside its name and number."""
    return (TOWN if kind in MOVING else POSITION, MANAGER, RESPONSIBLE, CONDITION)


def missing(told: PlaceTold) -> tuple[str, ...]:
    """The facts that are asked for and not there, in their order."""
    there = {
        POSITION: told.located, TOWN: told.in_a_town, MANAGER: told.managed, RESPONSIBLE: told.responsible,
        CONDITION: told.condition_known,
    }  # fmt: skip
    return tuple(fact for fact in asked_of(told.kind) if not there[fact])
