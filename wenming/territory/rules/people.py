"""Which of the posts given for grids, communities and towns serve one grid. Policy: 7.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")


@dataclass(frozen=True)
class ServedBy(Generic[P]):
    chief: P | None
    members: tuple[P, ...]
    liaisons: tuple[P, ...]


def widths(code: str) -> tuple[str, ...]:
    """The codes under which a grid's people may be given, the nearest first: grid, community, town."""
    return (code, code[:12], code[:9])


def serving(code: str, by_scope: Mapping[str, Sequence[tuple[str, P]]]) -> ServedBy[P]:
    """Who serves a grid. by_scope: (role, post) by the code it was given for.

    One chief answers: the grid's own, else the community's, else the town's. Members and liaisons of every width serve
    together, the nearest first.
    """
    ones = [one for scope in widths(code) for one in by_scope.get(scope, ())]
    chiefs = [post for role, post in ones if role == "chief"]
    return ServedBy(
        chiefs[0] if chiefs else None,
        tuple(post for role, post in ones if role == "member"),
        tuple(post for role, post in ones if role == "liaison"),
    )
