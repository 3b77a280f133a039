"""机构表 and 账号表: a city's people from the two spreadsheets it has anyway (A1). All rows or none, each mistake named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.observations.tables import Table
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import ROLE_NAMES_ZH
from wenming.organisations.services import found_unit, open_account
from wenming.refusals import BadInput

# Heads of columns as people write them.
UNIT_COLUMNS = {
    "code": "编号",
    "name": "全称",
    "short_name": "简称",
    "kind": "类别",
    "parent": "上级编号",
    "area_code": "区划代码",
}
ACCOUNT_COLUMNS = {"username": "账号", "display_name": "姓名", "role": "角色", "unit": "单位编号"}
COLUMNS = {"units": UNIT_COLUMNS, "accounts": ACCOUNT_COLUMNS}
OPTIONAL = {"parent", "area_code"}
MOST_ROWS = 5000

Row = dict[str, str]


@dataclass(frozen=True)
class Mistake:
    """row counts as the spreadsheet does: the header is row 1."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Reading:
    """What a table says, and what is wrong with it; only a table without mistakes is brought in."""

    rows: list[Row]
    mistakes: list[Mistake]


def read(what: str, table: Table) -> Reading:
    """The table's rows as the services take them. Raises BadInput when a column is missing."""
    columns = COLUMNS[what]
    missing = [zh for name, zh in columns.items() if zh not in table.header and name not in OPTIONAL]
    if missing:
        raise BadInput(_("表头缺少：%(columns)s。请补上这些列再导入。") % {"columns": "、".join(missing)})
    if len(table.rows) > MOST_ROWS:
        raise BadInput(_("一次最多导入 %(most)d 行。请分成几个文件。") % {"most": MOST_ROWS})
    places = {name: table.header.index(zh) for name, zh in columns.items() if zh in table.header}
    rows = [{name: _text(row, place) for name, place in places.items()} for row in table.rows]
    check = _CHECKS[what]
    return Reading(rows, [mistake for number, row in enumerate(rows, start=2) for mistake in check(number, row, rows)])


@transaction.atomic
def bring_in_units(rows: Sequence[Row], *, by: Account, now: datetime) -> int:
    """Found every unit, parents before children."""
    waiting, known = list(rows), dict(Unit.objects.in_bulk(field_name="code"))
    while waiting:
        ready = [row for row in waiting if not row.get("parent") or row["parent"] in known]
        if not ready:
            raise BadInput(
                _("上级编号绕成了一圈：%(codes)s。请检查这些行。")
                % {"codes": "、".join(r["code"] for r in waiting[:5])}
            )
        for row in ready:
            known[row["code"]] = _found(row, known, by=by, now=now)
        waiting = [row for row in waiting if row not in ready]
    return len(rows)


@transaction.atomic
def bring_in_accounts(
    rows: Sequence[Row], *, password: Callable[[], str], by: Account, now: datetime
) -> list[tuple[Account, str]]:
    """Open every account; (account, first password) to hand out, shown this once."""
    units, roles = Unit.objects.in_bulk(field_name="code"), _roles()
    opened = []
    for row in rows:
        fresh = password()
        account = open_account(
            username=row["username"], display_name=row["display_name"], role=roles[row["role"]], unit=units[row["unit"]],
            password=fresh, by=by, now=now,
        )  # fmt: skip
        opened.append((account, fresh))
    return opened


def _found(row: Row, known: Mapping[str, Unit], *, by: Account, now: datetime) -> Unit:
    kinds = {str(kind.label): kind.value for kind in UnitKind}
    try:
        return found_unit(
            code=row["code"], name=row["name"], short_name=row["short_name"], kind=kinds[row["kind"]],
            parent=known.get(row.get("parent", "")), area_code=row.get("area_code", ""), on=timezone.localdate(now), by=by, now=now,
        )  # fmt: skip
    except ValidationError as wrong:
        raise BadInput(f"{row['code']}：{''.join(wrong.messages)}") from wrong


def _check_unit(number: int, row: Row, rows: Sequence[Row]) -> list[Mistake]:
    kinds, codes = [str(kind.label) for kind in UnitKind], [each["code"] for each in rows]
    wrong = _empty(number, row, UNIT_COLUMNS)
    if row["code"] and (codes.count(row["code"]) > 1 or Unit.objects.filter(code=row["code"]).exists()):
        wrong.append(Mistake(number, "编号", _("%(code)s 已经有了，编号不能重复。") % {"code": row["code"]}))
    if row["kind"] and row["kind"] not in kinds:
        wrong.append(
            Mistake(
                number,
                "类别",
                _("没有“%(kind)s”这一类。可以写：%(kinds)s。") % {"kind": row["kind"], "kinds": "、".join(kinds)},
            )
        )
    above = row.get("parent")
    if above and above not in codes and not Unit.objects.filter(code=above).exists():
        wrong.append(Mistake(number, "上级编号", _("没有编号为 %(code)s 的单位。") % {"code": above}))
    return wrong


def _check_account(number: int, row: Row, rows: Sequence[Row]) -> list[Mistake]:
    names = [each["username"] for each in rows]
    wrong = _empty(number, row, ACCOUNT_COLUMNS)
    if row["username"] and (
        names.count(row["username"]) > 1 or Account.objects.filter(username=row["username"]).exists()
    ):
        wrong.append(Mistake(number, "账号", _("%(name)s 已经有了，账号不能重复。") % {"name": row["username"]}))
    if row["role"] and row["role"] not in _roles():
        known = {"role": row["role"], "roles": "、".join(ROLE_NAMES_ZH.values())}
        wrong.append(Mistake(number, "角色", _("没有“%(role)s”这个角色。可以写：%(roles)s。") % known))
    if row["unit"] and not Unit.objects.filter(code=row["unit"], valid_to=None).exists():
        wrong.append(
            Mistake(number, "单位编号", _("没有编号为 %(code)s 的单位。请先导入机构表。") % {"code": row["unit"]})
        )
    return wrong


_CHECKS = {"units": _check_unit, "accounts": _check_account}


def _empty(number: int, row: Row, columns: Mapping[str, str]) -> list[Mistake]:
    needed = [name for name in columns if name not in OPTIONAL and not row.get(name)]
    return [Mistake(number, columns[name], _("没有填。")) for name in needed]


def _text(row: Sequence[Any], place: int) -> str:
    """Codes come out of spreadsheets as numbers with a fraction of zero."""
    cell = row[place] if place < len(row) else ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell if cell is not None else "").strip()


def _roles() -> dict[str, str]:
    return {zh: role.value for role, zh in ROLE_NAMES_ZH.items()}
