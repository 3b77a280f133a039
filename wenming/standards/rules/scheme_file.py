"""Reading a scheme file: every mistake is found and named before anything is written.

The form is that of `data/gbt30428.yaml`: a `scheme` heading, then `components` and `incidents`, each a list of big
classes (大类) with their types (小类). A type's rules are [立案条件, 结案要求, 时限].
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .limits import Limit

CONFIDENCES = ("high", "medium", "low", "recon")
KINDS = {"components": "component", "incidents": "incident"}
CODE_DIGITS = 4


@dataclass(frozen=True)
class RuleFacts:
    """立案条件, 结案要求, 时限."""

    condition: str
    close_condition: str
    limit: Limit

    @property
    def urgent(self) -> bool:
        return self.limit.unit.is_natural


@dataclass(frozen=True)
class TypeFacts:
    """One problem type as the file states it."""

    kind: str
    code: str
    big_code: str
    big_name: str
    name: str
    local: bool
    confidence: str
    public: str | None
    do_roles: tuple[str, ...]
    sup_roles: tuple[str, ...]
    rules: tuple[RuleFacts, ...]


@dataclass(frozen=True)
class SchemeFacts:
    """A whole scheme; `digest` is the same exactly when the content is."""

    code: str
    version: int
    name: str
    source: str
    confidence: str
    note: str
    types: tuple[TypeFacts, ...]
    digest: str


class SchemeFileWrong(ValueError):
    """The file cannot be taken. `mistakes` names every place, in the words of whoever edits the file."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("；".join(mistakes))
        self.mistakes = tuple(mistakes)


def read_scheme(content: Mapping[str, Any], categories: frozenset[str]) -> SchemeFacts:
    """The scheme in a parsed file. categories: the codes a type's `public` may name.

    Raises SchemeFileWrong with every mistake at once.
    """
    mistakes = [*_mistakes_in_heading(content.get("scheme") or {}), *_mistakes_in_types(content, categories)]
    if mistakes:
        raise SchemeFileWrong(mistakes)
    heading = content["scheme"]
    return SchemeFacts(
        code=heading["code"],
        version=heading["version"],
        name=heading["name"],
        source=heading["source"],
        confidence=heading["confidence"],
        note="\n".join(heading.get("note", [])),
        types=tuple(_type(*entry, default=heading["confidence"]) for entry in _entries(content)),
        digest=digest_of(content),
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content, whatever its layout and comments."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


_Entry = tuple[str, Mapping[str, Any], Mapping[str, Any]]


def _entries(content: Mapping[str, Any]) -> Iterator[_Entry]:
    """(kind, big class, type) of every type in the file."""
    for section, kind in KINDS.items():
        for big in content.get(section) or []:
            for each in big.get("types") or []:
                yield kind, big, each


def _type(kind: str, big: Mapping[str, Any], each: Mapping[str, Any], default: str) -> TypeFacts:
    return TypeFacts(
        kind=kind,
        code=each["code"],
        big_code=big["big"],
        big_name=big["name"],
        name=each["name"],
        local=bool(each.get("local", False)),
        confidence=each.get("confidence", default),
        public=each.get("public"),
        do_roles=tuple(each.get("do", [])),
        sup_roles=tuple(each.get("sup", [])),
        rules=tuple(RuleFacts(when, until, Limit.parse(limit)) for when, until, limit in each.get("rules", [])),
    )


def _mistakes_in_heading(heading: Mapping[str, Any]) -> Iterator[str]:
    for key in ("code", "name", "source", "confidence"):
        if not isinstance(heading.get(key), str) or not heading[key].strip():
            yield f"scheme 缺少 {key}"
    if not isinstance(heading.get("version"), int) or heading["version"] < 1:
        yield "scheme 的 version 要写成从 1 开始的整数"
    if heading.get("confidence") not in CONFIDENCES:
        yield f"scheme 的 confidence 只能是 {'、'.join(CONFIDENCES)}"


def _mistakes_in_types(content: Mapping[str, Any], categories: frozenset[str]) -> Iterator[str]:
    entries = list(_entries(content))
    if not entries:
        yield "没有一个小类"
    for (kind, code), times in Counter((kind, each.get("code")) for kind, _, each in entries).items():
        if times > 1:
            yield f"{_where(kind, code)}出现了 {times} 次"
    for kind, big, each in entries:
        where = _where(kind, each.get("code"))
        yield from (f"{where}{mistake}" for mistake in _mistakes_in_type(big, each, categories))


def _where(kind: str, code: object) -> str:
    return f"{'部件' if kind == 'component' else '事件'} {code} "


def _mistakes_in_type(big: Mapping[str, Any], each: Mapping[str, Any], categories: frozenset[str]) -> Iterator[str]:
    code = each.get("code")
    if not isinstance(code, str) or len(code) != CODE_DIGITS or not code.isdecimal():
        yield "的 code 要写成带引号的四位数字"
    elif code[:2] != big.get("big"):
        yield f"不在它的大类 {big.get('big')} 里"
    if not each.get("name"):
        yield "没有名称"
    if each.get("confidence", CONFIDENCES[0]) not in CONFIDENCES:
        yield f"的 confidence 只能是 {'、'.join(CONFIDENCES)}"
    if each.get("public") not in {None, *categories}:
        yield f"的 public 指向没有的市民选项 {each['public']}"
    yield from _mistakes_in_rules(each.get("rules") or [])


def _mistakes_in_rules(rules: Sequence[Any]) -> Iterator[str]:
    for position, rule in enumerate(rules, start=1):
        if not isinstance(rule, list) or len(rule) != 3 or not all(isinstance(x, str) and x.strip() for x in rule):
            yield f"第 {position} 条要写成 [立案条件, 结案要求, 时限]"
            continue
        try:
            Limit.parse(rule[2])
        except ValueError:
            yield f"第 {position} 条的时限 {rule[2]} 看不懂，要写成 4h、5d、2uh 或 1ud"
