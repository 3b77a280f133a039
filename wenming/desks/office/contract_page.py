"""One contractor's contract: what it covers and what its list says, against the register, on one map; and how well it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.frontages import ground_served, performance_of
from wenming.organisations.models import Account
from wenming.responsibilities.frontages.selectors import differences_of
from wenming.responsibilities.models import ServiceArea, ServiceContract
from wenming.territory.maps import Outline, Pin, around, svg_map
from wenming.territory.models import EdgeStretch
from wenming.territory.rules.geometry import Bounds
from wenming.territory.rules.street_edges import Difference

KINDS = {
    Difference.UNKNOWN: gettext_lazy("清单上有，登记里没有"), Difference.CLOSED: gettext_lazy("清单上有，已经注销"),
    Difference.OUTSIDE: gettext_lazy("清单上有，门前不在承包范围"), Difference.MISSING: gettext_lazy("在承包范围，清单上没有"),
    Difference.NO_FRONTAGE: gettext_lazy("清单上有，没有责任段"),
}  # fmt: skip
CLOSE_UP = 0.0003


def contract_context(contract: ServiceContract, user: Account) -> dict[str, Any]:
    """The page of one contract. The map shows those that agree and, by shape, those that do not."""
    found = differences_of(contract)
    wrong = {one.number for one in found}
    prefetch_related_objects([contract], "areas__street")
    areas = list(contract.areas.all())
    inside = EdgeStretch.objects.filter(street__in=[one.street_id for one in areas], valid_to=None, premises__isnull=False)
    seen = {row.premises_id: row.premises for row in inside.select_related("premises__placement")}
    shown = {one.premises.pk: one.premises for one in found if one.premises} | seen
    pins = [
        Pin(*one.placement.point, "late" if one.number in wrong else "done", one.name, f"/office/shops/{one.number}/")
        for one in shown.values()
        if one is not None and one.placement.point
    ]
    return {
        "contract": contract, "areas": areas, "listed": len(contract.listed.all()), "figure": performance_of(contract, user),
        "rows": [(one, KINDS[one.kind]) for one in found],
        "map": svg_map(
            bbox=_extent(areas, pins), pins=pins, width=620, height=380, title=_("承包范围和里面的门店"),
            outlines=[Outline(ground_served(one)) for one in areas],
        ),
    }  # fmt: skip


def _extent(areas: Sequence[ServiceArea], pins: Sequence[Pin]) -> Bounds | None:
    """What the map shows: all that the contract covers, and every shop that is told of."""
    corners = [Pin(x, y) for area in areas if not (ground := ground_served(area)).is_empty for x, y in (ground.bounds[:2], ground.bounds[2:])]
    return around([*corners, *pins], CLOSE_UP)
