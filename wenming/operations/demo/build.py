"""Filling an empty city with the demo: map, units, rules, people, then ninety days of history."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from wenming.evidence.services import Prepared
from wenming.journal.services import acting_from
from wenming.organisations.models import Account, Unit
from wenming.standards.focus.services import load_focuses
from wenming.standards.management.commands.load_standards import ADOPTED_FIRST, DATA, SCHEMES
from wenming.standards.places.services import load_place_checklists
from wenming.standards.services import adopt_scheme, load_categories, load_mapping, load_scheme, publish_scheme
from wenming.territory.demo.geography import build_geography

from .accounts import open_accounts
from .archive import Archive
from .black_spots import plan_black_spots
from .chance import chance
from .city import DemoCity
from .components import build_components
from .drafts import rule_drafts
from .frontages import build_frontages
from .grid_people import serve_the_grids
from .history import History, carry_out_reactions
from .hot_topics import hot_topics, plan_hot_topics
from .leaders import inbox_read, leaders_orders
from .looked_at_again import appeals, rechecks, settled_on_the_spot
from .looked_twice import draw_apart, looked_twice
from .names import people_names
from .other_systems import other_systems
from .patrols import patrols
from .pictures import Album
from .places import Places
from .problems import load_problems
from .public_places import build_public_places
from .rosters import rosters
from .today import plan_today
from .units import fill_posts, found_units
from .who_answers import draw_up_the_matrix, give_roles, set_the_clock

Say = Callable[[str], object]
FOUNDED_BEFORE = timedelta(days=330)


@dataclass(frozen=True)
class Size:
    """How many cases are lived through the services, how many older ones are written in bulk, variants of pictures."""

    lived: int
    lived_days: int
    archived: int
    pictures: int


SIZES = {
    "small": Size(lived=40, lived_days=12, archived=180, pictures=1),
    "normal": Size(lived=220, lived_days=15, archived=1_000, pictures=2),
    "large": Size(lived=220, lived_days=15, archived=100_000, pictures=2),
}


def build_demo_city(*, seed: int, size: str, now: datetime, say: Say = print) -> DemoCity:
    """Fill an empty city. The same seed, size and moment give the same city, receipts apart."""
    chosen = SIZES[size]
    founded = now - FOUNDED_BEFORE
    with acting_from("demo"):
        with _step(say, "地图 · map"):
            build_geography(seed, founded)
        with _step(say, "单位、岗位、账号 · units, posts, accounts"), transaction.atomic():
            units, accounts = _people(seed, founded)
        with _step(say, "分类、日历、权责 · standards, calendar, matrix"), transaction.atomic():
            _rules(units, founded)
        with _step(say, "照片 · pictures"):
            album = Album(chosen.pictures)
            album.attach(founded)
            apart = draw_apart()
    city = DemoCity(
        seed=seed, now=now, units=units, accounts=accounts, problems=load_problems(), places=Places(chance(seed, "places")),
        album=album,
    )  # fmt: skip
    boundary = now - timedelta(days=chosen.lived_days)
    with _step(say, "往期案件 · older cases"):
        Archive(city, since=city.since, until=boundary).write(chosen.archived)
    with _step(say, "近期案件 · recent cases"):
        _recent_history(city, chosen.lived, boundary, apart)
    with _step(say, "部件 · components"):
        build_components(city)
    with _step(say, "排班 · rosters"):
        rosters(city)
    with _step(say, "公共场所 · public places"):
        build_public_places(city)
    with _step(say, "门前三包 · frontages"):
        build_frontages(city, size)
    # Whatever these last acts wake, nobody is left waiting for it.
    with transaction.atomic():
        carry_out_reactions()
    return city


def _people(seed: int, founded: datetime) -> tuple[dict[str, Unit], list[Account]]:
    names = people_names(chance(seed, "people"))
    units = found_units(on=founded.date(), now=founded)
    fill_posts(units.values(), names, on=founded.date(), now=founded)
    accounts = open_accounts(units, names, now=founded)
    # Last, so that everybody else keeps the name they have.
    serve_the_grids(units, names, on=founded.date(), now=founded)
    return units, accounts


def _rules(units: dict[str, Unit], founded: datetime) -> None:
    load_categories(DATA / "public_categories.yaml")
    schemes = [load_scheme(DATA / name, by=None, now=founded) for name in SCHEMES]
    for scheme in schemes:
        publish_scheme(scheme, by=None, now=founded)
    load_mapping(DATA / "cjt214_to_gbt30428.yaml", by=None, now=founded)
    adopt_scheme(next(s for s in schemes if s.code == ADOPTED_FIRST), by=None, now=founded)
    load_focuses(by=None, now=founded)
    load_place_checklists(by=None, now=founded)
    set_the_clock(units, now=founded)
    give_roles(units, on=founded.date(), now=founded)
    draw_up_the_matrix(ADOPTED_FIRST, on=founded.date(), now=founded)


def _recent_history(city: DemoCity, how_many: int, since: datetime, apart: dict[str, Prepared]) -> None:
    history = History(city)
    history.plan(how_many, since, city.now)
    plan_today(history)
    plan_black_spots(history)
    plan_hot_topics(history)
    for story in (*leaders_orders(city), inbox_read(city)):
        history.begin(story)
    for story in settled_on_the_spot(history):
        history.begin(story)
    for story in looked_twice(history, apart):
        history.begin(story)
    history.run()
    appeals(city)
    rechecks(city)
    patrols(city)
    rule_drafts(city)
    hot_topics(city)
    other_systems(city)


@contextmanager
def _step(say: Say, what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"  {what}  {time.monotonic() - began:.1f} s")
