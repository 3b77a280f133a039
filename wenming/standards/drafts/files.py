"""A scheme as a file that an office works on: a table with a line for each condition, or the scheme's own YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from django.utils.translation import gettext as _

from wenming.refusals import BadInput

from ..models import PublicCategory
from ..rules.limits import Limit
from ..rules.scheme_draft import LETTERS, DraftRule, DraftType, Types, as_content
from ..rules.scheme_file import CODE_DIGITS, SchemeFileWrong, read_scheme

KINDS = {"部件": "component", "事件": "incident"}
COLUMNS = ("类别", "编码", "大类", "小类", "市民选项", "处置", "主管", "原第几条", "立案条件", "结案要求", "时限")
"""The heads are Chinese in every language: whoever sends the file back sends it to the same city."""


def table_of(types: Types) -> list[list[Any]]:
    """The types as a table, its first row the heads."""
    names = dict(PublicCategory.objects.values_list("code", "name"))
    kinds = {kind: word for word, kind in KINDS.items()}
    rows: list[list[Any]] = [list(COLUMNS)]
    for code in sorted(types):
        each = types[code]
        heading = [
            kinds[each.kind], each.code, each.big_name, each.name, names.get(each.public or "", ""), "、".join(each.do_roles),
            "、".join(each.sup_roles),
        ]  # fmt: skip
        for rule in each.rules:
            rows.append([*heading, rule.was or "", rule.condition, rule.close_condition, rule.limit.notation])
        if not each.rules:
            rows.append([*heading, "", "", "", ""])
    return rows


def yaml_of(heading: Mapping[str, Any], types: Types) -> str:
    """The types as a scheme file."""
    return str(yaml.safe_dump(as_content(heading, types), allow_unicode=True, sort_keys=False, width=120))


def types_in_yaml(content: bytes, base: Types) -> dict[str, DraftType]:
    """The types of a scheme file. Raises BadInput with every mistake."""
    try:
        told = yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise BadInput(_("文件读不出来：它不是 UTF-8 的 YAML 文件。")) from wrong
    if not isinstance(told, dict):
        raise BadInput(_("文件是空的，或者不是这里要的格式。"))
    try:
        facts = read_scheme(told, frozenset(PublicCategory.objects.values_list("code", flat=True)))
    except (SchemeFileWrong, TypeError, KeyError, AttributeError) as wrong:
        mistakes = getattr(wrong, "mistakes", (str(wrong),))
        raise BadInput(
            _("文件有 %(count)d 处要改：%(mistakes)s。没有收下任何改动。") % {"count": len(mistakes), "mistakes": "；".join(mistakes)},
            mistakes=mistakes,
        ) from wrong
    found = {}
    for each in facts.types:
        rules = tuple(DraftRule(rule.condition, rule.close_condition, rule.limit) for rule in each.rules)
        one = DraftType(
            each.kind, each.code, each.big_code, each.big_name, each.name, each.public, each.do_roles, each.sup_roles, rules
        )
        found[one.short_code] = _as_before(one, base)
    return found


def types_in_table(header: Sequence[str], rows: Iterable[Sequence[Any]], base: Types) -> dict[str, DraftType]:
    """The types of a table like `table_of`. Raises BadInput that names every row and column that cannot be read."""
    missing = [head for head in COLUMNS if head not in header and head != "原第几条"]
    if missing:
        raise BadInput(_("表格缺少这些列：%(columns)s。请在导出的表格上改。") % {"columns": "、".join(missing)})
    reader = _Reader(header, base)
    for number, row in enumerate(rows, start=2):
        reader.take(number, row)
    if reader.mistakes:
        raise BadInput(
            _("表格有 %(count)d 处要改：%(mistakes)s。没有收下任何改动。")
            % {"count": len(reader.mistakes), "mistakes": "；".join(reader.mistakes[:20])},
            mistakes=reader.mistakes,
        )
    return reader.types


class _Reader:
    """Row by row, so that every mistake has its row."""

    def __init__(self, header: Sequence[str], base: Types) -> None:
        self.place = {head: header.index(head) for head in COLUMNS if head in header}
        self.base = base
        self.categories = {name: code for code, name in PublicCategory.objects.values_list("code", "name")}
        self.types: dict[str, DraftType] = {}
        self.mistakes: list[str] = []

    def take(self, number: int, row: Sequence[Any]) -> None:
        told = {head: _text(row[at]) if at < len(row) else "" for head, at in self.place.items()}
        kind, code = KINDS.get(told["类别"]), told["编码"].zfill(CODE_DIGITS)
        if kind is None:
            return self._wrong(number, "类别", _("要写部件或事件"))
        if len(code) != CODE_DIGITS or not code.isascii() or not code.isdecimal():
            return self._wrong(number, "编码", _("要写四位数字"))
        if told["市民选项"] and told["市民选项"] not in self.categories:
            return self._wrong(number, "市民选项", _("没有“%(name)s”这个选项") % {"name": told["市民选项"]})
        if not told["小类"]:
            return self._wrong(number, "小类", _("没有写名称"))
        each = _as_before(
            DraftType(
                kind, code, code[:2], told["大类"], told["小类"], self.categories.get(told["市民选项"]), _parts(told["处置"]),
                _parts(told["主管"]),
            ),
            self.base,
        )  # fmt: skip
        known = self.types.setdefault(f"{LETTERS[kind]}{code}", each)
        if (known.name, known.public, known.do_roles, known.sup_roles) != (each.name, each.public, each.do_roles, each.sup_roles):
            return self._wrong(number, "小类", _("%(code)s 和上面同一小类的行说得不一样") % {"code": each.short_code})
        rule = self._rule(number, told, each.short_code)
        if rule is not None:
            self.types[each.short_code] = _with(known, rule)
        return None

    def _rule(self, number: int, told: dict[str, str], code: str) -> DraftRule | None:
        words = (told["立案条件"], told["结案要求"], told["时限"])
        if not any(words):
            return None
        for head in ("立案条件", "结案要求", "时限"):
            if not told[head]:
                self._wrong(number, head, _("空着；立案条件、结案要求、时限要一起写"))
                return None
        try:
            limit = Limit.parse(told["时限"])
        except ValueError:
            self._wrong(number, "时限", _("“%(limit)s”看不懂，要写成 4h、5d、2uh 或 1ud") % {"limit": told["时限"]})
            return None
        was = told.get("原第几条", "")
        there = {rule.was for rule in self.base[code].rules} if code in self.base else set()
        if was and (not was.isdecimal() or int(was) not in there):
            self._wrong(number, "原第几条", _("这个小类没有第 %(was)s 条；新增的请空着") % {"was": was})
            return None
        return DraftRule(words[0], words[1], limit, int(was) if was else None)

    def _wrong(self, number: int, column: str, words: str) -> None:
        self.mistakes.append(_("第 %(row)d 行“%(column)s”%(words)s") % {"row": number, "column": column, "words": words})


def _as_before(each: DraftType, base: Types) -> DraftType:
    """With what a file does not tell as it is: the big class of a known type, whose own it is, how sure."""
    before = base.get(each.short_code)
    if before is None:
        return each
    return DraftType(
        each.kind, each.code, before.big_code, before.big_name, each.name, each.public, each.do_roles, each.sup_roles,
        each.rules, before.local, before.confidence,
    )  # fmt: skip


def _with(each: DraftType, rule: DraftRule) -> DraftType:
    return DraftType(
        each.kind, each.code, each.big_code, each.big_name, each.name, each.public, each.do_roles, each.sup_roles,
        (*each.rules, rule), each.local, each.confidence,
    )  # fmt: skip


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(",", "、").replace("，", "、").split("、") if part.strip())


def _text(cell: Any) -> str:
    """A cell as people read it; numbers that a spreadsheet made of codes lose their `.0`, a defused cell its apostrophe."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip().removeprefix("'")
