"""Rosters around the demo's today: the command desk around the clock, the grids of one town, one of its people on leave."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.models import RosterGroup, RosterPost, RosterShift
from wenming.responsibilities.rosters import changes
from wenming.responsibilities.rosters.handovers import hand_over
from wenming.responsibilities.rosters.selectors import shifts_in_force
from wenming.responsibilities.rosters.services import draw_up_roster, found_group, join_group, publish_roster, set_terms
from wenming.responsibilities.rosters.terms import sample_patterns

from .accounts import SHIQI
from .city import DemoCity
from .units import COMMAND_CENTRE

BASIS = "值班排班办法（演示数据）"
BEFORE, AFTER = timedelta(days=3), timedelta(days=10)
TOWN_PEOPLE = 5
NOTES = "夜里没有急件。民权路围挡还没有撤，早高峰请看一眼。（演示）"


@transaction.atomic
def rosters(city: DemoCity) -> None:
    """Two groups, published; the town's has lost somebody to leave since, so that a gap is listed with its reason."""
    centre = Account.objects.filter(unit=city.centre, role__in=[Role.DISPATCHER, Role.FIELD]).order_by("username")
    desk = _group(city, "DESK", "指挥中心值班", RosterPost.DESK, COMMAND_CENTRE, "*", list(centre))
    field = Account.objects.filter(role=Role.FIELD).exclude(unit=city.centre).order_by("-username")
    own = Account.objects.filter(unit__code=SHIQI, role=Role.FIELD)
    people = [*own, *field.exclude(unit__code=SHIQI)[: TOWN_PEOPLE - len(own)]]
    town = _group(city, "SHIQI-1", "石岐网格一组", RosterPost.PATROL, SHIQI, SHIQI, people)
    for group in (desk, town):
        _publish(city, group)
    _leave(city, town)
    _handover(city, desk)
    _begin_the_next(city, desk)


def _group(
    city: DemoCity, code: str, name: str, post: str, unit: str, town: str, people: list[Account]
) -> RosterGroup:
    then = city.now - timedelta(days=20)
    group = found_group(
        code=code, name=name, post=post, unit=city.units[unit], town_code=town, on=then.date(), lead=None, by=city.officer, now=then
    )
    set_terms(group, shifts=sample_patterns()["三班倒"], limits={}, basis=BASIS, by=city.officer, now=then)
    for account in people:
        join_group(group, account, on=then.date(), by=city.officer, now=then)
    return group


def _publish(city: DemoCity, group: RosterGroup) -> None:
    today, then = timezone.localdate(city.now), city.now - timedelta(days=5)
    draft = draw_up_roster(
        group, today - BEFORE, today + AFTER, by=city.officer, now=then, seed=city.seed, with_solver=False
    )
    publish_roster(draft, expected_version=draft.version, by=city.officer, now=then)


def _begin_the_next(city: DemoCity, group: RosterGroup) -> None:
    """The week after is a draft that nobody has published yet."""
    first = timezone.localdate(city.now) + AFTER + timedelta(days=1)
    draw_up_roster(
        group, first, first + timedelta(days=6), by=city.officer, now=city.now - timedelta(hours=2), seed=city.seed, with_solver=False
    )


def _leave(city: DemoCity, group: RosterGroup) -> None:
    """Somebody asked for leave three days from now, and it was approved: their shifts stand open."""
    day = timezone.localdate(city.now) + timedelta(days=3)
    shift = RosterShift.objects.filter(edition__group=group, on=day).select_related("account").order_by("starts_at")[0]
    asked = changes.ask_leave(group, day, day, by=shift.account, now=city.now - timedelta(hours=20))
    changes.decide_request(asked, approves=True, by=city.officer, now=city.now - timedelta(hours=18))


def _handover(city: DemoCity, group: RosterGroup) -> None:
    """The shift before this one was handed over and waits to be taken."""
    ended = RosterShift.objects.filter(edition__group=group, ends_at__lte=city.now).order_by("-ends_at")[:1]
    for shift in shifts_in_force(RosterShift.objects.filter(pk__in=[row.pk for row in ended])):
        hand_over(shift, notes=NOTES, matters=[], client_id="demo-handover", by=shift.account, now=shift.ends_at)
