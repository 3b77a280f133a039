"""Whose ground something lies on: a town works on what is in its town, a community in its community, nobody on another's. Law 5."""

from __future__ import annotations

from dataclasses import dataclass

from wenming.organisations.models import Account, Unit, UnitKind
from wenming.refusals import NotAllowed

from .models import Area, Level

TOWN_DIGITS, COMMUNITY_DIGITS = 9, 12


def ground_code(unit: Unit) -> str:
    """The code of the town or community that the unit is: "" for every other unit, whatever its address."""
    code = unit.area_code or ""
    if unit.kind == UnitKind.TOWN:
        return code[:TOWN_DIGITS]
    return code[:COMMUNITY_DIGITS] if len(code) >= COMMUNITY_DIGITS else ""


@dataclass(frozen=True)
class Keeping:
    """Who may tell a register anything: those who keep it for the whole city, and a town or community of its own ground.

    keeps, own: the permissions. by: None is the worker or the demo, acting for somebody who was asked before.
    """

    keeps: str
    own: str

    def covers(self, by: Account | None, area: Area | None) -> bool:
        """Whether this person may tell it of what lies in this town or community."""
        if by is None or by.may(self.keeps):
            return True
        code = ground_code(by.unit)
        return area is not None and bool(code) and by.may(self.own) and code in {area.code, _town_of(area)}

    def refuse_stranger(self, by: Account | None) -> None:
        """Before anything is read: who may tell it nothing anywhere. Raises NotAllowed."""
        if by is not None and not by.may(self.keeps) and not (by.may(self.own) and ground_code(by.unit)):
            raise NotAllowed()

    def refuse_other_ground(self, by: Account | None, area: Area | None) -> None:
        """Raises NotAllowed."""
        if not self.covers(by, area):
            raise NotAllowed()


def _town_of(area: Area) -> str:
    return area.parent.code if area.level == Level.COMMUNITY and area.parent else ""
