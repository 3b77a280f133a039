"""Over all public places and a span of days: does each have exactly one managing body, and one town that sees to it? Pure.

Nothing is sampled: places of one town under one body are alike, and the days are cut wherever a unit or a role begins or
ends. Policy: 2.2, 2.5, 7.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .closure import Order, Span, cut_days
from .matrix import TOWN_ROLE

NO_BODY, NO_DESK, BODY_ENDED, NO_TOWN, TWO_TOWNS = "no-body", "no-desk", "body-ended", "no-town", "two-towns"
# Another line of the matrix, of equal standing, gives a matter there to another unit.
TWO_BODIES = "two-bodies"


@dataclass(frozen=True)
class Managed:
    """Places of one town under one body. body: its unit code, "" where it is no unit; named: it is known by name at least."""

    town_code: str
    body: str
    named: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class PlaceOpening:
    """These places have not exactly one body, or one supervisor, from a day to (not with) another."""

    kind: str
    town_code: str
    numbers: tuple[str, ...]
    since: date
    until: date
    units: tuple[str, ...]
    why: str
    # The matters it is about; none: all of them.
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wrong:
    kind: str
    units: tuple[str, ...]
    why: str


def close_places(managed: Sequence[Managed], order: Order, towns: Mapping[str, Sequence[str]], since: date, until: date) -> list[PlaceOpening]:
    """Ask of every place on every day. towns: {town: the units that are its government by their own code}."""
    found: dict[tuple[str, _Wrong, tuple[str, ...]], list[Span]] = defaultdict(list)
    for span in cut_days(order, since, until):
        for one in managed:
            for wrong in _wrong(one, order, towns, span[0]):
                found[one.town_code, wrong, one.numbers].append(span)
    return sorted(_joined(found), key=lambda one: (one.kind, one.town_code, one.since, one.units))


def _wrong(one: Managed, order: Order, towns: Mapping[str, Sequence[str]], on: date) -> Iterator[_Wrong]:
    if one.body and not _lives(order, one.body, on):
        yield _Wrong(BODY_ENDED, (one.body,), "登记的管理单位当时不存在或已经停用")
    elif not one.body and one.named:
        yield _Wrong(NO_DESK, (), "管理单位只有名称，还不是系统里的单位，由属地镇街代为负责")
    elif not one.body:
        yield _Wrong(NO_BODY, (), "没有登记管理单位")
    governing = _governing(one.town_code, order, towns, on)
    if not governing:
        yield _Wrong(NO_TOWN, (), "没有登记由哪个镇街督促" if one.town_code else "不知道在哪个镇街，没有单位督促")
    elif len(governing) > 1:
        yield _Wrong(TWO_TOWNS, governing, "同时有两个单位是属地镇街，不知道由哪个督促")


def _governing(town: str, order: Order, towns: Mapping[str, Sequence[str]], on: date) -> tuple[str, ...]:
    """By the role that is held there, else by the units' own code; those that exist on the day."""
    held = [
        one.unit_code
        for one in order.roles
        if one.role == TOWN_ROLE and town and one.town_code == town and one.valid_from <= on and (one.valid_to is None or on < one.valid_to)
    ]
    return tuple(dict.fromkeys(code for code in (held or towns.get(town, ())) if _lives(order, code, on)))


def _lives(order: Order, code: str, on: date) -> bool:
    life = order.units.get(code)
    return life is not None and life.valid_from <= on and (life.valid_to is None or on < life.valid_to)


def _joined(found: Mapping[tuple[str, _Wrong, tuple[str, ...]], Iterable[Span]]) -> Iterator[PlaceOpening]:
    """Days that touch become one span; places of a town with the same fault on the same days become one finding."""
    alike: dict[tuple[str, _Wrong, Span], list[str]] = defaultdict(list)
    for (town, wrong, numbers), spans in found.items():
        for span in _touching(spans):
            alike[town, wrong, span] += numbers
    for (town, wrong, (since, until)), found_there in alike.items():
        yield PlaceOpening(wrong.kind, town, tuple(sorted(found_there)), since, until, wrong.units, wrong.why)


def _touching(spans: Iterable[Span]) -> Iterator[Span]:
    whole: Span | None = None
    for since, until in spans:
        if whole is not None and whole[1] == since:
            whole = (whole[0], until)
            continue
        if whole is not None:
            yield whole
        whole = (since, until)
    if whole is not None:
        yield whole
