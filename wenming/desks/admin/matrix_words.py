"""How the matrix is said to people: whom a line names, and where it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Unit
from wenming.organisations.selectors import units_that_handle
from wenming.responsibilities.models import MatrixEntry, RoleHolding
from wenming.responsibilities.rules.matrix import COMMUNITY_ROLE, TOWN_ROLE
from wenming.standards.models import ProblemType
from wenming.territory.selectors import towns

CITY = "*"
BY_PLACE = {
    "town": gettext_lazy("属地镇街"), "community": gettext_lazy("属地村居"), "owner": gettext_lazy("权属单位"),
    "place": gettext_lazy("公共场所的管理单位"),
    "do": gettext_lazy("小类的处置单位"), "sup": gettext_lazy("小类的主管单位"),
}  # fmt: skip


@dataclass(frozen=True)
class LineWords:
    """One line of the matrix in words."""

    entry: MatrixEntry
    what: str
    where: str
    accountable: str
    supporting: str


def lines_in_words(entries: Iterable[MatrixEntry]) -> list[LineWords]:
    """Many lines, with two queries for the names they need."""
    units = dict(Unit.objects.values_list("code", "short_name"))
    places, kinds = dict(everywhere()), {key: str(words) for key, words in ProblemType.KINDS}
    return [
        LineWords(
            entry, " ".join(part for part in (_pattern_words(entry.type_pattern), kinds.get(entry.kind, "")) if part),
            str(places.get(entry.town_code, entry.town_code)), target_words(entry.accountable, units),
            "、".join(target_words(each, units) for each in entry.supporting),
        )
        for entry in entries
    ]  # fmt: skip


def target_words(target: str, units: dict[str, str]) -> str:
    """“属地镇街”, “环卫机构”, “石岐街道” for what a line names."""
    if target.startswith("unit:"):
        code = target.removeprefix("unit:")
        return units.get(code, code)
    return str(BY_PLACE.get(target, target.removeprefix("role:")))


def everywhere() -> list[tuple[str, Any]]:
    """The whole city, then each town."""
    return [(CITY, gettext_lazy("全市")), *towns().values_list("code", "short_name")]


def accountable_choices() -> list[tuple[Any, Any]]:
    """By place or kind first, then roles of the trade, then single units."""
    units = [(f"unit:{unit.code}", unit.short_name) for unit in units_that_handle().exclude(kind="community")]
    return [
        *((target, words) for target, words in BY_PLACE.items()), (_("承担某个角色的单位"), _roles()), (_("指定一个单位"), units),
    ]  # fmt: skip


def supporting_choices() -> list[tuple[str, Any]]:
    """Without single units: support goes by place and trade."""
    return [*BY_PLACE.items(), *_roles()]


def holdings_in_words(on: date) -> list[tuple[RoleHolding, str]]:
    """(holding, where) of every role of the trade; governments hold theirs by code and are left out."""
    in_force = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    held = RoleHolding.objects.filter(in_force).exclude(role__in=[TOWN_ROLE, COMMUNITY_ROLE]).select_related("unit")
    places = dict(everywhere())
    return [(one, str(places.get(one.town_code, one.town_code))) for one in held.order_by("role", "town_code")]


def _roles() -> list[tuple[str, str]]:
    held = RoleHolding.objects.filter(valid_to=None).exclude(role__in=[TOWN_ROLE, COMMUNITY_ROLE])
    return [(f"role:{role}", role) for role in held.order_by("role").values_list("role", flat=True).distinct()]


def _pattern_words(pattern: str) -> str:
    return _("全部") if pattern == CITY else pattern
