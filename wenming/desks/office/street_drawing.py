"""A street's two sides as one picture: who has which metre, gaps and overlaps by shape and colour; it prints and reads aloud."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wenming.territory.frontages.selectors import SideShown
from wenming.territory.models import Premises
from wenming.territory.rules.street_edges import Piece, PieceKind

WIDTH, BAND, ROAD, TOP = 1000, 46, 34, 22
FEWEST_PX_FOR_A_NAME = 34
# A character of .edge-name, with a little air.
NAME_PX = 12.5


def street_svg(sides: Sequence[SideShown]) -> SafeString:
    """Left side above, right side below the road, from its beginning at the left; the table beside it says the same."""
    (left, right) = sides
    scale = WIDTH / left.tiling.length_cm
    height = TOP + 2 * BAND + ROAD + 20
    below = TOP + BAND + ROAD
    parts = [
        f'<rect class="edge-road" x="0" y="{TOP + BAND}" width="{WIDTH}" height="{ROAD}"/>',
        f'<text class="edge-street" x="{WIDTH / 2:g}" y="{TOP + BAND + ROAD / 2 + 5:g}">{escape(left.street.name)}</text>',
        *_scale_marks(left.tiling.length_cm, scale, height), *_band(left, TOP, scale), *_band(right, below, scale),
    ]  # fmt: skip
    title = _("%(street)s 沿街划分") % {"street": left.street}
    words = "；".join(_summary(side) for side in sides)
    return mark_safe(  # noqa: S308
        f'<svg class="street-edges" viewBox="0 0 {WIDTH} {height}" role="group" aria-label="{escape(f"{title}：{words}")}">'
        f'<defs><pattern id="edge-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path class="edge-hatch" d="M0 0v7"/></pattern></defs>{"".join(parts)}</svg>'
    )


def _summary(side: SideShown) -> str:
    tiling = side.tiling
    words = {"side": side.name, "held": tiling.held_cm / 100, "gap": tiling.gap_cm / 100, "overlap": tiling.overlap_cm / 100}
    return _("%(side)s有人负责 %(held).1f 米，空缺 %(gap).1f 米，重叠 %(overlap).1f 米") % words


def _scale_marks(length_cm: int, scale: float, height: int) -> list[str]:
    step = next(each for each in (1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000) if length_cm / each <= 12)
    return [
        f'<text class="edge-metres" x="{max(at * scale, 4):.1f}" y="{height - 4}">{at // 100}</text>'
        for at in range(0, length_cm, step)
    ]


def _band(side: SideShown, top: int, scale: float) -> list[str]:
    return [_piece(side, piece, top, scale) for piece in side.tiling.pieces]


def _piece(side: SideShown, piece: Piece, top: int, scale: float) -> str:
    x, wide = piece.from_cm * scale, max(piece.length_cm * scale, 0.8)
    rows = side.holders(piece.keys)
    names = "、".join(str(row.holder) for row in rows)
    kind = "unit" if piece.kind is PieceKind.HELD and rows[0].premises is None else piece.kind.value
    words = names or _("没有人负责")
    said = f"{words} {piece.from_cm / 100:.1f}–{piece.to_cm / 100:.1f} m"
    label = ""
    if piece.kind is PieceKind.HELD and wide >= FEWEST_PX_FOR_A_NAME:
        room = max(int(wide / NAME_PX), 1)
        short = words if len(words) <= room else f"{words[: room - 1]}…"
        label = f'<text class="edge-name" x="{x + wide / 2:.1f}" y="{top + BAND / 2 + 4:g}">{escape(short)}</text>'
    drawn = f'<g class="edge-{kind}"><title>{escape(said)}</title><rect x="{x:.2f}" y="{top}" width="{wide:.2f}" height="{BAND}"/>{label}</g>'
    if piece.kind is PieceKind.HELD and isinstance(rows[0].holder, Premises):
        return f'<a href="{reverse("office:shop", args=[rows[0].holder.number])}" aria-label="{escape(said)}">{drawn}</a>'
    return drawn
