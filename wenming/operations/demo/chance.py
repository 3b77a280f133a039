"""Chance that repeats itself: a generator of its own for everything that is drawn."""

from __future__ import annotations

from random import Random


def chance(*what: object) -> Random:
    """A generator for one thing; drawing for another thing never changes what this one draws."""
    return Random("-".join(map(str, what)))  # noqa: S311
