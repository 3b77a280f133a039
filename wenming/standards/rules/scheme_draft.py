"""A change of a scheme as a list of edits: what the scheme would say after them, and what differs between two (4.1, 4.3).

An edit names a type by its short code and says what of it becomes otherwise; the scheme it starts from stays as it is.
A condition keeps its `root` through every version, however it is reworded, so that old cases can be counted with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from wenming.words import gettext_noop as _

from .limits import Limit
from .scheme_file import CODE_DIGITS

NAME_LENGTH, CONDITION_LENGTH, CLOSE_LENGTH, ROLE_LENGTH = 40, 120, 80, 40
MOST_RULES = 20
LETTERS = {"component": "C", "incident": "E"}


class Act(StrEnum):
    """What an edit does to a type."""

    CHANGE = "change"
    ADD = "add"
    RETIRE = "retire"


@dataclass(frozen=True)
class DraftRule:
    """立案条件, 结案要求, 时限. was: its position in the scheme the draft starts from; None for a new one.

    root: the condition's first version, the same in every version; None until a new one is published.
    """

    condition: str
    close_condition: str
    limit: Limit
    was: int | None = None
    root: int | None = None


@dataclass(frozen=True)
class DraftType:
    """One problem type, as a draft would have it."""

    kind: str
    code: str
    big_code: str
    big_name: str
    name: str
    public: str | None = None
    do_roles: tuple[str, ...] = ()
    sup_roles: tuple[str, ...] = ()
    rules: tuple[DraftRule, ...] = ()
    local: bool = False
    confidence: str = "recon"

    @property
    def short_code(self) -> str:
        return f"{LETTERS[self.kind]}{self.code}"


Types = Mapping[str, DraftType]


@dataclass(frozen=True)
class Edit:
    """One thing changed. content: what `Act` needs; a `change` names only what becomes otherwise."""

    position: int
    act: Act
    subject: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """Why an edit cannot be taken: a sentence with holes, what fills them, and which edit it is."""

    sentence: str
    filled: Mapping[str, object]
    position: int = 0


class EditWrong(ValueError):
    """An edit that does not fit what it is made on."""

    def __init__(self, sentence: str, **filled: object) -> None:
        super().__init__(sentence % filled)
        self.sentence, self.filled = sentence, filled


@dataclass(frozen=True)
class Drafted:
    """The scheme after the edits. successors: {retired type: the types that take its place, the first for open cases}."""

    types: Types
    successors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()

    def now_is(self, code: str) -> str | None:
        """Which type stands for that one after the edits: itself, the first that took its place, or none."""
        seen: set[str] = set()
        while code not in self.types:
            following = self.successors.get(code, ())
            if code in seen or not following:
                return None
            seen.add(code)
            code = following[0]
        return code

    def rule_after(self, code: str, rule: DraftRule) -> DraftRule | None:
        """Which condition stands for that of a type of the scheme before.

        In the same type the same root. In a type that took its place: the condition of the same words, or the only one.
        None where there is none; then nobody can say what the limit would be, and a clock stays as it is.
        """
        now_is = self.now_is(code)
        if now_is is None:
            return None
        there = self.types[now_is].rules
        if now_is == code:
            return next((each for each in there if each.root == rule.root), None)
        same = next((each for each in there if each.condition == rule.condition), None)
        return same or (there[0] if len(there) == 1 else None)


def drafted(
    base: Types, edits: Iterable[Edit], categories: frozenset[str], used_codes: Mapping[str, str] | None = None
) -> Drafted:
    """The base after the edits, in their order. An edit that does not fit is left out and named as a mistake.

    categories: the citizen's choices that a type may name. used_codes: {short code: name} of every version there was;
    a code never means two things, so a new type takes none of them.
    """
    types, successors, mistakes = dict(base), dict[str, tuple[str, ...]](), []
    for edit in edits:
        try:
            types, successors = _after(types, successors, edit, categories, used_codes or {})
        except EditWrong as wrong:
            mistakes.append(Mistake(wrong.sentence, wrong.filled, edit.position))
    result = Drafted(types, successors)
    for retired, into in successors.items():
        for code in into:
            if result.now_is(code) is None:
                mistakes.append(Mistake(_("%(code)s 停用后改用 %(into)s，可它也没有了"), {"code": retired, "into": code}))
    return replace(result, mistakes=tuple(mistakes))


def _after(
    types: dict[str, DraftType], successors: dict[str, tuple[str, ...]], edit: Edit, categories: frozenset[str],
    used_codes: Mapping[str, str],
) -> tuple[dict[str, DraftType], dict[str, tuple[str, ...]]]:  # fmt: skip
    if edit.act == Act.ADD:
        new = _added(edit, types, used_codes)
        _check(new, categories, types)
        return types | {new.short_code: new}, successors
    if edit.subject not in types:
        raise EditWrong(_("没有 %(code)s 这个小类，或者它在这份草稿里已经停用"), code=edit.subject)
    if edit.act == Act.RETIRE:
        into = _successors(edit, types)
        return {code: each for code, each in types.items() if code != edit.subject}, successors | {edit.subject: into}
    changed = _changed(types[edit.subject], edit.content)
    _check(changed, categories, types)
    return types | {edit.subject: changed}, successors


def _added(edit: Edit, types: Types, used_codes: Mapping[str, str]) -> DraftType:
    given = edit.content
    kind, code = given.get("kind", ""), str(given.get("code", ""))
    if kind not in LETTERS:
        raise EditWrong(_("要写清是部件还是事件"))
    if len(code) != CODE_DIGITS or not code.isascii() or not code.isdecimal():
        raise EditWrong(_("编码 %(code)s 要写成四位数字"), code=code)
    short = LETTERS[kind] + code
    if short in types:
        raise EditWrong(_("%(code)s 已经是“%(name)s”，一个编码只能指一样东西"), code=short, name=types[short].name)
    if short in used_codes:
        raise EditWrong(_("%(code)s 在以前的版本里是“%(name)s”，编码不能再用"), code=short, name=used_codes[short])
    big = next((t.big_name for t in types.values() if t.kind == kind and t.big_code == code[:2]), given.get("big_name", ""))
    if not big:
        raise EditWrong(_("没有编码 %(big)s 的大类，请写上大类名称"), big=code[:2])
    empty = DraftType(kind, code, code[:2], str(big)[:20], "", local=True)
    return _changed(empty, given)


def _changed(before: DraftType, content: Mapping[str, Any]) -> DraftType:
    told: dict[str, Any] = {}
    if "name" in content:
        told["name"] = str(content["name"]).strip()
    if "public" in content:
        told["public"] = content["public"] or None
    for roles in ("do_roles", "sup_roles"):
        if roles in content:
            told[roles] = tuple(dict.fromkeys(role.strip() for role in content[roles] if role.strip()))
    if "rules" in content:
        roots = {rule.was: rule.root for rule in before.rules if rule.was is not None}
        told["rules"] = tuple(_rule(given, roots) for given in content["rules"])
    return replace(before, **told)


def _rule(given: Mapping[str, Any], roots: Mapping[int, int | None]) -> DraftRule:
    was = given.get("was")
    if was is not None and was not in roots:
        raise EditWrong(_("第 %(was)s 条立案条件在现在的版本里没有了"), was=was)
    try:
        limit = Limit.parse(str(given["limit"]))
    except ValueError as wrong:
        raise EditWrong(_("时限 %(limit)s 看不懂，要写成 4h、5d、2uh 或 1ud"), limit=given["limit"]) from wrong
    return DraftRule(
        str(given["condition"]).strip(), str(given["close_condition"]).strip(), limit, was, roots.get(was) if was else None
    )


def _successors(edit: Edit, types: Types) -> tuple[str, ...]:
    into = tuple(dict.fromkeys(edit.content.get("into", ())))
    for code in into:
        if code == edit.subject:
            raise EditWrong(_("%(code)s 停用后不能改用它自己"), code=code)
        if code not in types:
            raise EditWrong(_("没有 %(code)s 这个小类，或者它在这份草稿里已经停用"), code=code)
    return into


def _check(each: DraftType, categories: frozenset[str], types: Types) -> None:
    code = each.short_code
    if not each.name or len(each.name) > NAME_LENGTH:
        raise EditWrong(_("%(code)s 的名称要写 1 到 %(most)d 个字"), code=code, most=NAME_LENGTH)
    if any(other.name == each.name and other.kind == each.kind and key != code for key, other in types.items()):
        raise EditWrong(_("已经有叫“%(name)s”的小类了"), name=each.name)
    if each.public is not None and each.public not in categories:
        raise EditWrong(_("没有市民选项 %(public)s"), public=each.public)
    if any(len(role) > ROLE_LENGTH for role in (*each.do_roles, *each.sup_roles)):
        raise EditWrong(_("角色名称最多 %(most)d 个字"), most=ROLE_LENGTH)
    if len(each.rules) > MOST_RULES:
        raise EditWrong(_("一个小类最多 %(most)d 条立案条件"), most=MOST_RULES)
    for rule in each.rules:
        if not rule.condition or len(rule.condition) > CONDITION_LENGTH:
            raise EditWrong(_("立案条件要写 1 到 %(most)d 个字"), most=CONDITION_LENGTH)
        if not rule.close_condition or len(rule.close_condition) > CLOSE_LENGTH:
            raise EditWrong(_("结案要求要写 1 到 %(most)d 个字"), most=CLOSE_LENGTH)
    if len({rule.condition for rule in each.rules}) < len(each.rules):
        raise EditWrong(_("%(code)s 有两条立案条件写得一样"), code=code)
    kept = [rule.was for rule in each.rules if rule.was is not None]
    if len(set(kept)) < len(kept):
        raise EditWrong(_("%(code)s 有两条都说自己是原来的同一条"), code=code)


# --- what differs ------------------------------------------------------------------------------------------------------


class What(StrEnum):
    """What of a type differs between two versions."""

    ADDED = "added"
    RETIRED = "retired"
    NAME = "name"
    PUBLIC = "public"
    DO_ROLES = "do_roles"
    SUP_ROLES = "sup_roles"
    LIMIT = "limit"
    CONDITION = "condition"
    CLOSE_CONDITION = "close_condition"
    RULE_ADDED = "rule_added"
    RULE_REMOVED = "rule_removed"


@dataclass(frozen=True)
class Difference:
    """One thing that two versions say differently. about: the condition it is about, where it is one."""

    code: str
    name: str
    what: What
    before: Any = None
    after: Any = None
    about: str = ""


def differences(before: Types, after: Types, successors: Mapping[str, Sequence[str]] | None = None) -> list[Difference]:
    """What `after` says otherwise than `before`, type by type in the order of their codes."""
    found: list[Difference] = []
    for code in sorted({*before, *after}):
        if code not in after:
            found.append(Difference(code, before[code].name, What.RETIRED, after=tuple((successors or {}).get(code, ()))))
        elif code not in before:
            found.append(Difference(code, after[code].name, What.ADDED, after=after[code]))
        else:
            found.extend(_differences(before[code], after[code]))
    return found


def _differences(before: DraftType, after: DraftType) -> Iterator[Difference]:
    for what in (What.NAME, What.PUBLIC, What.DO_ROLES, What.SUP_ROLES):
        was, is_now = getattr(before, what.value), getattr(after, what.value)
        if was != is_now:
            yield Difference(before.short_code, after.name, what, was, is_now)
    theirs = {rule.root: rule for rule in after.rules if rule.root is not None}
    for rule in before.rules:
        other = theirs.pop(rule.root, None) if rule.root is not None else None
        if other is None:
            yield Difference(before.short_code, after.name, What.RULE_REMOVED, rule, about=rule.condition)
            continue
        for what in (What.LIMIT, What.CONDITION, What.CLOSE_CONDITION):
            was, is_now = getattr(rule, what.value), getattr(other, what.value)
            if was != is_now:
                yield Difference(before.short_code, after.name, what, was, is_now, rule.condition)
    known = {rule.root for rule in before.rules}
    for rule in after.rules:
        if rule.root is None or rule.root not in known:
            yield Difference(before.short_code, after.name, What.RULE_ADDED, after=rule, about=rule.condition)


# --- as a file ---------------------------------------------------------------------------------------------------------

SECTIONS = {"component": "components", "incident": "incidents"}


def as_content(heading: Mapping[str, Any], types: Types) -> dict[str, Any]:
    """The scheme in the form of a scheme file (`scheme_file.read_scheme` reads it)."""
    content: dict[str, Any] = {"scheme": dict(heading), "components": [], "incidents": []}
    for code in sorted(types):
        each = types[code]
        section = content[SECTIONS[each.kind]]
        if not section or section[-1]["big"] != each.big_code:
            section.append({"big": each.big_code, "name": each.big_name, "types": []})
        section[-1]["types"].append(_as_entry(each))
    return {name: part for name, part in content.items() if part}


def _as_entry(each: DraftType) -> dict[str, Any]:
    entry: dict[str, Any] = {"code": each.code, "name": each.name, "confidence": each.confidence}
    if each.local:
        entry["local"] = True
    if each.public:
        entry["public"] = each.public
    if each.do_roles:
        entry["do"] = list(each.do_roles)
    if each.sup_roles:
        entry["sup"] = list(each.sup_roles)
    if each.rules:
        entry["rules"] = [[rule.condition, rule.close_condition, rule.limit.notation] for rule in each.rules]
    return entry


def edits_towards(before: Types, after: Types) -> list[tuple[Act, str, dict[str, Any]]]:
    """(act, type, content) of the edits that lead from one to the other: what a file that somebody worked on changed.

    `after` comes from a file, which knows no roots: a rule is the one of the same words, else that of the same place
    if its words are gone on both sides.
    """
    found: list[tuple[Act, str, dict[str, Any]]] = []
    for code in sorted({*before, *after}):
        if code not in after:
            found.append((Act.RETIRE, code, {"into": []}))
        elif code not in before:
            found.append((Act.ADD, code, _whole(after[code])))
        elif change := _change(before[code], after[code]):
            found.append((Act.CHANGE, code, change))
    return found


def _whole(each: DraftType) -> dict[str, Any]:
    return {
        "kind": each.kind, "code": each.code, "big_name": each.big_name, "name": each.name, "public": each.public,
        "do_roles": list(each.do_roles), "sup_roles": list(each.sup_roles), "rules": [rule_content(r) for r in each.rules],
    }  # fmt: skip


def _change(before: DraftType, after: DraftType) -> dict[str, Any]:
    after = replace(after, rules=_recognised(before.rules, after.rules))
    change: dict[str, Any] = {}
    if before.name != after.name:
        change["name"] = after.name
    if before.public != after.public:
        change["public"] = after.public
    for roles in ("do_roles", "sup_roles"):
        if getattr(before, roles) != getattr(after, roles):
            change[roles] = list(getattr(after, roles))
    if [rule_content(r) for r in before.rules] != [rule_content(r) for r in after.rules]:
        change["rules"] = [rule_content(rule) for rule in after.rules]
    return change


def _recognised(before: Sequence[DraftRule], after: Sequence[DraftRule]) -> tuple[DraftRule, ...]:
    stated = {rule.was for rule in after}
    by_words = {rule.condition: rule for rule in before if rule.was not in stated}
    gone = {n: rule for n, rule in enumerate(before) if rule.condition not in {other.condition for other in after}}
    known = {rule.was: rule for rule in before if rule.was is not None}
    found = []
    for place, rule in enumerate(after):
        was = known.get(rule.was) if rule.was is not None else by_words.get(rule.condition)
        if was is None and rule.was is None and len(before) == len(after):
            was = gone.get(place)
        found.append(replace(rule, was=was.was if was else None, root=was.root if was else None))
    return tuple(found)


def rule_content(rule: DraftRule) -> dict[str, Any]:
    """A rule as an edit's content has it."""
    return {
        "was": rule.was, "condition": rule.condition, "close_condition": rule.close_condition, "limit": rule.limit.notation
    }  # fmt: skip
