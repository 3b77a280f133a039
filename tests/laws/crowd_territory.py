"""Places, shops, streets, contracts, rosters, posts and drafts of grids for the crowd: one of each per town. See crowd.py."""

from __future__ import annotations

from datetime import date, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import shapely

from tests.faults.acts_territory import read_places
from wenming.cases.services import collect, give_to_body
from wenming.evidence.models import Role, Subject
from wenming.evidence.services import attach, prepare
from wenming.evidence.tests.drawings import encoded, scene
from wenming.observations import place_imports
from wenming.observations.models import Channel, ImportBatch
from wenming.observations.place_proposals import propose_place
from wenming.observations.public_places import verify_place
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Person
from wenming.organisations.services import add_post, appoint
from wenming.responsibilities.closure import prove_closure
from wenming.responsibilities.frontages import ledger, services
from wenming.responsibilities.models import RosterShift
from wenming.responsibilities.places import services as owed
from wenming.responsibilities.rosters import changes, handovers
from wenming.responsibilities.rosters import services as rosters
from wenming.responsibilities.rosters.selectors import own_shifts
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.responsibilities.services import give_role
from wenming.standards.places.services import load_place_checklists
from wenming.territory.components.services import Drawn
from wenming.territory.frontages.services import Edge, Walls, manage_street, register_premises, set_stretch
from wenming.territory.grids import drafts, people
from wenming.territory.models import Place, PlaceKind, Premises
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere, correct_place, register_place
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import NewCell

if TYPE_CHECKING:
    from tests.laws.crowd import Crowd, _One

FOUNDED = date(2026, 3, 1)
DAY = timedelta(days=1)
HEAD = "编号,场所类别,场所名称,经度,纬度"


def begin(crowd: Crowd) -> None:
    """What there is once: checklists, and a draft that grows."""
    load_place_checklists(by=None, now=crowd.now)
    crowd.proof = prove_closure(crowd.now.date(), by=None, now=crowd.now)
    crowd.grid_draft = drafts.open_draft("unit", name="单位网格", by=crowd.city.officer, now=crowd.now)


def add(one: _One) -> None:
    """One of everything in this town, each with so many rows of its own as its number says and two more."""
    _place(one)
    _shop(one)
    _roster(one)
    _posts(one)
    _drawn_grid(one)
    _batch(one)


def names_of(crowd: Crowd) -> dict[str, Any]:
    """What stands in the addresses of pages: the newest of each, which has the most rows of its own."""
    last = crowd.many - 1
    shop = Premises.objects.get(name=f"第{last}路0号店")
    shift = RosterShift.objects.filter(edition__group__code="G-0").select_related("account").earliest("starts_at", "pk")
    return {
        "shift": f"day={shift.on}&shift={shift.shift_code}&out={shift.account.username}&reason=某事",
        "last": last, "grid": crowd.grids[last].code, "layer": crowd.layer.pk, "grids": crowd.grid_draft.pk, "shop": shop.number,
        "plate": shop.plate_code, "matter": shop.matters.latest("pk").number, "code": Place.objects.get(number=f"11-{last:06d}").short_code,
        "batch": ImportBatch.objects.latest("pk").pk, "proof": crowd.proof.number,
    }  # fmt: skip


def _place(one: _One) -> None:
    by, now = one.city.officer, one.now
    telling = PlaceTelling(PlaceKind.MARKET, f"第{one.number}农贸市场", manager=one.city.sanitation)
    made = register_place(
        telling, PlaceWhere(Drawn(shapely.Point(one.lon, one.lat), address="某路")), on=FOUNDED, by=by, now=now, number=f"11-{one.number:06d}"
    )
    for turn in range(one.number + 2):
        telling = PlaceTelling(PlaceKind.MARKET, f"第{one.number}农贸市场{turn}", manager=(one.city.sanitation, one.city.east)[turn % 2])
        made = correct_place(made, telling, reason="换了", on=FOUNDED, by=by, now=now)
        owed.post_pact(made, text=f"公约第{turn}版", posted_on=FOUNDED, by=None, now=now)
        owed.add_guide(made, name="", weekdays=[1 + turn], begins=time(8), ends=time(10), since=FOUNDED, by=None, now=now)
        owed.note_education(made, held_on=FOUNDED, topic=f"第{turn}次", people=9, by=None, now=now)
        verify_place(made, answers={}, condition="good", seen_on=FOUNDED, seen_by="office", by=by, now=now)
        _photo(one, "place", made.number)
        propose_place(
            kind="market", name=f"第{one.number}农贸市场{turn}", where=Where(one.lon, one.lat, datum=Datum.CGCS2000, source="map"),
            seen_on=FOUNDED, by=by, now=now,
        )  # fmt: skip


def owed_at_a_place(crowd: Any, number: int) -> Any:
    """A case of the department at that town's market: the town sees to it."""
    by, now = crowd.city.officer, crowd.now
    market = Place.objects.select_related("placement__town").get(number=f"11-{number:06d}")
    telling = PlaceTelling(PlaceKind.MARKET, market.name, manager=crowd.city.sanitation, note="归环卫处")
    market = correct_place(market, telling, reason="换了", on=FOUNDED, by=by, now=now)
    give_role("镇街", to=(crowd.city.east, crowd.city.west)[number % 2], town_code=market.placement.town.code, on=FOUNDED, by=None, now=now)
    told = receive_report(
        channel=Channel.FIELD, client_id=f"market-{number}", where=Where(*market.placement.point), now=now, text="过道堵着",
        by=crowd.city.supervisor, public_place=market,
    )  # fmt: skip
    return give_to_body(collect(told.report, now=now), to=crowd.city.sanitation, why="归环卫处", now=now)


def _photo(one: _One, kind: str, key: str) -> None:
    attach(_picture(one.number), role=Role.SCENE, subject=Subject(kind, key), by=one.city.officer, now=one.now)


def _picture(seed: int) -> Any:
    return prepare(BytesIO(encoded(scene(seed, 160, 120), quality=60)))


def _shop(one: _One) -> None:
    city, by, now = one.city, one.city.officer, one.now
    line = shapely.LineString([(one.lon - 0.001, one.lat), (one.lon + 0.001, one.lat)])
    street = manage_street(
        f"DQ-{one.number:03d}", f"第{one.number}路", line, town=one.town, walls=Walls(9, 9), on=FOUNDED, by=by, now=now
    )
    shops = [_premises(one, turn, street) for turn in range(one.number + 2)]
    day = now.date()
    covered = [services.Covered(street, "left", 0, 4000)]
    services.make_contract(
        f"HT-{one.number}", city.sweepers, town_code=one.town.code, since=day, to=day + 365 * DAY, terms="每日两扫",
        promised_on_time_percent=95, areas=covered, listed=[shop.number for shop in shops], by=by, now=now,
    )  # fmt: skip


def _premises(one: _One, turn: int, street: Any) -> Any:
    by, now = one.city.officer, one.now
    shop = register_premises(f"第{one.number}路{turn}号店", longitude=one.lon, latitude=one.lat, on=FOUNDED, by=by, now=now)
    set_stretch(street, Edge("left", turn * 5, turn * 5 + 6, 3, "墙基到路缘石"), holder=shop, on=FOUNDED, by=by, now=now)
    for what in range(turn + 1):
        ledger.charge_fee(shop, amount_fen=100, what=f"第{what}月", due_on=FOUNDED, by=by, now=now)
        services.ask_question(shop, text=f"第{what}问", now=now)
    if turn == 0:
        _told_and_wanting(one, shop)
    return shop


def _told_and_wanting(one: _One, shop: Any) -> None:
    by, now = one.city.officer, one.now
    told = services.issue_area_notice(shop, by=by, now=now - 3 * DAY)
    services.record_service(told.document, way="handed", served_at=now - 2 * DAY, receiver="店员", by=by, now=now)
    services.draw_up_agreement(shop, since=now.date(), to=now.date() + 365 * DAY, by=by, now=now)
    for what in range(one.number + 2):
        matter = services.open_matter(shop, duty="hygiene", what=f"第{what}件", by=by, now=now - DAY, photos=[_picture(what)])
        for turn in range(one.number + 1):
            services.look_again(matter, mended=False, text="", by=by, now=now - DAY, photos=[_picture(turn)])
        if what == 0:
            services.take_step(matter, StepKind.REMINDER, by=by, now=now)


def _roster(one: _One) -> None:
    city, by, now = one.city, one.city.officer, one.now
    group = rosters.found_group(
        code=f"G-{one.number}", name=f"第{one.number}组", post="patrol", unit=city.east, town_code=one.town.code, on=FOUNDED,
        lead=city.supervisor, by=by, now=now,
    )  # fmt: skip
    rosters.set_terms(group, shifts=sample_patterns()["三班倒"], limits={}, basis="办法", by=by, now=now)
    who = (city.east_patrol, city.supervisor, city.sweeper, city.handler, city.west_handler)
    for account in who:
        rosters.join_group(group, account, on=FOUNDED, by=by, now=now)
    first = now.date() - DAY
    draft = rosters.draw_up_roster(group, first, first + 6 * DAY, by=by, now=now, with_solver=False)
    rosters.publish_roster(draft, expected_version=1, by=by, now=now)
    rosters.draw_up_roster(group, first + 7 * DAY, first + 13 * DAY, by=by, now=now, with_solver=False)
    far = first + (40 + 3 * one.number) * DAY
    changes.ask_leave(group, far, far, by=city.east_patrol, now=now)
    mine = [row for row in own_shifts(city.supervisor, first, first + 6 * DAY) if row.edition.group_id == group.pk]
    for shift in mine[:1]:
        handovers.hand_over(shift, notes="钥匙", matters=[], client_id=f"{group.pk}", by=city.supervisor, now=shift.ends_at)


def _posts(one: _One) -> None:
    by, now = one.city.admin, one.now
    for turn, role in enumerate(("chief", "member", "liaison")):
        post = add_post(one.city.east, kind="inspector", title=f"第{one.number}网格{turn}", by=by, now=now)
        people.assign_post(post, covers=one.grid.code, role=role, on=FOUNDED, by=by, now=now)
        if turn < 2:
            appoint(Person.objects.create(name=f"人{one.number}{turn}"), to=post, on=FOUNDED, by=by, now=now)


def _drawn_grid(one: _One) -> None:
    draft = one.crowd.grid_draft
    draft.refresh_from_db()
    cell = NewCell(f"{one.community.code}801", f"第{one.number}园区", one.community, shapely.Point(one.lon, one.lat).buffer(0.0005))
    drafts.replace_grids(draft, "import", [cell], instead_of=[], seen=draft.steps_count, by=one.city.officer, now=one.now)


def _batch(one: _One) -> None:
    rows = [f"X{one.number}-{turn},农贸市场,新{one.number}{turn}市场,{one.lon},{one.lat}" for turn in range(one.number + 2)]
    content = "\n".join([HEAD, *rows]).encode()
    batch = place_imports.hand_in(content, f"census{one.number}.csv", datum=Datum.CGCS2000, by=one.city.officer, now=one.now)
    read_places(batch, one.now)
