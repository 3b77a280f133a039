"""What another managing body of a place would open and close in the closure proof, said before it is changed. Policy: 2.3, 7.5."""

from __future__ import annotations

from datetime import date

from wenming.organisations.models import Unit
from wenming.territory.models import Place

from ..closure import WEEK, order_between
from ..rules.place_closure import Managed, PlaceOpening, close_places
from .closing import town_units


def with_another_body(place: Place, manager: Unit | None, manager_name: str, on: date) -> tuple[list[PlaceOpening], list[PlaceOpening]]:
    """(what would be open in the week from that day and is not now, what would no more be open)."""
    until = on + WEEK
    order, towns = order_between(on, until), town_units()
    town = place.placement.town.code if place.placement.town else ""
    now, then = (
        close_places([Managed(town, body.code if body else "", bool(name), (place.number,))], order, towns, on, until)
        for body, name in ((place.manager, place.manager_name), (manager, manager_name))
    )
    return [one for one in then if one not in now], [one for one in now if one not in then]
