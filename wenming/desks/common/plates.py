"""The plate at a place, a grid or a shop: its code as a QR symbol, drawn here without style or script."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

# A quarter of the symbol may be scratched or pasted over, and it is still read (ISO/IEC 18004: level Q).
RECOVERS = "q"
# So many on one page to print; more come by narrowing the list.
MOST_PLATES = 120
QUIET_MODULES = 4


def code_url(request: HttpRequest, code: str) -> str:
    """The whole address behind a plate."""
    return request.build_absolute_uri(reverse("public:code", args=[code]))


def plate_svg(request: HttpRequest, code: str) -> SafeString:
    """The symbol as an <svg class="qr"> that follows the size its page gives it."""
    return mark_safe(_symbol(code_url(request, code)))  # noqa: S308 - drawn from modules alone


def address_svg(url: str) -> SafeString:
    """The same for an address that is no code of a place: a shop's own page."""
    return mark_safe(_symbol(url))  # noqa: S308 - drawn from modules alone


@lru_cache(maxsize=512)
def _symbol(url: str) -> str:
    """One path of one-module strokes: black squares are ink for any printer and any theme of a screen."""
    import segno

    matrix = segno.make(url, error=RECOVERS, micro=False).matrix
    side = len(matrix) + 2 * QUIET_MODULES
    strokes = "".join(
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path class="qr-paper" d="M0 0h{side}v{side}h-{side}z"/><path class="qr-ink" d="{strokes}"/></svg>'
    )
