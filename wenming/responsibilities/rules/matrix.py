"""The matrix of territory (块) and department (条): which one unit answers for a matter at a spot, and why (1.6).

Rules are tried in this order: the explicit `order`, then the more specific type, then the more specific place.
The first that speaks decides. A rule stays silent only when the spot lacks the fact it asks for (a component
without a registered owner, a point in no community); a role that nobody holds is a hole in the matrix and is
reported, never stepped over. Rules of equal standing that name different units are a conflict, and nobody is chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

ANY = "*"
# A town's or a community's own government is the holder of these roles at its code.
TOWN_ROLE = "镇街"
COMMUNITY_ROLE = "社区"
KIND_LETTERS = {"C": "component", "E": "incident"}


@dataclass(frozen=True)
class Matter:
    """What it is about. type_code is a full code such as GB30428:E0102."""

    type_code: str
    kind: str
    big_class: str
    do_roles: tuple[str, ...] = ()
    sup_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spot:
    """Where it is; empty codes where nothing is known. owner_unit: the component's registered owner (权属单位).

    component: how the component is named in the answer, “部件 4420000137000012（距 6 米）”; "" where none is known.
    place_unit: who manages the public place that it was reported from; place: how that is named, "" where from none.
    """

    town_code: str
    community_code: str = ""
    grid_code: str = ""
    owner_unit: str | None = None
    component: str = ""
    place_unit: str | None = None
    place: str = ""


@dataclass(frozen=True)
class MatrixRule:
    """One line of the matrix.

    type_pattern: `*`, a prefix of the code (`01*`, `E01*`, `GB30428:E01*`) or one full code.
    accountable, supporting: `unit:CODE`, `role:环卫机构`, `town`, `community`, `owner`, `place` (who manages the public
    place that it was reported from), or the problem type's own roles: `do` (处置, the first one held here) and `sup` (主管).
    valid_to: the first day on which it no longer holds.
    """

    id: int
    order: int
    type_pattern: str
    kind: str | None
    town_code: str
    accountable: str
    supporting: tuple[str, ...]
    basis: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class RoleHolder:
    """Which unit plays a role in a town (`*`: in every town without a holder of its own)."""

    role: str
    town_code: str
    unit_code: str


@dataclass(frozen=True)
class Answer:
    """One accountable unit, or a finding (`gap`, `conflict`) that says why there is none.

    why: a sentence for people, without unit codes, about the rule that decides. alternatives: (unit or None, rule id,
    why) of the rules that did not decide or do not apply here, in their order; in a conflict the conflicting ones first.
    rivals: in a conflict (unit, rule id) of each that claims it.
    """

    accountable: str | None
    supporting: tuple[str, ...]
    rule: MatrixRule | None
    why: str
    alternatives: tuple[tuple[str | None, int, str], ...]
    finding: str | None
    rivals: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Finding:
    """A hole or a contradiction of the matrix, for one problem type in one town."""

    kind: str
    type_code: str
    town_code: str
    rules: tuple[int, ...]
    why: str


@dataclass(frozen=True)
class _Voice:
    """What one rule says at one spot. `silent` when the spot lacks the fact; no units when nobody holds the role."""

    rule: MatrixRule
    units: tuple[str, ...]
    says: str
    silent: bool = False

    @property
    def as_alternative(self) -> tuple[str | None, int, str]:
        return (self.units[0] if len(self.units) == 1 else None, self.rule.id, self.says)


_Holders = Mapping[tuple[str, str], Sequence[str]]


def answer(matter: Matter, spot: Spot, on: date, rules: Iterable[MatrixRule], holders: Iterable[RoleHolder]) -> Answer:
    """Who answers for the matter at the spot on that day."""
    return _answer(matter, spot, _by_standing(rules, on), _by_role(holders))


def answering(
    on: date, rules: Iterable[MatrixRule], holders: Iterable[RoleHolder]
) -> Callable[[Matter, Spot], Answer]:
    """`answer` for many matters and spots of one day: lines and holders are put in order once."""
    ranked, held = _by_standing(rules, on), _by_role(holders)
    return lambda matter, spot: _answer(matter, spot, ranked, held)


def audit(
    rules: Iterable[MatrixRule],
    holders: Iterable[RoleHolder],
    types: Iterable[Matter],
    towns: Iterable[str],
    on: date,
) -> list[Finding]:
    """Every gap and conflict over all types and towns, for components without a registered owner."""
    ranked, held, towns = _by_standing(rules, on), _by_role(holders), list(towns)
    answers = ((m, town, _answer(m, Spot(town), ranked, held)) for m in types for town in towns)
    return [_finding(matter, town, found) for matter, town, found in answers if found.finding]


def applies(rule: MatrixRule, matter: Matter, spot: Spot) -> bool:
    """Whether the rule speaks of this matter at this spot at all."""
    if rule.kind and rule.kind != matter.kind:
        return False
    return rule.town_code in (ANY, spot.town_code) and _covers(rule.type_pattern, matter.type_code)


def _answer(matter: Matter, spot: Spot, ranked: Sequence[MatrixRule], held: _Holders) -> Answer:
    voices = [_voice(rule, matter, spot, held) for rule in ranked if applies(rule, matter, spot)]
    speaking = [voice for voice in voices if not voice.silent]
    if not speaking:
        return Answer(None, (), None, _nobody_speaks(voices), _alternatives(voices), "gap")
    tier = [v for v in speaking if _standing(v.rule) == _standing(speaking[0].rule)]
    first, others = tier[0], [v for v in voices if v is not tier[0]]
    if not all(voice.units for voice in tier):
        hole = next(voice for voice in tier if not voice.units)
        return Answer(None, (), hole.rule, hole.says, _alternatives(v for v in voices if v is not hole), "gap")
    if len({unit for voice in tier for unit in voice.units}) > 1:
        rivals = tuple((unit, voice.rule.id) for voice in tier for unit in voice.units)
        return Answer(None, (), None, _contradiction(tier), _conflict_first(tier, voices), "conflict", rivals)
    return Answer(
        accountable=first.units[0],
        supporting=_supporting(first, matter, spot, held),
        rule=first.rule,
        why=first.says,
        alternatives=_alternatives(others),
        finding=None,
    )


def _voice(rule: MatrixRule, matter: Matter, spot: Spot, held: _Holders) -> _Voice:
    cited = f"权责第 {rule.id} 条（{rule.basis}）"
    missing = _missing_fact(rule.accountable, spot)
    if missing:
        return _Voice(rule, (), f"{cited}：{missing}，本条不适用", silent=True)
    units = _units_of(rule.accountable, matter, spot, held)
    if not units:
        return _Voice(rule, (), f"{cited}：应由{_named(rule.accountable, matter, spot)}负责，但这里还没有登记由哪个单位承担")
    return _Voice(rule, units, f"{cited}：由{_named(rule.accountable, matter, spot)}负责")


def _missing_fact(target: str, spot: Spot) -> str:
    """What the spot would have to tell for the target to mean anything; empty when it does."""
    if target == "owner" and not spot.owner_unit:
        return f"{spot.component}没有登记权属单位"
    if target == "place" and not spot.place:
        return "不是从公共场所的页面上报的"
    if target == "place" and not spot.place_unit:
        return f"{spot.place}没有登记在册的管理单位"
    if target == "community" and not spot.community_code:
        return "该地点不在任何村居范围内"
    if target == "town" and not spot.town_code:
        return "该地点不在任何镇街范围内"
    return ""


def _units_of(target: str, matter: Matter, spot: Spot, held: _Holders) -> tuple[str, ...]:
    """The units a target names here: none when nobody holds the role, several when two do."""
    if target.startswith("unit:"):
        return (target.removeprefix("unit:"),)
    if target == "owner":
        return (spot.owner_unit,) if spot.owner_unit else ()
    if target == "place":
        return (spot.place_unit,) if spot.place_unit else ()
    if target == "community":
        return _holding(COMMUNITY_ROLE, spot.community_code, held)
    return next((units for role in roles_of(target, matter) if (units := _holding(role, spot.town_code, held))), ())


def roles_of(target: str, matter: Matter) -> tuple[str, ...]:
    """The roles a target means for a matter, the first one held wins. Raises ValueError for what is no role."""
    if target.startswith("role:"):
        return (target.removeprefix("role:"),)
    known = {"town": (TOWN_ROLE,), "do": matter.do_roles, "sup": matter.sup_roles}
    if target not in known:
        raise ValueError(f"the matrix does not know the target {target!r}")
    return known[target]


def _holding(role: str, place: str, held: _Holders) -> tuple[str, ...]:
    return tuple(held.get((role, place)) or held.get((role, ANY)) or ())


def _supporting(voice: _Voice, matter: Matter, spot: Spot, held: _Holders) -> tuple[str, ...]:
    """Everybody named as support who is known here, once, the accountable unit left out."""
    named = (unit for target in voice.rule.supporting for unit in _all_units_of(target, matter, spot, held))
    return tuple(unit for unit in dict.fromkeys(named) if unit not in voice.units)


def _all_units_of(target: str, matter: Matter, spot: Spot, held: _Holders) -> Iterator[str]:
    if target not in ("do", "sup"):
        yield from _units_of(target, matter, spot, held)
        return
    for role in roles_of(target, matter):
        yield from _holding(role, spot.town_code, held)


def _covers(pattern: str, type_code: str) -> bool:
    """Whether a pattern means a full code: `01*` any scheme and kind, `E01*` any scheme, `GB30428:E01*`, `*`."""
    plain = type_code.rpartition(":")[2]
    if not pattern.endswith(ANY):
        return pattern in (type_code, plain)
    prefix = pattern.removesuffix(ANY)
    return any(form.startswith(prefix) for form in (type_code, plain, plain.lstrip("CE")))


def _standing(rule: MatrixRule) -> tuple[int, int, int, int]:
    """Smaller stands first. Rules of the same standing must not contradict each other."""
    code = rule.type_pattern.rpartition(":")[2]
    digits = len(code.strip("CE*"))
    of_one_kind = bool(rule.kind) or code[:1] in KIND_LETTERS
    whole = not rule.type_pattern.endswith(ANY)
    return (rule.order, -digits - whole, -of_one_kind, -(rule.town_code != ANY))


def _by_standing(rules: Iterable[MatrixRule], on: date) -> list[MatrixRule]:
    in_force = [r for r in rules if r.valid_from <= on and (r.valid_to is None or on < r.valid_to)]
    return sorted(in_force, key=lambda rule: (_standing(rule), rule.id))


def _by_role(holders: Iterable[RoleHolder]) -> _Holders:
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for holder in holders:
        if holder.unit_code not in held[holder.role, holder.town_code]:
            held[holder.role, holder.town_code].append(holder.unit_code)
    return held


def _named(target: str, matter: Matter, spot: Spot) -> str:
    if target.startswith("role:"):
        return target.removeprefix("role:")
    if target == "owner" and spot.component:
        return f"{spot.component}的权属单位"
    if target == "place" and spot.place:
        return f"{spot.place}的管理单位"
    names = {"town": "属地镇街", "community": "属地村居", "owner": "权属单位", "place": "公共场所的管理单位", "do": "处置单位", "sup": "主管单位"}
    roles = f"（{'、'.join(roles_of(target, matter))}）" if target in ("do", "sup") else ""
    return names.get(target, "指定单位") + roles


def _alternatives(voices: Iterable[_Voice]) -> tuple[tuple[str | None, int, str], ...]:
    return tuple(voice.as_alternative for voice in voices)


def _conflict_first(tier: Sequence[_Voice], voices: Sequence[_Voice]) -> tuple[tuple[str | None, int, str], ...]:
    """Each unit of the conflict with the rule that names it, then what the other rules say."""
    rivals = tuple((unit, voice.rule.id, voice.says) for voice in tier for unit in voice.units)
    return rivals + _alternatives(voice for voice in voices if voice not in tier)


def _contradiction(tier: Sequence[_Voice]) -> str:
    numbers = "、".join(f"第 {voice.rule.id} 条" for voice in tier)
    if len(tier) == 1:
        return f"{tier[0].says}，但这里登记了不止一个承担单位。请在权责矩阵里改成一个"
    return f"权责{numbers}同样具体，却指向不同的单位。请在权责矩阵里改成一个"


def _nobody_speaks(voices: Sequence[_Voice]) -> str:
    heard = "".join(f"{voice.says}；" for voice in voices)
    return f"{heard}权责矩阵里没有一条说到这里的这类问题由谁负责"


def _finding(matter: Matter, town: str, found: Answer) -> Finding:
    numbers = tuple(number for _, number, _ in found.alternatives)
    cited = (found.rule.id,) if found.rule else numbers
    return Finding(found.finding or "", matter.type_code, town, cited, found.why)
