"""A small city and its people, for tests of every room below and above: `pytest_plugins` names this module.

One command centre, two towns, a department and its contractor, one account per role; a calendar, a scheme with two
types, a matrix with two lines. Monday 2026-11-16 09:00 is when most stories begin.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.written_again import WrittenAgain
from wenming.cases.models import Case
from wenming.cases.services import collect, dispatch, establish
from wenming.observations.models import Channel
from wenming.observations.services import Receipt, Where, receive_report
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import found_unit, open_account
from wenming.responsibilities.rules.legal_calendar import ANNOUNCED_YEARS, seed_days
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry, give_role, publish_calendar, set_hours
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory, Scheme

SHANGHAI = ZoneInfo("Asia/Shanghai")
FOUNDED = date(2026, 1, 1)
FOUNDED_AT = datetime(2026, 1, 1, 9, tzinfo=SHANGHAI)


def at(text: str) -> datetime:
    """`at("11-16 09:30")`: a moment of 2026 in the city's own time."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


MONDAY = at("11-16 09:00")


@pytest.fixture
def small_city(db: object) -> SimpleNamespace:
    """Units, accounts, calendar, types and matrix; names say what part each plays."""
    return _small_city_again()


def found_small_city() -> SimpleNamespace:
    """The same city for a drill that has a folder of its own instead of a test's database."""
    city = SimpleNamespace()
    _found_units(city)
    _open_accounts(city)
    _load_rules(city)
    return city


_small_city_again = WrittenAgain(found_small_city)


@pytest.fixture
def report(small_city: SimpleNamespace) -> Callable[..., Receipt]:
    """`report(text="桶满了")` hands in a report by the web, at 09:00 on Monday unless `now` says otherwise."""

    def hand_in(**facts: object) -> Receipt:
        given: dict[str, object] = {
            "channel": Channel.WEB, "client_id": str(uuid.uuid4()), "where": Where(address="民权路 33 号"), "now": MONDAY,
            "text": "桶满了两天没人收", **facts,
        }  # fmt: skip
        return receive_report(**given)  # type: ignore[arg-type]

    return hand_in


@pytest.fixture
def reported_case(report: Callable[..., Receipt]) -> Case:
    """A case that the command centre has yet to accept."""
    return collect(report().report, now=MONDAY)


def sent_out(
    case: Case, city: SimpleNamespace, *, to: Unit | None = None, now: datetime = MONDAY, **said: Any
) -> Case:
    """The case established as an overflowing bin, which has four working hours, and dispatched, to sanitation if not `to`."""
    case = establish(case, problem_type=city.overflow, rule=city.four_hours, by=city.dispatcher, now=now)
    return dispatch(case, to=to or city.sanitation, by=city.dispatcher, now=now, **said)


@pytest.fixture
def silent_matrix(small_city: SimpleNamespace) -> None:
    """The matrix has nothing to say: a first return goes to the dispatcher, who may do as the unit says."""
    end_matrix_entry(small_city.matrix_line, on=FOUNDED, by=None, now=FOUNDED_AT)


def _found_units(city: SimpleNamespace) -> None:
    def found(code: str, name: str, kind: str, parent: Unit | None, area: str = "") -> Unit:
        return found_unit(
            code=code, name=name, short_name=name, kind=kind, parent=parent, area_code=area, on=FOUNDED, by=None,
            now=FOUNDED_AT,
        )  # fmt: skip

    city.leaders = found("LEAD", "领导小组", UnitKind.LEADING_GROUP, None)
    city.civility_office = found("OFFICE", "创文办", UnitKind.OFFICE, city.leaders)
    city.centre = found("CENTRE", "指挥中心", UnitKind.COMMAND_CENTRE, city.leaders)
    city.sanitation = found("SAN", "环卫处", UnitKind.DEPARTMENT, city.leaders)
    city.sweepers = found("SWEEP", "清扫公司", UnitKind.CONTRACTOR, city.sanitation)
    city.east = found("EAST", "东区", UnitKind.TOWN, city.leaders, "442000002")
    city.west = found("WEST", "西区", UnitKind.TOWN, city.leaders, "442000004")


def _open_accounts(city: SimpleNamespace) -> None:
    def account(name: str, role: Role, unit: Unit) -> Account:
        return open_account(
            username=name, display_name=name, role=role, unit=unit, password="test-Only-2026", by=None, now=FOUNDED_AT,
            must_change_password=False,
        )  # fmt: skip

    city.dispatcher = account("dispatcher", Role.DISPATCHER, city.centre)
    city.officer = account("officer", Role.OFFICE, city.civility_office)
    city.leader = account("leader", Role.LEADER, city.leaders)
    city.admin = account("admin", Role.ADMIN, city.civility_office)
    city.auditor = account("auditor", Role.AUDITOR, city.civility_office)
    city.keeper = account("keeper", Role.KEEPER, city.civility_office)
    city.supervisor = account("supervisor", Role.FIELD, city.centre)
    city.handler = account("handler", Role.HANDLER, city.sanitation)
    city.head = account("head", Role.UNIT_LEAD, city.sanitation)
    city.sweeper = account("sweeper", Role.HANDLER, city.sweepers)
    city.east_handler = account("east_handler", Role.HANDLER, city.east)
    city.east_patrol = account("east_patrol", Role.FIELD, city.east)
    city.west_handler = account("west_handler", Role.HANDLER, city.west)
    city.api = account("api", Role.API, city.centre)


def _load_rules(city: SimpleNamespace) -> None:
    days = {day.on: (day.is_workday, day.name) for day in seed_days()}
    publish_calendar(days, announced_years=ANNOUNCED_YEARS, note="种子日历", by=None, now=FOUNDED_AT)
    set_hours(unit=None, spans=[("08:00", "12:00"), ("14:00", "18:00")], mode="legal", note="", by=None, now=FOUNDED_AT)
    city.rubbish_chip = PublicCategory.objects.create(code="rubbish", name="垃圾脏乱", position=1)
    scheme = Scheme.objects.create(
        code="TEST", version=1, name="测试分类", source="测试", confidence="high", created_at=FOUNDED_AT,
        published_at=FOUNDED_AT, is_current=True,
    )  # fmt: skip
    city.overflow = ProblemType.objects.create(
        scheme=scheme, kind="incident", code="0192", big_code="01", big_name="市容环境", name="垃圾满溢",
        do_roles=["环卫机构"], confidence="high", public_category=city.rubbish_chip,
    )  # fmt: skip
    city.four_hours = EstablishRule.objects.create(
        problem_type=city.overflow, position=1, condition="收集设施满溢", close_condition="清除", limit_amount=4,
        limit_unit="work_hours",
    )  # fmt: skip
    city.manhole = ProblemType.objects.create(
        scheme=scheme, kind="component", code="0101", big_code="01", big_name="公用设施", name="上水井盖",
        do_roles=["供水企业"], confidence="high",
    )  # fmt: skip
    give_role("环卫机构", to=city.sanitation, town_code="*", on=FOUNDED, by=None, now=FOUNDED_AT)
    city.matrix_line = add_matrix_entry(
        type_pattern="E01*", accountable="role:环卫机构", basis="权责清单第一条", on=FOUNDED, by=None, now=FOUNDED_AT
    )
