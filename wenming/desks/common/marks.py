"""The three smallest components, written in Python: a list draws each of them a hundred times.

As templates of their own they were two fifths of a list's time: every use made a context and resolved a dozen names.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from .wording import ClockFace

# A shape for each state, so that no state is told by its colour alone.
_SHAPES = {
    "late": '<path class="fill" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="mark" d="M8 4v5M8 11v1.4"/>',
    "soon": '<path class="fill" d="M8 1.2 15.2 14.5H.8z"/>',
    "done": '<circle class="fill" cx="8" cy="8" r="7"/><path class="mark" d="m4.6 8.2 2.3 2.3 4.4-4.8"/>',
    "hold": '<rect class="ring" x="2" y="2" width="12" height="12" rx="2"/><path class="mark" d="M6.3 5.3v5.4M9.7 5.3v5.4"/>',
    "go": '<circle class="ring" cx="8" cy="8" r="6.4"/><path class="fill" d="M8 1.6A6.4 6.4 0 0 1 8 14.4z"/>',
}
GLYPHS = {
    state: SafeString(f'<svg viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>') for state, shape in _SHAPES.items()
}


def status(state: str, words: str) -> SafeString:
    """状态签: shape, word and colour."""
    return format_html('<span class="status status-{}">{}{}</span>', state, GLYPHS[state], words)


def clock(face: ClockFace, words: str, due_at: datetime | None) -> SafeString:
    """时限钟: a 状态签 that says what is left, and until when."""
    said = words or face.left
    if due_at:
        said = format_html('<time datetime="{}">{}</time>', localtime(due_at).isoformat(), said)
    until = format_html('<span class="clock-due">{}{}{}</span>', _("（"), face.due, _("）")) if face.due else ""
    return format_html('<span class="clock">{}{}</span>', status(face.state, said), until)


def photo(url: str, alt: str, large_url: str, *, large: bool) -> SafeString:
    """One photo that opens large; without script it opens as a picture."""
    return format_html(
        '<a class="photo{}" href="{}" data-photo><img src="{}" alt="{}" loading="lazy"></a>',
        " photo-large" if large else "", large_url, url, alt,
    )  # fmt: skip
