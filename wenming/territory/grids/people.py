"""Who serves a grid: its chief, members and the departments' liaisons (网格长、网格员、部门联络人). Policy: 7.3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Appointment, Person, Post
from wenming.refusals import BadInput, Refusal

from ..models import Area, Grid, GridPost, GridRole
from ..rules.people import serving, widths
from .overlays import newest_layers


class GridPostTaken(Refusal):
    """The place is served already: one chief at a time, one post once."""

    code = "territory.grid-post-taken"


@dataclass(frozen=True)
class Serving:
    """One post that serves a grid, and who holds it; no person is a vacancy. covers: the code it was given for."""

    role: str
    post: Post
    person: Person | None
    covers: str

    @property
    def is_vacant(self) -> bool:
        return self.person is None


@dataclass(frozen=True)
class GridPeople:
    """The people of one grid. chief: the nearest (own, else the community's, else the town's); None where no post exists."""

    chief: Serving | None = None
    members: list[Serving] = field(default_factory=list)
    liaisons: list[Serving] = field(default_factory=list)

    @property
    def lacks_chief(self) -> bool:
        return self.chief is None or self.chief.is_vacant

    @property
    def everybody(self) -> list[Serving]:
        return [*([self.chief] if self.chief else []), *self.members, *self.liaisons]


@dataclass(frozen=True)
class PeopleOverTime:
    """Every post that was ever given for a grid, its community or its town, and whoever held one of them, by their days.

    held: by the day it began; of other posts too.
    """

    code: str
    posts: list[GridPost]
    held: list[Appointment]

    def on(self, day: date) -> GridPeople:
        """Who serves it on that day."""
        holders = {one.post_id: one.person for one in self.held if _holds(one, day)}
        by_scope: dict[str, list[Serving]] = {}
        for one in self.posts:
            if _holds(one, day):
                by_scope.setdefault(one.covers, []).append(Serving(one.role, one.post, holders.get(one.post_id), one.covers))
        return _people(self.code, by_scope)

    def counts(self, day: date) -> tuple[int, int]:
        """How many posts were held on that day, and how many were vacant."""
        there = {one.post_id for one in self.posts if _holds(one, day)}
        filled = {one.post_id for one in self.held if one.post_id in there and _holds(one, day)}
        return len(filled), len(there) - len(filled)

    @property
    def unended(self) -> list[GridPost]:
        """The posts that have not ended, by role, the nearest first."""
        lasting = [one for one in self.posts if one.valid_to is None]
        return sorted(sorted(lasting, key=lambda one: one.covers, reverse=True), key=lambda one: one.role)


def people_over_time(codes: Iterable[str]) -> dict[str, PeopleOverTime]:
    """{grid code: who ever served it}, in two questions however many grids."""
    wanted = list(codes)
    posts = list(GridPost.objects.filter(covers__in=_scopes(wanted)).select_related("post__unit"))
    held = list(Appointment.objects.filter(post__in={one.post_id for one in posts}).select_related("person").order_by("valid_from"))
    return {code: PeopleOverTime(code, [one for one in posts if one.covers in widths(code)], held) for code in wanted}


def people_of(code: str, on: date) -> GridPeople:
    """Who serves one grid on a day. Vacant posts are in it as such."""
    return people_over_time([code])[code].on(on)


def holders_of(posts: Iterable[int], on: date) -> dict[int, Person]:
    """{post pk: who holds it on that day}."""
    held = Appointment.objects.filter(post__in=list(posts), valid_from__lte=on)
    held = held.filter(Q(valid_to=None) | Q(valid_to__gt=on)).select_related("person").order_by("valid_from")
    return {one.post_id: one.person for one in held}


@dataclass(frozen=True)
class Vacancy:
    """A grid of the layers in force without a chief, or a post that nobody holds. covers: the code concerned."""

    covers: str
    name: str
    role: str
    post: Post | None


def vacancies(on: date, within: str = "") -> list[Vacancy]:
    """空缺: every grid in force that has no chief on that day, then every grid post without a holder, by code.

    within: a code of 9 or 12 digits narrows it to that town or community.
    """
    layers = newest_layers(("block", "strip", "unit"))
    grids = Grid.objects.filter(layer__in=layers, code__startswith=within).order_by("code").values_list("code", "name")
    posts = list(_on(on).filter(_inside(within)).select_related("post__unit"))
    holders = holders_of({one.post_id for one in posts}, on)
    chiefs = {one.covers: one for one in posts if one.role == GridRole.CHIEF}
    without = [
        Vacancy(code, name, GridRole.CHIEF, None) for code, name in grids if not any(width in chiefs for width in widths(code))
    ]
    empty = [one for one in posts if one.post_id not in holders]
    named = _names({one.covers for one in empty})
    return [*without, *(Vacancy(one.covers, named.get(one.covers, one.covers), one.role, one.post) for one in empty)]


@transaction.atomic
def assign_post(post: Post, *, covers: str, role: str, on: date, by: Account | None, now: datetime) -> GridPost:
    """定岗: from this day the post serves a grid, or all grids of a community or town.

    covers: 15, 12 or 9 digits of something that exists. Raises BadInput, GridPostTaken (a second chief, the same post twice).
    """
    if role not in GridRole.values:
        raise BadInput(_("请选网格长、网格员或者部门联络人。"))
    if not _exists(covers):
        raise BadInput(_("没有编码是 %(code)s 的网格、村居或镇街。请核对编码。") % {"code": covers})
    try:
        with transaction.atomic():
            made = GridPost.objects.create(covers=covers, role=role, post=post, valid_from=on)
    except IntegrityError as error:
        raise GridPostTaken(_("这里已经有网格长，或者这个岗位已经管着这里。请先截止原来的。")) from error
    journal.record("territory.grid-post-assigned", by=by, about=made, now=now, role=role, post=str(post), on=on.isoformat())
    return made


@transaction.atomic
def end_post(grid_post: GridPost, *, on: date, by: Account | None, now: datetime) -> GridPost:
    """From this day the post serves the grid no more; the days before stay readable."""
    found = GridPost.objects.select_for_update().get(pk=grid_post.pk)
    if found.valid_to is not None:
        raise GridPostTaken(_("这个岗位已经截止了。刷新页面看最新情况。"))
    if on < found.valid_from:
        raise BadInput(_("截止的日子不能早于起始日 %(day)s。") % {"day": found.valid_from.isoformat()})
    found.valid_to = on
    found.save(update_fields=["valid_to"])
    journal.record("territory.grid-post-ended", by=by, about=found, now=now, role=found.role, post=str(found.post), on=on.isoformat())
    return found


def _holds(one: GridPost | Appointment, day: date) -> bool:
    return one.valid_from <= day and (one.valid_to is None or one.valid_to > day)


def _people(code: str, by_scope: Mapping[str, Sequence[Serving]]) -> GridPeople:
    found = serving(code, {scope: [(one.role, one) for one in ones] for scope, ones in by_scope.items()})
    return GridPeople(found.chief, list(found.members), list(found.liaisons))


def _scopes(codes: Iterable[str]) -> list[str]:
    return sorted({scope for code in codes for scope in widths(code)})


def _inside(within: str) -> Q:
    return Q(covers__startswith=within) | Q(covers__in=[within[:9]]) if within else Q()


def _on(on: date) -> QuerySet[GridPost]:
    return GridPost.objects.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))


def _exists(covers: str) -> bool:
    if len(covers) == 15:
        return Grid.objects.filter(layer__in=newest_layers(("block", "strip", "unit")), code=covers).exists()
    return len(covers) in {9, 12} and Area.objects.filter(code=covers, valid_to=None).exists()


def _names(covers: set[str]) -> dict[str, str]:
    areas = dict(Area.objects.filter(code__in=covers, valid_to=None).values_list("code", "short_name"))
    grids = Grid.objects.filter(layer__in=newest_layers(("block", "strip", "unit")), code__in=covers)
    return {**areas, **dict(grids.values_list("code", "name"))}
