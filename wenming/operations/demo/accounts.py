"""One account for each role of the demo city, and the table that the log-in page and `demo_accounts` show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import ROLE_NAMES_ZH, Role

from .in_bulk import happening, record_all
from .units import CIVILITY_OFFICE, COMMAND_CENTRE, LEADING_GROUP

# Printed for everybody who tries the demo; a demo folder holds nothing but invented data.
PASSWORD = "wenming-demo-2026"  # noqa: S105
DEMO_COMMUNITY = "442000001007"
DEMO_CONTRACTOR = "HW01"
SHIQI, EAST = "442000001", "442000002"

DESKS: dict[Role, str] = {
    Role.FIELD: "/field/",
    Role.HANDLER: "/unit/",
    Role.UNIT_LEAD: "/unit/",
    Role.DISPATCHER: "/office/",
    Role.OFFICE: "/office/",
    Role.LEADER: "/leaders/",
    Role.ADMIN: "/admin/",
    Role.AUDITOR: "/admin/",
    Role.KEEPER: "/admin/",
    Role.API: "/api/",
}

ACCOUNTS: tuple[tuple[str, Role, str, str], ...] = (
    # username, role, unit, what the person is called on the screen
    ("dispatcher", Role.DISPATCHER, COMMAND_CENTRE, "指挥中心派遣员"),
    ("office", Role.OFFICE, CIVILITY_OFFICE, "创文办工作人员"),
    ("leader", Role.LEADER, LEADING_GROUP, "市领导"),
    ("handler", Role.HANDLER, "CGZF", "城管执法局经办人"),
    ("unit_lead", Role.UNIT_LEAD, "CGZF", "城管执法局负责人"),
    ("shiqi", Role.HANDLER, SHIQI, "石岐街道经办人"),
    ("dongqu", Role.HANDLER, EAST, "东区街道经办人"),
    ("community", Role.HANDLER, DEMO_COMMUNITY, "村居经办人"),
    ("contractor", Role.HANDLER, DEMO_CONTRACTOR, "环卫公司经办人"),
    ("field", Role.FIELD, COMMAND_CENTRE, "指挥中心巡查员"),
    ("shiqi_field", Role.FIELD, SHIQI, "石岐街道网格员"),
    ("admin", Role.ADMIN, CIVILITY_OFFICE, "系统管理员"),
    ("auditor", Role.AUDITOR, CIVILITY_OFFICE, "审计员"),
    ("keeper", Role.KEEPER, CIVILITY_OFFICE, "身份信息保管员"),
    ("api", Role.API, COMMAND_CENTRE, "对接系统"),
)


@dataclass(frozen=True)
class DemoAccount:
    """One line of the table of demo accounts."""

    username: str
    password: str
    role: str
    role_name: str
    name: str
    unit: str
    desk: str


def open_accounts(units: Mapping[str, Unit], names: Iterator[str], *, now: datetime) -> list[Account]:
    """Open the table's accounts, then one for every unit and task of the history, which nobody can log in to."""
    # One hash for all: it is made slow on purpose, and they share their password anyway.
    password = make_password(PASSWORD)
    accounts = [
        Account(
            username=username, display_name=name, role=role, unit=units[unit], password=password, opened_at=now
        )
        for username, role, unit, name in ACCOUNTS
    ]
    for number, (unit, role) in enumerate(_staff(units), start=1):
        account = Account(
            username=f"staff{number:03d}", display_name=next(names), role=role, unit=units[unit], opened_at=now
        )
        account.set_unusable_password()
        accounts.append(account)
    Account.objects.bulk_create(accounts)
    record_all([
        happening(now, "account.opened", each, role=str(each.role), unit=each.unit.code) for each in accounts
    ])  # fmt: skip
    return accounts


def list_demo_accounts() -> list[DemoAccount]:
    """The demo accounts of this city in the table's order; empty where somebody switched them off or it is no demo."""
    known = Account.objects.filter(username__in=[row[0] for row in ACCOUNTS], is_active=True).select_related("unit")
    by_name = {account.username: account for account in known}
    return [_line(by_name[row[0]]) for row in ACCOUNTS if row[0] in by_name]


def _staff(units: Mapping[str, Unit]) -> Iterator[tuple[str, Role]]:
    """Two more dispatchers, three more inspectors; a handler for every unit, a field worker for every town."""
    taken = {(unit, role) for _username, role, unit, _name in ACCOUNTS}
    yield from ((COMMAND_CENTRE, role) for role in (*[Role.DISPATCHER] * 2, *[Role.FIELD] * 3))
    for code, unit in units.items():
        if unit.handles_cases and unit.kind != UnitKind.COMMUNITY and (code, Role.HANDLER) not in taken:
            yield code, Role.HANDLER
        if unit.kind == UnitKind.TOWN and (code, Role.FIELD) not in taken:
            yield code, Role.FIELD


def _line(account: Account) -> DemoAccount:
    role = Role(account.role)
    return DemoAccount(
        account.username, PASSWORD, role, ROLE_NAMES_ZH[role], account.display_name, str(account.unit), DESKS[role]
    )
