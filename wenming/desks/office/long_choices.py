"""The long lists of the acts: fetched once by the desk, instead of travelling with every case."""

from __future__ import annotations

from collections.abc import Iterable

from wenming.organisations.models import Unit, UnitKind

from .initials import initials

HANDLE = frozenset({UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.COMMUNITY, UnitKind.CONTRACTOR})
VERIFY = frozenset({UnitKind.COMMAND_CENTRE, UnitKind.TOWN, UnitKind.COMMUNITY})

Choice = tuple[str, str, str]


def units_to_choose() -> dict[str, list[Choice]]:
    """Who may be given a case, and who may be sent to look: (code, name, initials), in the order of the tree."""
    units = Unit.objects.filter(kind__in=HANDLE | VERIFY, valid_to=None).order_by("path")
    found = list(units.values_list("code", "name", "kind"))
    return {"handlers": _choices(found, HANDLE), "verifiers": _choices(found, VERIFY)}


def _choices(units: Iterable[tuple[str, str, str]], kinds: frozenset[UnitKind]) -> list[Choice]:
    return [(code, name, initials(name)) for code, name, kind in units if kind in kinds]
