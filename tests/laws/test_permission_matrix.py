"""Law 5, cell by cell: role × route × whose. The expectation comes from two tables, the answer from the running views.

Each cell is one request in a transaction that is rolled back. Reading decides sharply: without the permission 403, with
it never 403, and another unit's case does not exist (404) for those who do not work for the whole city. Writing is sent
empty: without the permission 403, with it anything that is no crash (the services have their own refusals and tests).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RegexPattern
from django.utils.regex_helper import normalize

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.cases.tests.story import MONDAY
from wenming.desks.common.access import PUBLIC
from wenming.observations.services import Where
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role, role_may
from wenming.organisations.services import issue_api_key
from wenming.territory.models import Area, Level

FOREIGN = "allauth."
INTERFACES = ("/api/", "/open311/")
# What stands in an address when the matter is nobody's in particular.
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
SAMPLES = {
    "order": "2026-0001", "username": "nobody", "form": "json", "service_code": "1", "kind": "csv", "code": "442000002",
    "size": "large", "seal": "none", "rest": "nowhere", "format": "json", "spot": "H26-0001", "topic": "R26-0001",
    "focus": "stalls", "patrol": "P26-00001", "component": "4420000137000001", "grid": "442000001001001", "feature": "442000001",
    "short": "E0192", "figure": "late", "group": "NONE-1", "token": "nobodys-token",
    "profile": "hotline12345", "place": "11-000001", "place_kind": "market",
    "shop": "M000001", "matter": "Q26-00001", "street": "DQ-001", "contract": "HT-1",
}  # fmt: skip


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, before + str(entry.pattern))
        elif not entry.callback.__module__.startswith(FOREIGN):
            yield before + str(entry.pattern), entry


@pytest.fixture
def matters(report, small_city: SimpleNamespace) -> dict[str, Case]:
    """One case with the sanitation department, one with the west town: for each unit one is its own."""
    east = Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道", valid_from=MONDAY.date()
    )
    found = {}
    for name, unit, town in (("sanitation", small_city.sanitation, east), ("west", small_city.west, None)):
        case = cases.collect(report(where=Where(address="某路", town=town)).report, now=MONDAY)
        case = cases.establish(case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=MONDAY)
        found[name] = cases.dispatch(case, to=unit, by=small_city.dispatcher, now=MONDAY)
    return found


def address(path: str, entry: URLPattern, case: Case) -> str:
    """The route's address for one case."""
    pattern = entry.pattern
    if isinstance(pattern, RegexPattern):
        (form, names), *_others = normalize(pattern.regex.pattern)
        return "/" + path.removesuffix(str(pattern)) + form % {name: sample(name, None, path, case) for name in names}
    return "/" + PLACE.sub(lambda found: sample(found[1], pattern.converters[found[1]], path, case), path)


def sample(name: str, converter: object, path: str, case: Case) -> str:
    """What stands for one parameter of a route."""
    if name == "number":
        return case.number
    if name == "receipt":
        return case.case_reports.get().report.receipt
    if isinstance(converter, UUIDConverter):
        return "00000000-0000-4000-8000-000000000000"
    if isinstance(converter, IntConverter):
        return str(case.handling_id if "dut" in path else 1)
    assert name in SAMPLES, f"{path}: no sample for <{name}>"
    return SAMPLES[name]


def ask(client: Client, url: str, key: str) -> tuple[str, int]:
    """(method, status) of the route, read where it can be read; whatever it did is rolled back.

    Pages know people by their session, interfaces know systems by their key.
    """
    headers = {"Authorization": f"Bearer {key}"} if key and url.startswith(INTERFACES) else {}
    with transaction.atomic():
        answer = client.get(url, headers=headers)
        method = "GET"
        if answer.status_code == 405:
            method, answer = "POST", client.post(url, headers=headers)
        status = 401 if answer.status_code == 302 and "/account/login/" in answer.headers["Location"] else answer.status_code
        transaction.set_rollback(True)
    return method, status


def wrong(role: str | None, permission: str, method: str, status: int, *, about_a_case: bool, sees: bool) -> str | None:
    """Why a cell is wrong, or None."""
    if status >= 500:
        return f"crashed with {status}"
    if permission == PUBLIC:
        return "asked for a log-in" if status == 401 else None
    if role is None:
        return None if status == 401 else f"let a stranger in with {status}"
    if not role_may(role, permission):
        return None if status in {401, 403} else f"gave {status} instead of 403"
    if method == "GET" and status in {401, 403}:
        return f"refused with {status} although the role holds {permission}"
    if about_a_case and not sees and status not in {404, 405, 422}:
        return f"showed or touched another unit's case with {status}"
    if about_a_case and sees and method == "GET" and status == 404:
        return "hid the unit's own case"
    return None


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "stranger")
def test_every_cell(role: Role | None, matters: dict[str, Case], small_city: SimpleNamespace) -> None:
    client, account, key = Client(raise_request_exception=False), None, ""
    if role is not None:
        # The unit desk's own field inspector, not the command centre's, who inspects the whole city.
        account = small_city.east_patrol if role == Role.FIELD else Account.objects.filter(role=role).order_by("pk").first()
        assert account is not None, f"the small city has nobody with the role {role}"
        key = issue_api_key(account, name="matrix", by=None, now=MONDAY)
        client.force_login(account, backend="wenming.organisations.passwords.Accounts")
        session = client.session
        session["second_factor"] = True
        session.save()
    mistakes, cells = [], 0
    for path, entry in routes():
        permission = getattr(entry.callback, "permission", None)
        # A route that names neither case nor its things has one address for both, and is asked once.
        addresses = {address(path, entry, case): (whose, case) for whose, case in matters.items()}
        for url, (whose, case) in addresses.items():
            about_a_case = "<str:number>" in path or "<number>" in path
            method, status = ask(client, url, key)
            sees = account is not None and cases_visible_to(account).filter(pk=case.pk).exists()
            cells += 1
            why = wrong(role, str(permission), method, status, about_a_case=about_a_case, sees=sees)
            if why:
                mistakes.append(f"{role or 'stranger'} × {method} /{path} × {whose}: {why}")
    assert not mistakes, f"{len(mistakes)} of {cells} cells are wrong:\n" + "\n".join(mistakes)
    assert cells > 150
