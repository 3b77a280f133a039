"""How many public places there are by town and kind, how complete their dossiers are, how many are probably missing. Policy: 2.1, 2.2."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from wenming.observations.public_places import estimates_by_town
from wenming.observations.rules.capture import Estimate
from wenming.territory.models import Place, PlaceKind
from wenming.territory.public_places.selectors import Completeness, completeness_by
from wenming.territory.selectors import towns

from .places_page import items_by_kind


@dataclass
class Row:
    """One town's or one kind's figures, and the addresses of what they were counted from."""

    name: str
    narrowed: dict[str, str]
    cells: list[Completeness] = field(default_factory=list)
    estimate: Estimate | None = None

    @property
    def all(self) -> Completeness:
        return Completeness(*(sum(getattr(one, name) for one in self.cells) for name in ("places", "filled", "due", "overdue", "unseen")))

    @property
    def url(self) -> str:
        return f"{reverse('office:places')}?{urlencode(self.narrowed)}"

    @property
    def late_url(self) -> str:
        return f"{self.url}&due=late"

    @property
    def checks_url(self) -> str:
        return f"{self.url}&gap=checks"


def figures_by_town(found: QuerySet[Place], on: date) -> dict[str, Any]:
    """What the completeness page shows: a row for each town, a row for each kind, the cells between, the estimates."""
    names = {code: str(name) for code, name in towns().values_list("code", "short_name")}
    estimates, items = estimates_by_town(), items_by_kind()
    by_town: dict[str, Row] = {}
    by_kind = {kind: Row(str(PlaceKind(kind).label), {"kind": kind}) for kind in PlaceKind.values}
    cells: dict[str, dict[str, int]] = defaultdict(dict)
    for (town, kind), figures in completeness_by(found, "placement__town__code", "kind", on=on):
        row = by_town.setdefault(town, Row(names.get(town, _("不知道在哪个镇街")), {"town": town or "-"}, estimate=estimates.get(town)))
        # Of a place that nobody has looked at no item is answered, but all are asked.
        figures = replace(figures, due=figures.due + figures.unseen * items.get(kind, 0))
        row.cells.append(figures)
        by_kind[kind].cells.append(figures)
        cells[town][kind] = figures.places
    ordered = sorted(by_town.items(), key=lambda pair: (pair[0] not in names, pair[0]))
    return {
        "towns": [row for _town, row in ordered], "kinds": list(by_kind.values()),
        "grid": [
            (row, [(cells[town].get(kind, 0), f"{row.url}&kind={kind}") for kind in PlaceKind.values]) for town, row in ordered
        ],
        "heads": [str(label) for label in PlaceKind.labels], "whole": Row(_("全市"), {}, [one for row in by_town.values() for one in row.cells]),
    }  # fmt: skip
