"""The demo city's people in the grids: a chief and a member in every community, chiefs of single grids in two towns, the
departments' liaisons in every town, and a few posts that nobody holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from wenming.organisations.models import Appointment, Person, Post, PostKind, Unit, UnitKind
from wenming.territory.demo.geography import TOWNS_WITH_OVERLAYS
from wenming.territory.grids.overlays import newest_layers
from wenming.territory.models import Grid, GridPost, GridRole

from .in_bulk import happening, record_all

LIAISON_DEPARTMENTS = ("CGZF", "JJZD", "SCJG", "XFJY")
VACANT_EACH = 37
"""Each so many-th post is vacant, so that the list of vacancies has something to show."""


def serve_the_grids(units: Mapping[str, Unit], names: Iterator[str], *, on: date, now: datetime) -> None:
    """Posts, people and what they serve, with the rows that `assign_post` would write."""
    planned = [*_community_posts(units), *_posts_of_single_grids(units)]
    posts = Post.objects.bulk_create([post for post, _covers, _role in planned])
    held = [post for number, post in enumerate(posts, start=1) if number % VACANT_EACH]
    people = Person.objects.bulk_create([Person(name=next(names)) for _post in held])
    Appointment.objects.bulk_create(
        [Appointment(post=post, person=person, valid_from=on) for post, person in zip(held, people, strict=True)]
    )
    serving = [(post, covers, role) for post, (_same, covers, role) in zip(posts, planned, strict=True)]
    serving += [(post, town, GridRole.LIAISON) for post in _liaisons() for town in _towns(units)]
    made = GridPost.objects.bulk_create(
        [GridPost(post=post, covers=covers, role=role, valid_from=on) for post, covers, role in serving]
    )
    record_all([
        happening(now, "territory.grid-post-assigned", one, role=one.role, post=str(one.post), on=on.isoformat()) for one in made
    ])  # fmt: skip


def _towns(units: Mapping[str, Unit]) -> list[str]:
    return [unit.area_code for unit in units.values() if unit.kind == UnitKind.TOWN]


def _liaisons() -> list[Post]:
    found = Post.objects.filter(unit__code__in=LIAISON_DEPARTMENTS, kind=PostKind.LIAISON)
    return list(found.select_related("unit").order_by("pk"))


def _community_posts(units: Mapping[str, Unit]) -> Iterator[tuple[Post, str, str]]:
    for unit in units.values():
        if unit.kind == UnitKind.COMMUNITY:
            if unit.area_code[:9] not in TOWNS_WITH_OVERLAYS:
                yield Post(unit=unit, kind=PostKind.INSPECTOR, title="网格长"), unit.area_code, GridRole.CHIEF
            yield Post(unit=unit, kind=PostKind.INSPECTOR, title="网格员"), unit.area_code, GridRole.MEMBER


def _posts_of_single_grids(units: Mapping[str, Unit]) -> Iterator[tuple[Post, str, str]]:
    layers = newest_layers(("block", "strip", "unit"))
    grids = Grid.objects.filter(layer__in=layers, community__parent__code__in=TOWNS_WITH_OVERLAYS).order_by("code")
    for code, in grids.values_list("code"):
        yield Post(unit=units[code[:12]], kind=PostKind.INSPECTOR, title=f"{code[12:]} 网格网格长"), code, GridRole.CHIEF
