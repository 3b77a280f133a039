"""A place as somebody wrote it down."""

from __future__ import annotations

from wenming.territory.models import Area, Source
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import address_candidates

from .services import Where

# An address is taken for a point only when a known place or house number is named in it.
SURE = 0.85


def place_in_words(address: str, town: Area | None) -> Where:
    """A point when the words name a known place or house number, a town when they name that, else the words alone."""
    found = address_candidates((town.short_name if town else "") + address, limit=1) if address.strip() else []
    best = found[0] if found and (town is None or found[0].town == town) else None
    if best and best.kind in {"place", "number"} and best.score >= SURE:
        return Where(best.longitude, best.latitude, datum=Datum.CGCS2000, source=Source.ADDRESS, address=address)
    return Where(address=address, town=town or (best.town if best else None))
