"""What redrawn grids would open, as people read it: which matters, where, from when to when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import UNDER_WAY
from wenming.cases.selectors import cases_visible_to
from wenming.engine.counting import counts_of
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.models import Duty
from wenming.responsibilities.regridding import UNWATCHED, Cells, GridOpening, closure_of_draft, openings_of
from wenming.standards.selectors import kind_names
from wenming.territory.components.selectors import components_visible_to
from wenming.territory.frontages.selectors import premises_visible_to
from wenming.territory.grids.differences import Moving
from wenming.territory.models import Area, GridDraft, GridLayer, Place, SignedFault
from wenming.territory.public_places.selectors import places_visible_to

from .proof_page import KINDS, NAMED, area_words

WORDS = {
    **KINDS,
    UNWATCHED: (gettext_lazy("没有人巡查"), gettext_lazy("在排班里把新的网格编码加进值班组，或者另设一组。")),
}
LISTED = 100


@dataclass(frozen=True)
class OpeningLine:
    """One opening in words. why_signed, signed_by: of one that somebody signed for."""

    key: str
    kind: str
    what_to_do: str
    types: Sequence[str]
    places: Sequence[str]
    area: str
    point: str
    since: date
    until: date
    units: Sequence[str]
    why: str
    asks: str
    why_signed: str = ""
    signed_by: str = ""

    @property
    def few_types(self) -> Sequence[str]:
        return self.types[:NAMED]


def closure_context(draft: GridDraft, before: Cells, after: Cells, signs: Mapping[str, SignedFault]) -> dict[str, Any]:
    """Beside the audit of the borders: what the draft leaves open that is closed today, and what is signed for."""
    told = closure_of_draft(draft, since=localdate(), before=before, after=after, signs=signs)
    signed = dict(zip((one.key for one, _sign in told.signed), told.signed, strict=True))
    lines = opening_lines([*told.open[:LISTED], *(one for one, _sign in told.signed)], signed)
    return {
        "openings": [line for line in lines if not line.signed_by], "all_openings": len(told.open),
        "signed_openings": [line for line in lines if line.signed_by], "closure_since": told.since, "changed_area": area_words(told.changed_m2),
    }  # fmt: skip


def restoring_opens(newest: GridLayer, before: Cells, after: Cells) -> list[OpeningLine]:
    """What it would open to put a former version in force once more."""
    return opening_lines(openings_of(newest.kind, before, after, localdate())[:LISTED])


def opening_lines(found: Sequence[GridOpening], signed: dict[str, Any] | None = None) -> list[OpeningLine]:
    kinds = kind_names({code for one in found for code in one.opening.types})
    codes = {
        code
        for one in found
        for ground in one.grounds
        for code in (ground.town_code, *(spot.community_code for spot in ground.spots))
    }
    places = dict(Area.objects.filter(code__in=codes, valid_to=None).values_list("code", "short_name"))
    units = dict(
        Unit.objects.filter(code__in={code for one in found for code in one.opening.units}).values_list(
            "code", "short_name"
        )
    )
    return [_line(one, kinds, places, units, (signed or {}).get(one.key)) for one in found]


def _line(
    one: GridOpening, kinds: dict[str, str], places: dict[str, str], units: dict[str, str], sign: Any
) -> OpeningLine:
    opening, largest = one.opening, one.largest
    words, what_to_do = WORDS[opening.kind]
    named = dict.fromkeys(
        places.get(code, code)
        for ground in one.grounds
        for code in (ground.town_code, *(s.community_code for s in ground.spots))
        if code
    )
    asked = {"longitude": largest.longitude, "latitude": largest.latitude, "at": f"{opening.since}T00:00"}
    asked |= {"type": opening.types[0]} if opening.types else {}
    return OpeningLine(
        one.key, str(words), str(what_to_do), [kinds.get(code, code) for code in opening.types], list(named), area_words(one.area_m2),
        f"{largest.longitude:.6f}, {largest.latitude:.6f}", opening.since, opening.until, [units.get(code, code) for code in opening.units],
        opening.why, f"?{urlencode(asked)}", sign[1].why if sign else "", str(sign[1].by) if sign else "",
    )  # fmt: skip


# --- what goes along ---------------------------------------------------------------------------------------------------


def moving_with(moving: Moving) -> dict[str, int]:
    """Open cases and open duties that come into another grid with their place."""
    if not moving.count:
        return {"moving_cases": 0, "moving_duties": 0}
    cases = Case.objects.filter(placement__in=moving.placements, state__in=UNDER_WAY)
    subjects = Place.objects.filter(placement__in=moving.placements).order_by().values(subject=Concat(Value("place:"), "number"))
    duties = Duty.objects.filter(Q(pk__in=cases.values("handling")) | Q(subject__in=subjects), ended_at=None)
    return counts_of(moving_cases=cases, moving_duties=duties)


@dataclass(frozen=True)
class MovedLine:
    """Something at a place that a version laid into another grid."""

    what: str
    name: str
    href: str
    before: str
    after: str


def moved_lines(rows: Sequence[tuple[int, str | None, str | None]], user: Account) -> list[MovedLine]:
    """What stands at each of these placements, and from which grid to which; what this person may not see has no name."""
    keys = [key for key, _before, _after in rows]
    named: dict[int, tuple[str, str, str]] = {}
    for key, number, name in places_visible_to(user).filter(placement__in=keys).values_list("placement", "number", "name"):
        named[key] = _("公共场所"), name, reverse("office:place", args=[number])
    for key, code, name in components_visible_to(user).filter(placement__in=keys).values_list("placement", "code", "name"):
        named[key] = _("部件"), f"{code} {name}".strip(), reverse("office:component", args=[code])
    for key, number, name in premises_visible_to(user).filter(placement__in=keys).values_list("placement", "number", "name"):
        named[key] = _("沿街门店"), name, reverse("office:shop", args=[number])
    for key, number, title in cases_visible_to(user).filter(placement__in=keys).values_list("placement", "number", "title"):
        named[key] = _("案件"), f"{number} {title}", reverse("office:case", args=[number])
    return [MovedLine(*named.get(key, (_("位置"), "", "")), before or "", after or "") for key, before, after in rows]
