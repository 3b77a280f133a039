"""Sentences that appear once after an act, with 撤销 where the act can be taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo "


def say(request: HttpRequest, sentence: str) -> None:
    """Show a sentence on the next page, e.g. “已派给石岐街道环卫站”."""
    messages.success(request, sentence)


def offer_undo(request: HttpRequest, sentence: str, undo_url: str) -> None:
    """Show a sentence with a 撤销 button (key Z) for ten seconds; the button POSTs to `undo_url`.

    The view behind `undo_url` decides whether it is still in time: the ten seconds on the screen are a courtesy.
    """
    messages.success(request, sentence, extra_tags=UNDO + undo_url)
