"""A proposed partition beside today's, by the same counts: the balance as a figure, and every grid with what lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wenming.territory.grids.counts import counts_in_force
from wenming.territory.grids.proposals import WEIGHTS, Compared, Load
from wenming.territory.models import Area
from wenming.territory.rules.geometry import area_m2

from .grid_forms import MEASURES


def proposal_context(made: Compared, community: Area, by: Sequence[str]) -> dict[str, Any]:
    names = [name for name in WEIGHTS if name in made.counted]
    edition, _rows = counts_in_force(community)
    return {
        "community": community, "by": by, "edition": edition, "today": len(made.today), "imbalance": round(made.imbalance * 100),
        "today_imbalance": round(made.today_imbalance * 100), "along": round(made.proposal.along_share * 100),
        "measures": [(MEASURES[name], made.counted[name], WEIGHTS[name]) for name in names],
        "proposed": [_line(n, load, names, cell) for n, (load, cell) in enumerate(zip(made.loads, made.proposal.cells, strict=True), start=1)],
        "as_today": [_line(c.name, load, names, c.geometry) for c, load in zip(made.today, made.today_loads, strict=True)],
    }  # fmt: skip


def _line(name: Any, load: Load, names: Sequence[str], shape: Any) -> dict[str, Any]:
    return {
        "name": name, "weight": round(load.weight, 1), "counts": [(MEASURES[one], load.counts[one]) for one in names],
        "hectares": round(area_m2(shape) / 10_000, 1),
    }  # fmt: skip
