"""The register of 门前三包 and its gaps as files: the premises in columns that the import reads, every gap and overlap. Policy: 3.1, 3.2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.territory.frontages.selectors import Fault
from wenming.territory.models import EdgeStretch, Premises

from .frontages_page import shop_lines

ROWS_AT_ONCE = 500
SHOP_HEADS = (
    gettext_lazy("登记号"), gettext_lazy("名称"), gettext_lazy("种类"), gettext_lazy("行业"), gettext_lazy("门牌"), gettext_lazy("村居"),
    gettext_lazy("联系岗位"), gettext_lazy("路段编号"), gettext_lazy("哪一侧"), gettext_lazy("起点（米）"), gettext_lazy("止点（米）"),
    gettext_lazy("纵深（米）"), gettext_lazy("边界描述"), gettext_lazy("经度"), gettext_lazy("纬度"), gettext_lazy("登记日期"),
    gettext_lazy("镇街"), gettext_lazy("情况"),
)  # fmt: skip
FAULT_HEADS = (
    gettext_lazy("种类"), gettext_lazy("路段编号"), gettext_lazy("路段"), gettext_lazy("镇街"), gettext_lazy("哪一侧"),
    gettext_lazy("从（米）"), gettext_lazy("到（米）"), gettext_lazy("多长（米）"), gettext_lazy("谁"),
)  # fmt: skip
FAULTS = {"gap": gettext_lazy("空缺"), "overlap": gettext_lazy("重叠"), "outside": gettext_lazy("越界")}


def shop_rows(found: QuerySet[Premises], day: date, most: int) -> Iterator[list[Any]]:
    """Heads and rows of the list; who has two pieces of street stands in two rows. No more than `most` premises."""
    yield [str(head) for head in SHOP_HEADS]
    held = Prefetch("stretches", EdgeStretch.objects.filter(valid_to=None).select_related("street").order_by("street__code", "from_cm"), "held")
    asked = found.prefetch_related(held)[:most].iterator(chunk_size=ROWS_AT_ONCE)
    while chunk := list(islice(asked, ROWS_AT_ONCE)):
        for line in shop_lines(chunk, day):
            yield from _rows_of(line.premises, line.words)


def _rows_of(one: Premises, words: str) -> Iterator[list[Any]]:
    where, community = one.placement, one.community
    facts = [one.number, one.name, str(one.get_kind_display()), one.trade, one.door, community.short_name, one.contact_post]
    rest = [where.longitude, where.latitude, one.opened_on.isoformat(), community.parent.short_name if community.parent else "", words]
    stretches: list[EdgeStretch] = getattr(one, "held", [])
    for piece in stretches:
        edge = [piece.from_cm / 100, piece.to_cm / 100, piece.depth_cm / 100, piece.boundary]
        yield [*facts, piece.street.code, piece.street.side_name(piece.side), *edge, *rest]
    if not stretches:
        yield [*facts, *[""] * 6, *rest]


def fault_rows(faults: list[Fault]) -> Iterator[list[Any]]:
    """Heads and rows of every gap, overlap and overrun, the longest first."""
    yield [str(head) for head in FAULT_HEADS]
    for one in faults:
        street = one.side.street
        who = "、".join(one.holders) or _("没有人负责")
        yield [
            str(FAULTS[one.kind]), street.code, str(street), street.town.short_name, one.side.name, one.from_cm / 100, one.to_cm / 100,
            one.length_cm / 100, who,
        ]  # fmt: skip
