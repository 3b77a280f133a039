"""A place as another system names it."""

from __future__ import annotations

from wenming.observations.services import Where
from wenming.territory.models import Source
from wenming.territory.rules.coordinates import Datum


def place_by_point(
    longitude: float, latitude: float, *, datum: Datum = Datum.WGS84, address: str = "", accuracy_m: float | None = None
) -> Where:
    """A position that somebody else measured; with a stated accuracy it came from a device, without from a map."""
    source = Source.GPS if accuracy_m is not None else Source.MAP
    return Where(longitude, latitude, datum=datum, source=source, accuracy_m=accuracy_m, address=address)
