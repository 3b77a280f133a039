"""The map of a form that asks for one point: the city, or the streets around what was said so far. Policy: 2.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from django.forms import BaseForm
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wenming.territory.maps import Pin, svg_map
from wenming.territory.rules.coordinates import Datum, Point, to_cgcs2000

from .who_page import Meant, meant_by

SIZE = (620, 420)
MOST_MEANT = 6
CLOSE, CLOSEST, WIDEST = 16.0, 18.0, 10.0


def ground_for(asked: Mapping[str, Any], user: Any) -> SafeString:
    """A whole SVG document around the numbers that were typed, else around what the address may mean, else of the city.

    asked: longitude, latitude, datum, address and zoom as texts. The <svg> says in `data-here` where the point lies in
    CGCS2000 degrees, in `data-meant` which places an address may mean as [[words, longitude, latitude]], the one that is
    shown first, in `data-zoom` how close it is; a drawing of the whole city says none of it.
    """
    here, meant = _meant_point(asked, user)
    if here is None:
        return svg_map(width=SIZE[0], height=SIZE[1], title=_("点一下图，选一个地点"))
    zoom = _zoom(asked.get("zoom"))
    drawn = svg_map(center=here, zoom=zoom, width=SIZE[0], height=SIZE[1], pins=[Pin(*here)], title=_("位置"))
    return format_html(
        '<svg data-here="{}" data-meant="{}" data-zoom="{}" {}', f"{here[0]:.6f},{here[1]:.6f}",
        json.dumps([[one.text, one.longitude, one.latitude] for one in meant], ensure_ascii=False), f"{zoom:g}",
        SafeString(drawn[len("<svg ") :]),
    )  # fmt: skip


def ground_of(form: BaseForm, user: Any, words: str = "address") -> SafeString:
    """The same for a form as it comes to be shown. words: the field that says in words where it is."""
    typed = {name: form[name].value() for name in ("longitude", "latitude", "datum")}
    return ground_for({**typed, "address": form[words].value()}, user)


def looked_up(asked: Mapping[str, Any], user: Any, words: str = "address") -> dict[str, Any]:
    """在图上看 without scripts: what was typed, with the numbers of the place for which the words are taken."""
    typed = dict(asked.items())
    here, meant = _meant_point({**typed, "address": typed.get(words, "")}, user)
    if here is None or not meant:
        return typed
    return {**typed, "longitude": f"{here[0]:.6f}", "latitude": f"{here[1]:.6f}", "datum": Datum.CGCS2000.value}


def _meant_point(asked: Mapping[str, Any], user: Any) -> tuple[Point | None, list[Meant]]:
    """The numbers as a point, else the first of the places that the address may mean, and those places."""
    if (here := typed_point(asked)) is not None:
        return here, []
    said = str(asked.get("address") or "").strip()
    meant = meant_by(said, user) if said else []
    return ((meant[0].longitude, meant[0].latitude) if meant else None), meant[:MOST_MEANT]


def typed_point(asked: Mapping[str, Any]) -> Point | None:
    """The numbers of a form as a point in CGCS2000 degrees; None while they are no point."""
    try:
        longitude, latitude = float(asked.get("longitude") or "nan"), float(asked.get("latitude") or "nan")
        return to_cgcs2000(longitude, latitude, Datum(asked.get("datum") or Datum.CGCS2000))
    except ValueError:
        return None


def _zoom(text: Any) -> float:
    try:
        zoom = float(text or CLOSE)
    except ValueError:
        return CLOSE
    return min(max(zoom, WIDEST), CLOSEST) if isfinite(zoom) else CLOSE
