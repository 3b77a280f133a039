"""Law 5 on ground: role × route × whose, with things that are really there: one of everything in the east town and in the west.

The permission matrix sends every route something that does not exist; here it exists, so that a route which forgets to
ask whose it is shows it. Whose a thing is is said here in words of its own: not by the selector that the view uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from wenming.cases.tests.story import MONDAY
from wenming.desks.common.access import PUBLIC
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role, role_may
from wenming.organisations.services import issue_api_key

from .ground import lead_of, two_towns
from .test_permission_matrix import PLACE, SAMPLES, ask, routes

ROOMS = (
    "office/places/", "office/grids/", "office/roster/", "office/shops/", "office/matters/", "office/streets/", "office/contracts/",
    "office/papers/", "office/who/proof/", "field/place/", "field/shift/", "shop/", "unit/places/", "unit/cases/<str:number>/looks/",
    "unit/cases/<str:number>/reminders/", "unit/frontages/",
)  # fmt: skip
# What stands behind a plain number, by where it stands.
NUMBERS = (
    (r"places/imports/", "batch"), (r"drafts/<int:pk>/imports/", ""), (r"shops/imports/", ""), (r"pauses/", ""),
    (r"grids/versions/", "layer"), (r"grids/posts/", "post"), (r"grids/drafts/", "grids"),
    (r"members/", "member"), (r"requests/", "request"), (r"handovers/", "handover"), (r"agreements/", "agreement"), (r"fees/", "fee"),
    (r"papers/", "notice"), (r"questions/", "question"), (r"who/proof/", "proof"), (r"proposals/", "proposal"),
)  # fmt: skip
# What lies in a town and is shown only to those who work for that town, or for the whole city.
OF_A_TOWN = re.compile(r"<(?:str:)?(place|shop|matter|street|contract)>|papers/<|^unit/")
# Whose a shift, a swap or a handover is, its people say: refused by name (403), not hidden.
OF_PEOPLE = re.compile(r"field/shift/|roster/requests/")
WHOLE_CITY = {Role.DISPATCHER, Role.OFFICE, Role.LEADER, Role.AUDITOR}


def of_the_rooms() -> Iterator[tuple[str, URLPattern]]:
    yield from ((path, entry) for path, entry in routes() if path.startswith(ROOMS) and "<" in path)


def address(path: str, things: dict[str, Any]) -> tuple[str, bool]:
    """The route's address in that town, and whether everything it names is really there."""
    there = True

    def value(found: re.Match[str]) -> str:
        nonlocal there
        name = found[1]
        if name == "shop" and path.startswith("shop/"):
            return str(things["plate"])
        if f"<int:{name}>" in path:
            before = path[: path.index(f"<int:{name}>")]
            name = next((key for part, key in NUMBERS if re.search(part + "$", before)), "")
            there &= name in things
            return str(things.get(name, 1))
        there &= name in things or name in {"kind", "size"}
        return str(things[name]) if name in things else SAMPLES[name]

    return "/" + PLACE.sub(value, path), there


def wrong(role: str | None, permission: str, method: str, status: int, *, path: str, sees: bool, there: bool) -> str | None:
    if status >= 500:
        return f"crashed with {status}"
    if permission == PUBLIC:
        return "asked for a log-in" if status == 401 else None
    if role is None or not role_may(role, permission):
        return None if status in {401, 403} else f"let in with {status}"
    if OF_PEOPLE.search(path):
        return None
    if not sees:
        return None if status == 404 else f"another town's, and {status}"
    if status in {401, 403} or (status == 404 and there):
        return f"refused with {status} although the role holds {permission} and it is theirs"
    return None


def account_of(role: Role, city: SimpleNamespace) -> Account:
    """Of each role somebody of the east town, where the role is one of a town."""
    own = {Role.FIELD: city.east_patrol, Role.HANDLER: city.east_handler}
    if role == Role.UNIT_LEAD:
        return lead_of(city.units["east"])
    return own.get(role) or Account.objects.filter(role=role).order_by("pk")[0]


@pytest.fixture
def ground(small_city: SimpleNamespace, tmp_path: Any, settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    import dataclasses

    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    small_city.units = {"east": small_city.east, "west": small_city.west}
    return two_towns(small_city)


def test_every_role_on_every_route_of_both_towns(
    ground: tuple[dict[str, Any], dict[str, Any]], small_city: SimpleNamespace
) -> None:
    mistakes, cells, hidden = [], 0, 0
    for role in (None, *Role):
        client, key = Client(raise_request_exception=False), ""
        if role is not None:
            account = account_of(role, small_city)
            key = issue_api_key(account, name="ground", by=None, now=MONDAY)
            client.force_login(account, backend="wenming.organisations.passwords.Accounts")
            session = client.session
            session["second_factor"] = True
            session.save()
        for path, entry in of_the_rooms():
            for whose, things in zip(("east", "west"), ground, strict=True):
                sees = role in WHOLE_CITY or not OF_A_TOWN.search(path) or whose == "east"
                url, there = address(path, things)
                method, status = ask(client, url, key)
                cells, hidden = cells + 1, hidden + (not sees and status == 404)
                why = wrong(role, str(entry.callback.permission), method, status, path=path, sees=sees, there=there)
                if why:
                    mistakes.append(f"{role or 'stranger'} × {method} /{path} ({url}) × {whose}: {why}")
    assert not mistakes, f"{len(mistakes)} of {cells} cells are wrong:\n" + "\n".join(mistakes)
    assert cells > 1000
    assert hidden > 10, "nothing of the other town was asked for by anybody who may not see it"


def test_what_belongs_to_one_shop_is_not_reached_through_another(
    ground: tuple[dict[str, Any], dict[str, Any]], small_city: SimpleNamespace, sit_down: Any
) -> None:
    """The code on a plate opens that shop alone, and an agreement, a fee or a matter only under its own premises."""
    east, west = ground
    office, anybody = sit_down(small_city.officer), Client()
    answers = {
        (path, method): getattr(client, method)(path).status_code
        for client, path, method in (
            (anybody, f"/shop/{east['plate']}/matters/{west['matter']}/mended/", "post"),
            (anybody, f"/shop/{east['plate']}/matters/{west['matter']}/statements/", "post"),
            (anybody, f"/shop/{east['plate']}/agreements/{west['agreement']}/signature/", "post"),
            (office, f"/office/shops/{east['shop']}/agreements/{west['agreement']}/signature/", "post"),
            (office, f"/office/shops/{east['shop']}/fees/{west['fee']}/reversal/", "post"),
            (office, f"/office/roster/{east['group']}/settings/members/{west['member']}/departure/", "post"),
        )
    }

    assert set(answers.values()) == {404}, answers
