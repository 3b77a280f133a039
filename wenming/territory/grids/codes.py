"""Codes of grids: which are free, which meant something before, which another kind has. Policy: 7.1.

A code outlives its grid: posts, rosters and figures are kept by it. So a new grid never gets a code that once was in force.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from wenming.refusals import BadInput

from ..models import Area, Grid, GridKind
from ..rules.precedence import next_code
from .overlays import layers_in_force


def free_code(community: Area, kind: str, taken: Iterable[str]) -> str:
    """The next code that nobody has or had. Raises BadInput where the community has none left for the kind."""
    try:
        return next_code(community.code, kind, taken)
    except ValueError as error:
        raise BadInput(_("%(community)s的网格编码用完了，先合并几个再增加。") % {"community": community.short_name}) from error


def codes_once_used(community: Area) -> set[str]:
    """Every code of the community that was in force in any version of any kind."""
    grids = Grid.objects.filter(layer__published_at__isnull=False, code__startswith=community.code)
    return set(grids.order_by().values_list("code", flat=True).distinct())


def codes_of_other_kinds(kind: str) -> set[str]:
    """The codes in force in the other two kinds, in one question: one code names one grid."""
    others = layers_in_force([other for other in GridKind.values if other != kind])
    return set(Grid.objects.filter(layer__in=others.order_by().values("pk")).order_by().values_list("code", flat=True))
