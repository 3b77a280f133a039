"""The closure proof: over all ground, a span of days and every matter, where is there not exactly one accountable unit?

Nothing is sampled. The city comes as grounds, of which every point is in exactly one, and the matrix reads the same
facts everywhere on a ground; the days are cut wherever a line, a role or a unit begins or ends. What is asked once
for a group of matters and a group of grounds is what the matrix itself would answer for each of them: the groups
are made of everything the answer can depend on. Policy: 1.6, 7.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, product

from .matrix import ANY, COMMUNITY_ROLE, Answer, MatrixRule, Matter, RoleHolder, Spot, answering, applies, roles_of

GAP, CONFLICT, ENDED, NO_GRID = "gap", "conflict", "ended", "no-grid"
Span = tuple[date, date]


@dataclass(frozen=True)
class Ground:
    """Some of the city, all of whose points mean the same to the matrix, with a point of its largest piece.

    spots: one where all is well; none where no grid lies; several where grids of two communities lie over one another.
    town_code: the town it is in by the map of towns, for people.
    """

    spots: tuple[Spot, ...]
    area_m2: float
    longitude: float
    latitude: float
    pieces: int = 1
    town_code: str = ""


@dataclass(frozen=True)
class HeldRole:
    """Which unit plays a role where, from a day to (not with) another."""

    role: str
    town_code: str
    unit_code: str
    valid_from: date
    valid_to: date | None = None

    def as_holder(self) -> RoleHolder:
        return RoleHolder(self.role, self.town_code, self.unit_code)


@dataclass(frozen=True)
class UnitLife:
    """From when to (not with) when a unit exists."""

    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Order:
    """Everything that says who answers: lines, roles, units; and the matters that arise."""

    rules: tuple[MatrixRule, ...]
    roles: tuple[HeldRole, ...]
    units: Mapping[str, UnitLife]
    matters: tuple[Matter, ...]


@dataclass(frozen=True)
class Opening:
    """Matters for which these grounds have not exactly one accountable unit from a day to (not with) another.

    kind: `gap`, `conflict`, `ended` (the unit named does not exist then), `no-grid`. grounds: their numbers.
    """

    kind: str
    types: tuple[str, ...]
    grounds: tuple[int, ...]
    since: date
    until: date
    units: tuple[str, ...]
    rules: tuple[int, ...]
    why: str


@dataclass(frozen=True)
class Closure:
    """The whole result. questions: ground × matter × span answered; asked: how often the matrix had to be asked."""

    since: date
    until: date
    openings: tuple[Opening, ...]
    questions: int
    asked: int
    spans: tuple[Span, ...]

    @property
    def is_closed(self) -> bool:
        return not self.openings


@dataclass(frozen=True)
class _Verdict:
    """What is wrong on a ground for a matter in a span; kind is empty where exactly one unit answers."""

    kind: str
    units: tuple[str, ...]
    rules: tuple[int, ...]
    why: str


_FINE = _Verdict("", (), (), "")
_Where = tuple[str, int, _Verdict]


def close(grounds: Sequence[Ground], order: Order, since: date, until: date) -> Closure:
    """Ask everything. until: the first day that is not looked at any more."""
    spans = tuple(cut_days(order, since, until))
    found: dict[_Where, list[Span]] = defaultdict(list)
    asked = 0
    for span in spans:
        on = span[0]
        rules = [rule for rule in order.rules if _holds(rule, on)]
        holders = [one.as_holder() for one in order.roles if _holds(one, on)]
        places = frozenset((holder.role, holder.town_code) for holder in holders)
        for alike in matters_alike(order.matters, rules):
            spoken = [rule for rule in rules if applies(replace_town(rule), alike[0], Spot(""))]
            ask = answering(on, spoken, holders)
            for group in grounds_alike(grounds, alike[0], spoken, places):
                asked += 1
                verdict = _verdict(grounds[group[0]], alike[0], ask, order.units, on)
                if verdict.kind:
                    for matter, ground in product(alike, group):
                        found[matter.type_code, ground, verdict].append(span)
    questions = len(grounds) * len(order.matters) * len(spans)
    return Closure(since, until, tuple(_openings(found)), questions, asked, spans)


def cut_days(order: Order, since: date, until: date) -> Iterator[Span]:
    """The span of days cut wherever anything of the order begins or ends."""
    lives: list[MatrixRule | HeldRole | UnitLife] = [*order.rules, *order.roles, *order.units.values()]
    days = {
        day for life in lives for day in (life.valid_from, life.valid_to) if day is not None and since < day < until
    }
    cuts = [since, *sorted(days), until]
    yield from ((a, b) for a, b in pairwise(cuts) if a < b)


def matters_alike(matters: Iterable[Matter], rules: Sequence[MatrixRule]) -> list[list[Matter]]:
    """Matters of which the same lines speak and for which those lines name the same roles: the matrix cannot tell them
    apart."""
    groups: dict[object, list[Matter]] = defaultdict(list)
    for matter in matters:
        spoken = [rule for rule in rules if applies(replace_town(rule), matter, Spot(""))]
        targets = {rule.accountable for rule in spoken}
        named = (matter.do_roles if "do" in targets else (), matter.sup_roles if "sup" in targets else ())
        groups[tuple(rule.id for rule in spoken), named].append(matter)
    return list(groups.values())


def grounds_alike(
    grounds: Sequence[Ground], matter: Matter, rules: Sequence[MatrixRule], held: frozenset[tuple[str, str]]
) -> list[list[int]]:
    """Numbers of grounds that give these lines the same facts: which lines hold there, which place's holder plays each
    role the lines ask for, and what the ground lacks."""
    towns = {rule.town_code for rule in rules}
    roles = tuple(sorted({role for rule in rules for role in _town_roles(rule.accountable, matter)}))
    by_community = any(rule.accountable == "community" for rule in rules)
    known: dict[Spot, object] = {}
    groups: dict[object, list[int]] = defaultdict(list)
    for number, ground in enumerate(grounds):
        key = []
        for spot in ground.spots:
            plain = replace(spot, grid_code="")
            if plain not in known:
                known[plain] = (
                    spot.town_code if spot.town_code in towns else "", bool(spot.town_code), bool(spot.community_code),
                    tuple(_holding_place(role, spot.town_code, held) for role in roles),
                    _holding_place(COMMUNITY_ROLE, spot.community_code, held) if by_community else "",
                    spot.owner_unit, spot.component, spot.place_unit, spot.place,
                )  # fmt: skip
            key.append(known[plain])
        groups[tuple(key)].append(number)
    return list(groups.values())


def replace_town(rule: MatrixRule) -> MatrixRule:
    """The same line for the whole city: whether it speaks of a matter at all."""
    return rule if rule.town_code == ANY else replace(rule, town_code=ANY)


def opened(before: Closure, after: Closure) -> list[Opening]:
    """What `after` leaves open and `before` did not, on the same grounds: the same matter, ground and day."""
    there: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for one in before.openings:
        for code, ground in product(one.types, one.grounds):
            there[code, ground].append((one.since, one.until))
    left: dict[tuple[tuple[str, ...], Span, Opening], list[int]] = defaultdict(list)
    for one in after.openings:
        for ground in one.grounds:
            by_span: dict[Span, list[str]] = defaultdict(list)
            for code in one.types:
                for span in _without((one.since, one.until), there.get((code, ground), ())):
                    by_span[span].append(code)
            for span, codes in by_span.items():
                left[tuple(codes), span, one].append(ground)
    return [
        replace(one, types=codes, since=span[0], until=span[1], grounds=tuple(grounds))
        for (codes, span, one), grounds in left.items()
    ]


def _without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What of a span of days is in none of the others."""
    left = [span]
    for since, until in taken:
        left = [
            piece for a, b in left for piece in ((a, min(b, since)), (max(a, until), b)) if piece[0] < piece[1]
        ]  # fmt: skip
    return left


def _verdict(ground: Ground, matter: Matter, ask: object, units: Mapping[str, UnitLife], on: date) -> _Verdict:
    if not ground.spots:
        return _Verdict(NO_GRID, (), (), "这里不在任何网格里，说不出由谁负责")
    answers: list[Answer] = [ask(matter, spot) for spot in ground.spots]  # type: ignore[operator]
    wrong = next((one for one in answers if one.finding), None)
    if wrong is not None:
        return _of_answer(wrong)
    named = tuple(dict.fromkeys(one.accountable or "" for one in answers))
    if len(named) > 1:
        rules = tuple(dict.fromkeys(one.rule.id for one in answers if one.rule))
        return _Verdict(CONFLICT, named, rules, "这里同时在两个村居的网格里，两边的责任单位不同")
    life = units.get(named[0])
    if life is None or not _holds(life, on):
        rule = answers[0].rule
        return _Verdict(ENDED, named, (rule.id,) if rule else (), f"{answers[0].why}，但这个单位当时不存在或已经停用")
    return _FINE


def _of_answer(answer: Answer) -> _Verdict:
    units = tuple(sorted({unit for unit, _rule in answer.rivals}))
    said = (
        (rule for _unit, rule in answer.rivals)
        if answer.rivals
        else (rule for _unit, rule, _why in answer.alternatives)
    )
    rules = (answer.rule.id,) if answer.rule else tuple(dict.fromkeys(said))
    return _Verdict(answer.finding or "", units, rules, answer.why)


def _openings(found: Mapping[_Where, Sequence[Span]]) -> Iterator[Opening]:
    """Spans that touch become one; the same finding on several grounds is one, and so it is for several matters."""
    grounds: dict[tuple[_Verdict, Span, str], list[int]] = defaultdict(list)
    for (code, ground, verdict), spans in found.items():
        for span in _joined(spans):
            grounds[verdict, span, code].append(ground)
    types: dict[tuple[_Verdict, Span, tuple[int, ...]], list[str]] = defaultdict(list)
    for (verdict, span, code), numbers in grounds.items():
        types[verdict, span, tuple(sorted(numbers))].append(code)
    made = (
        Opening(verdict.kind, tuple(sorted(codes)), numbers, *span, verdict.units, verdict.rules, verdict.why)
        for (verdict, span, numbers), codes in types.items()
    )
    return iter(sorted(made, key=lambda one: (one.since, one.kind, one.types, one.grounds, one.units, one.until)))


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    since, until = spans[0]
    for following in spans[1:]:
        if following[0] != until:
            yield since, until
            since = following[0]
        until = following[1]
    yield since, until


def _holds(life: MatrixRule | HeldRole | UnitLife, on: date) -> bool:
    return life.valid_from <= on and (life.valid_to is None or on < life.valid_to)


def _town_roles(target: str, matter: Matter) -> tuple[str, ...]:
    if target.startswith("unit:") or target in ("owner", "community", "place"):
        return ()
    return roles_of(target, matter)


def _holding_place(role: str, place: str, held: frozenset[tuple[str, str]]) -> str:
    """Whose holder plays the role there: the place's own, the city's (`*`), or nobody's."""
    return place if (role, place) in held else ANY if (role, ANY) in held else ""
