"""Acts on ground, rosters, public places, frontages and their documents: one file for what stands in no case. See acts.py.

Each begins at rows of its own, named like the act, so that in a city of all acts none is in another's way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import shapely
from django.utils import timezone

from tests.faults.acts import MONDAY, REASON, Act
from tests.faults.acts_beside import AREA_CODE

LON, LAT, SIDE = 113.40, 22.52, 0.01
HOMES = ("001", "002")
LAW = "《中山市市容和环境卫生管理条例》第十一条"
KERB = "墙基到路缘石"
DAY = timedelta(days=1)
HEAD = ("编号", "场所类别", "场所名称", "经度", "纬度")
Do = Callable[[SimpleNamespace, datetime], object]
Ready = Callable[[SimpleNamespace], object]


def acts_of_territory() -> list[Act]:
    """Grids, rosters, places, frontages, in this order; `do` is given no report and no case."""
    return [*_grid_acts(), *_roster_acts(), *_place_acts(), *_frontage_acts()]


def found_ground(city: SimpleNamespace) -> None:
    """Two communities with a block each in the east town, two older and a newer layer of strips, a street, checklists."""
    from wenming.standards.places.services import load_place_checklists
    from wenming.territory.frontages.services import Walls, manage_street
    from wenming.territory.models import Area, Level
    from wenming.territory.rules.geometry import metres_per_degree
    from wenming.territory.services import publish_layer

    since = timezone.localdate(MONDAY) - 900 * DAY
    whole = Area(code="442000", level=Level.CITY, name="演示市", short_name="演示市", kind="市", valid_from=since)
    whole.set_geometry(_square(0).union(_square(1)))
    whole.save()
    town = Area.objects.get(code=AREA_CODE)
    town.parent = whole
    town.set_geometry(whole.geometry)
    town.save()
    for place, serial in enumerate(HOMES):
        home = Area(
            code=AREA_CODE + serial, level=Level.COMMUNITY, name=f"东{serial}社区", short_name=f"东{serial}", kind="社区", parent=town,
            valid_from=since,
        )  # fmt: skip
        home.set_geometry(_square(place))
        home.label_lon, home.label_lat = LON + (place + 0.5) * SIDE, LAT + SIDE / 2
        home.save()
    publish_layer(kind="block", cells=_blocks(), by=None, now=MONDAY)
    for wide in (0.001, 0.0015, 0.002):
        publish_layer(kind="strip", cells=[_strip(0.002, wide)], by=None, now=MONDAY)
    load_place_checklists(by=None, now=MONDAY)
    metre = 1 / metres_per_degree(LAT)[0]
    line = shapely.LineString([(LON + 0.001, LAT + 0.005), (LON + 0.001 + 400 * metre, LAT + 0.005)])
    manage_street("DQ-001", "民权路", line, town=town, walls=Walls(9, 9), on=since, by=None, now=MONDAY)


# --- grids -----------------------------------------------------------------------------------------------------------


def _grid_acts() -> list[Act]:
    from wenming.responsibilities.closure import ask_for_proof
    from wenming.territory.grids import drafts, people
    from wenming.territory.homes import base_layer
    from wenming.territory.models import GridLayer, GridPost
    from wenming.territory.services import rehome_portion

    def draft(name: str) -> Any:
        return drafts.GridDraft.objects.get(name=name)

    def opened(kind: str) -> Callable[[str], Ready]:
        return lambda name: lambda c: drafts.open_draft(kind, name=name, by=c.officer, now=MONDAY)

    def cut(name: str, c: SimpleNamespace, now: datetime) -> object:
        return drafts.split_grid(draft(name), _code(0), _across(), seen=0, by=c.officer, now=now)

    def was_cut(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            opened("block")(name)(c)
            cut(name, c, MONDAY)

        return ready

    def two_strips(c: SimpleNamespace) -> None:
        opened("unit")("sign_for")(c)
        cells = [_strip(0.003, 0.002, "u01", "unit"), _strip(0.004, 0.002, "u02", "unit")]
        drafts.replace_grids(draft("sign_for"), "import", cells, instead_of=[], seen=0, by=c.officer, now=MONDAY)

    def sign(c: SimpleNamespace, now: datetime) -> object:
        found = draft("sign_for")
        return drafts.sign_for(found, drafts.audit_draft(found).open[0].key, why=REASON, by=c.officer, now=now)

    def bring(c: SimpleNamespace, now: datetime) -> object:
        cells = [_strip(0.006, 0.001, "u01", "unit"), _strip(0.008, 0.001, "u02", "unit")]
        return drafts.replace_grids(draft("import_grids"), "import", cells, instead_of=[], seen=0, by=c.officer, now=now)

    def restore(c: SimpleNamespace, now: datetime) -> object:
        return drafts.restore_layer(GridLayer.objects.get(kind="strip", version=1), by=c.officer, now=now)

    def assign(c: SimpleNamespace, name: str, role: str, now: datetime) -> object:
        from wenming.organisations.models import Post

        post = Post.objects.get(title=name)
        return people.assign_post(post, covers=_code(0), role=role, on=now.date(), by=c.officer, now=now)

    def post(name: str, role: str | None = None) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            from wenming.organisations.services import add_post

            add_post(c.units.east, kind="inspector", title=name, by=c.admin, now=MONDAY)
            if role:
                assign(c, name, role, MONDAY)

        return ready

    def end_post(c: SimpleNamespace, now: datetime) -> object:
        return people.end_post(GridPost.objects.get(post__title="end_grid_post"), on=now.date() + DAY, by=c.officer, now=now)

    return [
        _act("open_grids", lambda c, now: drafts.open_draft("unit", name="open_grids", by=c.officer, now=now)),
        _act("split_grid", lambda c, now: cut("split_grid", c, now), opened("block")("split_grid")),
        _act(
            "undo_grids", lambda c, now: drafts.undo_step(draft("undo_grids"), seen=1, by=c.officer, now=now), was_cut("undo_grids")
        ),
        _act("import_grids", bring, opened("unit")("import_grids")),
        _act("sign_for", sign, two_strips),
        _act("discard_grids", lambda c, now: drafts.discard_draft(draft("discard_grids"), by=c.officer, now=now), was_cut("discard_grids")),
        _act("restore_grids", restore),
        _act("publish_grids", lambda c, now: drafts.publish_draft(draft("publish_grids"), by=c.officer, now=now), was_cut("publish_grids")),
        _act("rehome", lambda c, now: rehome_portion(layer=_there(base_layer()), by=None, now=now), _a_place_elsewhere),
        _act("assign_grid_post", lambda c, now: assign(c, "assign_grid_post", "chief", now), post("assign_grid_post")),
        _act("end_grid_post", end_post, post("end_grid_post", "member")),
        _act("ask_for_proof", lambda c, now: ask_for_proof(timezone.localdate(now), by=c.officer, now=now)),
    ]


def _a_place_elsewhere(_city: SimpleNamespace) -> None:
    """A position that no layer has homed yet."""
    from wenming.territory.models import Placement, Source

    Placement.objects.create(longitude=LON + 0.001, latitude=LAT + 0.001, source=Source.MAP, address="", created_at=MONDAY)


def _square(place: int) -> Any:
    return shapely.box(round(LON + place * SIDE, 7), LAT, round(LON + (place + 1) * SIDE, 7), round(LAT + SIDE, 7))


def _code(place: int) -> str:
    return f"{AREA_CODE}{HOMES[place]}001"


def _blocks() -> list[Any]:
    from wenming.territory.services import NewCell

    return [NewCell(_code(place), f"第{place}网格", _community(place), _square(place)) for place in range(len(HOMES))]


def _strip(south: float, wide: float, serial: str = "s01", kind: str = "strip") -> Any:
    from wenming.territory.rules.precedence import next_code
    from wenming.territory.services import NewCell

    shape = shapely.box(LON + 0.001, round(LAT + south, 7), LON + 0.008, round(LAT + south + wide, 7))
    home = _community(0)
    taken = {next_code(home.code, kind, ())} if serial.endswith("2") else set()
    return NewCell(next_code(home.code, kind, taken), serial, home, shape)


def _across() -> Any:
    return shapely.LineString([(LON - SIDE, LAT + SIDE / 2), (LON + 3 * SIDE, LAT + SIDE / 2)])


def _community(place: int) -> Any:
    from wenming.territory.models import Area

    return Area.objects.get(code=AREA_CODE + HOMES[place])


# --- rosters ---------------------------------------------------------------------------------------------------------


PEOPLE = ("east_patrol", "supervisor", "sweeper", "handler", "west_handler", "east_handler")


def _roster_acts() -> list[Act]:
    from django.db import transaction

    from wenming.responsibilities.models import Handover, RosterGroup, RosterRequest
    from wenming.responsibilities.rosters import changes, drawings, handovers, lives, services
    from wenming.responsibilities.rosters.selectors import shifts_in_force
    from wenming.responsibilities.rosters.solving import draw as solved
    from wenming.responsibilities.rosters.terms import sample_patterns

    def group(name: str) -> Any:
        return RosterGroup.objects.get(code=name)

    def found(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.found_group(
            code=name, name=name, post="patrol", unit=c.units.east, town_code=AREA_CODE, on=FIRST_DAY, by=c.officer, now=now
        )

    def founded(name: str) -> Ready:
        return lambda c: found(c, name, MONDAY)

    def terms(c: SimpleNamespace, name: str, now: datetime) -> object:
        pattern = sample_patterns()["三班倒"]
        return services.set_terms(group(name), shifts=pattern, limits={}, basis="值班办法（测试）", by=c.officer, now=now)

    def peopled(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            made = found(c, name, MONDAY)
            terms(c, name, MONDAY)
            for who in PEOPLE:
                services.join_group(made, getattr(c, who), on=FIRST_DAY, by=c.officer, now=MONDAY)

        return ready

    # Everybody is in every group: weeks of their own keep the rules of rest from reaching over from one act to the next.
    weeks = {name: MONDAY.date() + (7 + 21 * place) * DAY for place, name in enumerate(DRAWN_UP)}

    def draw(c: SimpleNamespace, name: str, now: datetime) -> Any:
        first = weeks[name]
        return services.draw_up_roster(group(name), first, first + 6 * DAY, by=c.officer, now=now, with_solver=False)

    def drawn(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            peopled(name)(c)
            draw(c, name, MONDAY)

        return ready

    def draft(name: str) -> Any:
        return group(name).draft

    def clear(c: SimpleNamespace, name: str, now: datetime) -> object:
        cell = draft(name).cells[0]
        return services.edit_draft(draft(name), cell[0], date.fromisoformat(cell[1]), "", expected_version=1)

    def edited(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            drawn(name)(c)
            clear(c, name, MONDAY)

        return ready

    def publish(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.publish_roster(draft(name), expected_version=1, by=c.officer, now=now)

    def published(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            drawn(name)(c)
            publish(c, name, MONDAY)

        return ready

    def shifts(name: str) -> list[Any]:
        from wenming.responsibilities.models import RosterShift

        return shifts_in_force(RosterShift.objects.filter(edition__group__code=name).order_by("on", "starts_at"))

    def pair(name: str) -> tuple[Any, Any]:
        """Two shifts of two people on one day that the rules let them exchange."""
        rows = shifts(name)
        for one in rows:
            for other in rows:
                if one.on == other.on and one.account_id != other.account_id and _may_swap(one, other):
                    return one, other
        raise LookupError("no two shifts can be exchanged")

    def _may_swap(one: Any, other: Any) -> bool:
        from wenming.refusals import Refusal

        try:
            changes._refuse_unfit(one, other.account, other, by=one.account, now=MONDAY)
        except Refusal:
            return False
        return True

    def ask(c: SimpleNamespace, name: str, now: datetime) -> Any:
        own, other = pair(name)
        return changes.ask_swap(own, colleague=other.account, other=other, said="", by=own.account, now=now)

    def request(name: str) -> Any:
        return RosterRequest.objects.get(group__code=name)

    def agree(c: SimpleNamespace, name: str, now: datetime) -> object:
        return changes.answer_request(request(name), agrees=True, by=request(name).colleague, now=now)

    def asked(name: str, *then: Callable[..., object]) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            published(name)(c)
            for step in (ask, *then):
                step(c, name, MONDAY)

        return ready

    def leave(c: SimpleNamespace, name: str, now: datetime) -> object:
        own = shifts(name)[0]
        return changes.ask_leave(group(name), own.on, own.on, by=own.account, now=now)

    def on_leave(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            published(name)(c)
            leave(c, name, MONDAY)

        return ready

    def decide(c: SimpleNamespace, name: str, now: datetime) -> object:
        return changes.decide_request(request(name), approves=True, by=c.officer, now=now)

    def take_back(c: SimpleNamespace, name: str, now: datetime) -> object:
        return changes.take_back_decision(request(name), by=c.officer, now=now)

    def take_out(c: SimpleNamespace, name: str, now: datetime) -> object:
        own = shifts(name)[0]
        return changes.change_shift(
            group(name), own.on, own.shift_code, out=own.account, into=None, reason=REASON, by=c.officer, now=now
        )

    def hand(c: SimpleNamespace, name: str, now: datetime) -> object:
        own = shifts(name)[0]
        return handovers.hand_over(own, notes="钥匙在岗亭", matters=[], client_id=f"for-{name}", by=own.account, now=own.ends_at)

    def handed(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            published(name)(c)
            hand(c, name, MONDAY)

        return ready

    def take(c: SimpleNamespace, name: str, now: datetime) -> object:
        waiting = Handover.objects.get(group__code=name)
        by = next(getattr(c, who) for who in PEOPLE if getattr(c, who).pk != waiting.given_by_id)
        return handovers.take_over(waiting, by=by, now=waiting.given_at + HOUR)

    def join(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.join_group(group(name), c.handler, on=FIRST_DAY, by=c.officer, now=now)

    def join_on_paper(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return lives.join_on_paper(group(name), f"{name}的人", on=FIRST_DAY, by=c.officer, now=now)

    def on_paper(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            found(c, name, MONDAY)
            join_on_paper(c, name, MONDAY)

        return ready

    def enter_leave(c: SimpleNamespace, name: str, now: datetime) -> object:
        day = now.date() + 7 * DAY
        return changes.enter_leave(group(name).members.get(), day, day, by=c.officer, now=now)

    def end_group(c: SimpleNamespace, name: str, now: datetime) -> object:
        return lives.end_group(group(name), now.date() + DAY, by=c.officer, now=now)

    def ended(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            found(c, name, MONDAY)
            end_group(c, name, MONDAY)

        return ready

    def pause(c: SimpleNamespace, name: str, now: datetime) -> object:
        first = weeks[name]
        return lives.pause_group(group(name), first + DAY, first + 3 * DAY, reason=REASON, by=c.officer, now=now)

    def paused(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            published(name)(c)
            pause(c, name, MONDAY)

        return ready

    def resume(c: SimpleNamespace, name: str, now: datetime) -> object:
        edition = group(name).editions.order_by("-number")[0]
        return lives.resume_group(edition, on=edition.starts_on, by=c.officer, now=now)

    def ask_for_draft(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return drawings.ask_for_draft(group(name), weeks[name], weeks[name] + 6 * DAY, by=c.officer, now=now)

    def asked_for_draft(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            peopled(name)(c)
            ask_for_draft(c, name, MONDAY)

        return ready

    def cancel(c: SimpleNamespace, name: str, now: datetime) -> object:
        return drawings.cancel_drawing(group(name).drawings.get(), by=c.officer, now=now)

    def keep_drawn(c: SimpleNamespace, name: str, now: datetime) -> object:
        """What the worker does with what it found; the search itself writes how far it is and may be cut short at any time."""
        asked = group(name).drawings.get()
        terms, problem = services.to_be_drawn(group(name), asked.starts_on, asked.ends_on)
        drawn = drawings.Drawn(terms, solved(problem, seed=asked.seed, with_solver=False))
        with transaction.atomic():
            drawings.draw_what_was_asked.write(_entry_of("roster.drawing-asked", asked, "rosterdrawing"), now, drawn)
        return asked

    def leave_group(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.leave_group(group(name).members.first(), on=now.date(), by=c.officer, now=now)

    def named(name: str, do: Callable[[SimpleNamespace, str, datetime], object], ready: Ready | None = None) -> Act:
        return _act(name, lambda c, now: do(c, name, now), ready)

    return [
        named("found_group", found),
        named("set_terms", terms, founded("set_terms")),
        named("join_group", join, founded("join_group")),
        named("leave_group", leave_group, peopled("leave_group")),
        named("draw_up_roster", draw, peopled("draw_up_roster")),
        named("edit_roster", clear, drawn("edit_roster")),
        named("undo_roster", lambda c, n, now: services.undo_edit(draft(n), expected_version=2), edited("undo_roster")),
        named("drop_roster", lambda c, n, now: services.drop_draft(draft(n), by=c.officer, now=now) or n, drawn("drop_roster")),
        named("publish_roster", publish, drawn("publish_roster")),
        named("change_shift", take_out, published("change_shift")),
        named("ask_swap", ask, published("ask_swap")),
        named("answer_swap", agree, asked("answer_swap")),
        named(
            "withdraw_swap", lambda c, n, now: changes.withdraw_request(request(n), by=request(n).asked_by, now=now), asked("withdraw_swap")
        ),
        named("decide_swap", decide, asked("decide_swap", agree)),
        # Decided in a moment of its own, like every other decision: what it changed is known by that.
        named("take_back_swap", take_back, asked("take_back_swap", agree, lambda c, n, now: decide(c, n, now - HOUR))),
        named("ask_leave", leave, published("ask_leave")),
        named("enter_leave", enter_leave, on_paper("enter_leave")),
        named("decide_leave", decide, on_leave("decide_leave")),
        named("hand_over", hand, published("hand_over")),
        named("take_over", take, handed("take_over")),
        named("join_on_paper", join_on_paper, founded("join_on_paper")),
        named("end_group", end_group, drawn("end_group")),
        named("reopen_group", lambda c, n, now: lives.reopen_group(group(n), by=c.officer, now=now), ended("reopen_group")),
        named("pause_group", pause, published("pause_group")),
        named("resume_group", resume, paused("resume_group")),
        named("ask_for_roster", ask_for_draft, peopled("ask_for_roster")),
        named("cancel_drawing", cancel, asked_for_draft("cancel_drawing")),
        named("keep_drawn_roster", keep_drawn, asked_for_draft("keep_drawn_roster")),
        _act("open_feed", lambda c, now: handovers.open_feed(c.handler, now=now)),
        _act("end_feed", lambda c, now: handovers.end_feed(c.sweeper, now=now), lambda c: handovers.open_feed(c.sweeper, now=MONDAY)),
    ]


FIRST_DAY = date(2026, 1, 1)
DRAWN_UP = (
    "draw_up_roster", "edit_roster", "undo_roster", "drop_roster", "publish_roster", "change_shift", "ask_swap", "answer_swap",
    "withdraw_swap", "decide_swap", "ask_leave", "decide_leave", "hand_over", "take_over",
    "take_back_swap", "end_group", "pause_group", "resume_group", "ask_for_roster", "cancel_drawing", "keep_drawn_roster",
)  # fmt: skip


# --- public places ---------------------------------------------------------------------------------------------------


def _place_acts() -> list[Act]:
    from wenming.observations import place_imports
    from wenming.observations.models import ImportBatch
    from wenming.observations.public_places import verify_place
    from wenming.responsibilities.places import services as owed
    from wenming.responsibilities.places.selectors import VERIFY, subject_of
    from wenming.responsibilities.services import impose_duty
    from wenming.territory.models import Place
    from wenming.territory.public_places import services as register
    from wenming.territory.rules.coordinates import Datum

    def place(name: str) -> Any:
        return Place.objects.get(name=name)

    def made(name: str, now: datetime, c: SimpleNamespace) -> Any:
        where = register.PlaceWhere(register.Drawn(shapely.Point(LON + 0.002, LAT + 0.002), address="民权路 3 号"))
        telling = register.PlaceTelling("market", name, manager=c.units.san)
        return register.register_place(telling, where, on=FIRST_DAY, by=c.officer, now=now)

    def there(name: str) -> Ready:
        return lambda c: made(name, MONDAY, c)

    def closed(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            register.close_place(made(name, MONDAY, c), reason=REASON, on=now_day(MONDAY), by=c.officer, now=MONDAY)

        return ready

    def now_day(now: datetime) -> date:
        return timezone.localdate(now)

    def correct(c: SimpleNamespace, now: datetime) -> object:
        telling = register.PlaceTelling("market", "correct_place", manager=c.units.san, note="搬到对面")
        return register.correct_place(place("correct_place"), telling, reason=REASON, on=now_day(now), by=c.officer, now=now)

    def take_back(c: SimpleNamespace, now: datetime) -> object:
        return register.take_back_place(place("take_back_place"), 1, by=c.officer, now=now, source="撤销导入 1")

    def verify(c: SimpleNamespace, now: datetime) -> object:
        return verify_place(
            place("verify_place"), answers={}, condition="good", seen_on=now_day(now), seen_by="office", by=c.officer, now=now
        )

    def census(name: str) -> bytes:
        rows = [(f"{name}-{n}", "农贸市场", f"{name}{n}市场", LON + 0.003 + n / 1000, LAT + 0.004) for n in range(3)]
        return "\n".join(",".join(map(str, row)) for row in (HEAD, *rows)).encode()

    def hand_in(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return place_imports.hand_in(census(name), f"{name}.csv", datum=Datum.CGCS2000, by=c.officer, now=now)

    def preview(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return read_places(hand_in(c, name, now), now)

    def batch(name: str) -> Any:
        return ImportBatch.objects.get(file_name=f"{name}.csv")

    def confirm(c: SimpleNamespace, name: str, now: datetime) -> Any:
        place_imports.decide(batch(name), accept=True, rows=None, by=c.officer, now=now)
        return place_imports.confirm(batch(name), by=c.officer, now=now)

    def handed_in(name: str) -> Ready:
        return lambda c: hand_in(c, name, MONDAY)

    def previewed(name: str) -> Ready:
        return lambda c: preview(c, name, MONDAY)

    def confirmed(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            preview(c, name, MONDAY)
            confirm(c, name, MONDAY)

        return ready

    def came_in(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            confirmed(name)(c)
            _to_the_end(place_imports.bring_in_places, batch(name), "places.import-confirmed")

        return ready

    def taken_back(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            came_in(name)(c)
            place_imports.undo(batch(name), by=c.officer, now=MONDAY)

        return ready

    def bring(c: SimpleNamespace, now: datetime) -> object:
        return _turn(place_imports.bring_in_places, batch("import_rows"), "places.import-confirmed", now)

    def take_rows_back(c: SimpleNamespace, now: datetime) -> object:
        return _turn(place_imports.take_back_places, batch("take_back_rows"), "places.import-undone", now)

    def guide(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return owed.add_guide(
            place(name), name="陈三", weekdays=[1, 3], begins=time(8), ends=time(11), since=FIRST_DAY, by=None, now=now
        )

    def guided(c: SimpleNamespace) -> None:
        made("end_guide", MONDAY, c)
        guide(c, "end_guide", MONDAY)

    def overdue(c: SimpleNamespace) -> None:
        made("raise_verification", MONDAY, c)
        Place.objects.filter(name="raise_verification").update(due_on=FIRST_DAY)

    def raise_one(c: SimpleNamespace, now: datetime) -> object:
        # A turn is many acts: one that drops, which is swept by itself, and one for each place to be looked at.
        with patch.object(owed, "MOST_PER_TURN", 1), patch.object(owed, "drop_verifications"):
            return owed.raise_due_verifications(now)

    def owed_at_a_closed_one(c: SimpleNamespace) -> None:
        made("drop_verification", MONDAY, c)
        impose_duty(
            kind=VERIFY, subject=subject_of(place("drop_verification")), title="核对", owner=c.units.san, limit=owed.VERIFY_WITHIN,
            by=None, now=MONDAY, owed_to=None, supervisor=None,
        )  # fmt: skip
        register.close_place(place("drop_verification"), reason=REASON, on=now_day(MONDAY), by=c.officer, now=MONDAY)

    return [
        _act("register_place", lambda c, now: made("register_place", now, c)),
        _act("correct_place", correct, there("correct_place")),
        _act(
            "close_place",
            lambda c, now: register.close_place(place("close_place"), reason=REASON, on=now_day(now), by=c.officer, now=now),
            there("close_place"),
        ),
        _act(
            "reopen_place",
            lambda c, now: register.reopen_place(place("reopen_place"), reason=REASON, on=now_day(now), by=c.officer, now=now),
            closed("reopen_place"),
        ),
        _act("take_back_place", take_back, there("take_back_place")),
        _act("verify_place", verify, there("verify_place")),
        # The columns of such a file were chosen before: choosing them is an act of its own.
        _act("hand_in_rows", lambda c, now: hand_in(c, "hand_in_rows", now), handed_in("columns")),
        _act("read_rows", lambda c, now: read_places(batch("read_rows"), now), handed_in("read_rows")),
        _act("confirm_rows", lambda c, now: place_imports.confirm(batch("confirm_rows"), by=c.officer, now=now), previewed("confirm_rows")),
        _act("import_rows", bring, confirmed("import_rows")),
        _act("undo_rows", lambda c, now: place_imports.undo(batch("undo_rows"), by=c.officer, now=now), came_in("undo_rows")),
        _act("take_back_rows", take_rows_back, taken_back("take_back_rows")),
        _act(
            "post_pact", lambda c, now: owed.post_pact(place("post_pact"), text="不乱扔", posted_on=now_day(now), by=None, now=now),
            there("post_pact"),
        ),
        _act("add_guide", lambda c, now: guide(c, "add_guide", now), there("add_guide")),
        _act("end_guide", lambda c, now: owed.end_guide(place("end_guide").guides.get(), until=now_day(now), by=None, now=now), guided),
        _act(
            "note_education",
            lambda c, now: owed.note_education(place("note_education"), held_on=now_day(now), topic="垃圾分类", people=9, by=None, now=now),
            there("note_education"),
        ),
        _act("raise_verification", raise_one, overdue),
        _act("drop_verification", lambda c, now: owed.drop_verifications(now), owed_at_a_closed_one),
    ]  # fmt: skip


def read_places(batch: Any, now: datetime) -> Any:
    """What the worker does with a census that was handed in."""
    from wenming.observations.place_imports import read_places

    return _read_to_the_end(read_places, "places.import-handed-in", batch, now)


def _read_to_the_end(reading: Any, action: str, batch: Any, now: datetime) -> Any:
    """Look outside of any transaction, write a portion in one, until the last row has its verdict."""
    from django.db import transaction

    from wenming.journal.worker import AGAIN

    entry = _entry_of(action, batch)
    while True:
        found = reading.look(entry, now)
        with transaction.atomic():
            if reading.write(entry, now, found) is not AGAIN:
                break
    batch.refresh_from_db()
    return batch


def _entry_of(action: str, thing: Any, kind: str = "importbatch") -> Any:
    from wenming.journal.models import Entry

    return Entry.objects.filter(action=action, about=f"{kind}:{thing.pk}").latest("seq")


def _turn(reactor: Callable[..., object], batch: Any, action: str, now: datetime) -> object:
    """One turn of the worker on this batch, in the transaction that the worker gives it."""
    from django.db import transaction

    entry = _entry_of(action, batch)
    with transaction.atomic():
        return reactor(entry, now)


def _to_the_end(reactor: Callable[..., object], batch: Any, action: str) -> None:
    while _turn(reactor, batch, action, MONDAY) is not None:
        pass


# --- frontages and their documents -----------------------------------------------------------------------------------


def _frontage_acts() -> list[Act]:
    from wenming.observations import premises_imports
    from wenming.observations.frontages import report_from_frontage
    from wenming.observations.models import ImportBatch
    from wenming.responsibilities.frontages import ledger, services
    from wenming.responsibilities.models import FeeEntry
    from wenming.responsibilities.rules.frontage_steps import ORDER_OF_STEPS, StepKind
    from wenming.territory.frontages import correcting
    from wenming.territory.frontages import services as register
    from wenming.territory.models import EdgeStretch, ManagedStreet, Premises
    from wenming.territory.rules.coordinates import Datum
    from wenming.territory.rules.geometry import metres_per_degree

    def street() -> Any:
        return ManagedStreet.objects.get(code="DQ-001")

    def shop(name: str) -> Any:
        return Premises.objects.get(name=name)

    def new(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return register.register_premises(name, longitude=LON + 0.0015, latitude=LAT + 0.005, on=FIRST_DAY, by=c.officer, now=now)

    def there(name: str) -> Ready:
        return lambda c: new(c, name, MONDAY)

    def edge(c: SimpleNamespace, name: str, now: datetime, side: str = "left") -> Any:
        from_m = 4.0 * EDGES.index(name)
        return register.set_stretch(
            street(), register.Edge(side, from_m, from_m + 4, 3, KERB), holder=shop(name), on=FIRST_DAY, by=c.officer, now=now
        )

    def edged(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            new(c, name, MONDAY)
            edge(c, name, MONDAY)

        return ready

    def overlapping(c: SimpleNamespace) -> None:
        """Two shops that claim the same metre, for the middle line."""
        for name, since in (("middle_a", 300), ("middle_b", 303)):
            made = new(c, name, MONDAY)
            register.set_stretch(
                street(), register.Edge("right", since, since + 6, 3, KERB), holder=made, on=FIRST_DAY, by=c.officer, now=MONDAY
            )

    def agree_on_middle(c: SimpleNamespace, now: datetime) -> object:
        from wenming.territory.frontages.selectors import middle_line_proposals

        seen = [f"{one.stretch.key}:{one.from_cm}:{one.to_cm}" for one in middle_line_proposals(street(), "right")]
        return register.accept_middle_lines(street(), "right", seen=seen, on=FIRST_DAY, by=c.officer, now=now)

    def tell(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.issue_area_notice(shop(name), by=c.officer, now=now)

    def serve(c: SimpleNamespace, document: Any, now: datetime) -> object:
        services.record_service(document, way="handed", served_at=now, receiver="店员", by=c.officer, now=now)
        return document

    def told(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            edged(name)(c)
            tell(c, name, MONDAY - 3 * HOUR)

        return ready

    def told_and_served(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            told(name)(c)
            serve(c, shop(name).area_notices.get().document, MONDAY - 2 * HOUR)

        return ready

    def agree(c: SimpleNamespace, name: str, now: datetime) -> Any:
        day = timezone.localdate(now)
        return services.draw_up_agreement(shop(name), since=day, to=day + 365 * DAY, by=c.officer, now=now)

    def agreed(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            edged(name)(c)
            agree(c, name, MONDAY)

        return ready

    def sign(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.sign_agreement(
            shop(name).agreements.get(), way="paper", signer="店主", by=c.officer, now=now, scan=_photo(81)
        )

    def withdraw(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.withdraw_agreement(shop(name).agreements.get(), reason=REASON, by=c.officer, now=now)

    def contract(c: SimpleNamespace, name: str, now: datetime) -> object:
        day = timezone.localdate(now)
        return services.make_contract(
            "HT-1", c.units.sweep, town_code=AREA_CODE, since=day, to=day + 365 * DAY, terms="每日两扫", promised_on_time_percent=95,
            areas=[services.Covered(street(), "left", 0, 4000)], listed=["M000001", "M999999"], by=c.officer, now=now,
        )  # fmt: skip

    def open_matter(c: SimpleNamespace, name: str, now: datetime, photos: tuple[Any, ...] = ()) -> Any:
        return services.open_matter(shop(name), duty="hygiene", what="门口堆放垃圾", by=c.officer, now=now, photos=photos)

    def matter(name: str) -> Any:
        return shop(name).matters.get()

    def opened(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            told_and_served(name)(c)
            open_matter(c, name, MONDAY - HOUR, (_photo(82),))

        return ready

    def look(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.look_again(matter(name), mended=True, text="", by=c.officer, now=now, photos=(_photo(83),))

    def step(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.take_step(matter(name), StepKind.REMINDER, by=c.officer, now=now)

    def stepped(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            opened(name)(c)
            step(c, name, MONDAY)

        return ready

    def lawfully(*steps: StepKind, served: bool = True) -> Callable[[str], Ready]:
        """A matter that went this way in order: each step served, its term over, looked at again. served: the last one too."""

        def come(name: str) -> Ready:
            def ready(c: SimpleNamespace) -> None:
                edged(name)(c)
                tell(c, name, LONG_AGO)
                serve(c, shop(name).area_notices.get().document, LONG_AGO + HOUR)
                open_matter(c, name, LONG_AGO + 2 * HOUR, (_photo(86),))
                now = LONG_AGO + 3 * HOUR
                for kind in steps:
                    made = walk(c, name, kind, now)
                    if kind is steps[-1] and not served:
                        return
                    serve(c, made.document, now + HOUR)
                    now = made.term.due_at + HOUR
                    services.look_again(matter(name), mended=False, text="", by=c.officer, now=now, photos=(_photo(87),))
                    now += HOUR

            return ready

        return come

    def walk(c: SimpleNamespace, name: str, kind: StepKind, now: datetime) -> Any:
        basis = "" if kind is StepKind.REMINDER else LAW
        to = c.units.san if kind is StepKind.REFERRAL else None
        return services.take_step(matter(name), kind, by=c.officer, now=now, basis=basis, to=to)

    def hear(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.hear(matter(name), statement="已经扫过了", answer="不采纳，照片上没有", by=c.officer, now=now)

    def heard(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            lawfully(*ORDER_OF_STEPS[:3])(name)(c)
            hear(c, name, MONDAY - HOUR)

        return ready

    def correct(c: SimpleNamespace, name: str, now: datetime) -> object:
        told = correcting.PremisesFacts(name, "shop", trade="茶饮", door="民权路 5 号")
        return correcting.correct_premises(shop(name), told, reason=REASON, by=c.officer, now=now)

    def corrected(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            new(c, name, MONDAY)
            correct(c, name, MONDAY)

        return ready

    def take_back_correction(c: SimpleNamespace, name: str, now: datetime) -> object:
        made = correcting.facts_of_premises(shop(name))
        before = correcting.PremisesFacts(name, "shop")
        return correcting.take_back_correction(shop(name), made=made, before=before, by=c.officer, now=now, source="撤销导入 1")

    def take_back_premises(c: SimpleNamespace, name: str, now: datetime) -> object:
        return correcting.take_back_premises(shop(name), but_for=(), by=c.officer, now=now, source="撤销导入 1")

    def take_back_stretch(c: SimpleNamespace, name: str, now: datetime) -> object:
        found = EdgeStretch.objects.get(premises=shop(name))
        return correcting.take_back_stretch(found, ended=(), by=c.officer, now=now, source="撤销导入 1")

    def question(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.ask_question(shop(name), text="能放花盆吗", now=now)

    def asked(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            new(c, name, MONDAY)
            question(c, name, MONDAY)

        return ready

    def charge(c: SimpleNamespace, name: str, now: datetime) -> object:
        return ledger.charge_fee(shop(name), amount_fen=9_900, what="清运费", due_on=timezone.localdate(now), by=c.officer, now=now)

    def charged(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            new(c, name, MONDAY)
            charge(c, name, MONDAY)

        return ready

    def reverse(c: SimpleNamespace, name: str, now: datetime) -> object:
        entry = FeeEntry.objects.get(premises=shop(name))
        return ledger.reverse_entry(entry, reason=REASON, by=c.officer, now=now)

    def manage(c: SimpleNamespace, name: str, now: datetime) -> object:
        metre = 1 / metres_per_degree(LAT)[0]
        line = shapely.LineString([(LON + 0.001, LAT + 0.008), (LON + 0.001 + 60 * metre, LAT + 0.008)])
        return register.manage_street(
            "DQ-002", "民族路", line, town=street().town, walls=register.Walls(9, 9), on=FIRST_DAY, by=c.officer, now=now
        )

    def hand_in(c: SimpleNamespace, name: str, now: datetime) -> object:
        rows = [f"{name}{n},民权路,{LON + 0.0015},{LAT + 0.005}" for n in range(3)]
        content = "\n".join(["店名,道路,经度,纬度", *rows]).encode()
        return premises_imports.hand_in(
            content, f"{name}.csv", datum=Datum.CGCS2000, depth_m=3, boundary=KERB, by=c.officer, now=now
        )

    def read_list(c: SimpleNamespace, name: str, now: datetime) -> object:
        batch = ImportBatch.objects.get(file_name=f"{name}.csv")
        return _read_to_the_end(premises_imports.read_premises, "premises.import-handed-in", batch, now)

    def named(name: str, do: Callable[[SimpleNamespace, str, datetime], object], ready: Ready | None = None) -> Act:
        return _act(name, lambda c, now: do(c, name, now), ready)

    def amount(do: Callable[..., object]) -> Callable[[SimpleNamespace, str, datetime], object]:
        return lambda c, n, now: do(shop(n), amount_fen=4_000, what="清运费", by=c.officer, now=now)

    def ended(do: Callable[..., object]) -> Callable[[SimpleNamespace, str, datetime], object]:
        return lambda c, n, now: do(shop(n), reason=REASON, on=timezone.localdate(now), by=c.officer, now=now)

    return [
        named("manage_street", manage),
        # As of a census: the columns of such a file were chosen before.
        named("hand_in_shops", hand_in, lambda c: hand_in(c, "shop_columns", MONDAY) and None),
        named("read_shops", read_list, lambda c: hand_in(c, "read_shops", MONDAY) and None),
        named("register_premises", new),
        named("close_premises", ended(register.close_premises), edged("close_premises")),
        named("close_door", ended(services.close_door), opened("close_door")),
        named("renew_plate", lambda c, n, now: register.renew_plate(shop(n), reason=REASON, by=c.officer, now=now), there("renew_plate")),
        named("set_stretch", edge, there("set_stretch")),
        named(
            "end_stretch",
            lambda c, n, now: register.end_stretch(
                EdgeStretch.objects.get(premises=shop(n)), reason=REASON, on=timezone.localdate(now), by=c.officer, now=now
            ),
            edged("end_stretch"),
        ),
        _act("accept_middle_lines", agree_on_middle, overlapping),
        named("issue_notice", tell, edged("issue_notice")),
        named("serve_notice", lambda c, n, now: serve(c, shop(n).area_notices.get().document, now), told("serve_notice")),
        named("draw_up_agreement", agree, edged("draw_up_agreement")),
        named("sign_agreement", sign, agreed("sign_agreement")),
        named("withdraw_agreement", withdraw, agreed("withdraw_agreement")),
        named("make_contract", contract),
        named("open_matter", lambda c, n, now: open_matter(c, n, now, (_photo(84),)), told_and_served("open_matter")),
        named("look_again", look, opened("look_again")),
        named("end_matter", lambda c, n, now: services.end_matter(matter(n), reason=REASON, by=c.officer, now=now), opened("end_matter")),
        named("say_mended", lambda c, n, now: services.say_mended(matter(n), now=now), opened("say_mended")),
        named("take_step", step, opened("take_step")),
        named("serve_step", lambda c, n, now: serve(c, matter(n).steps.get().document, now), stepped("serve_step")),
        named("rectify", lambda c, n, now: walk(c, n, StepKind.ORDER, now), lawfully(*ORDER_OF_STEPS[:1])("rectify")),
        named(
            "serve_rectification", lambda c, n, now: serve(c, matter(n).steps.latest("position").document, now),
            lawfully(*ORDER_OF_STEPS[:2], served=False)("serve_rectification"),
        ),
        named("call_hearing", lambda c, n, now: walk(c, n, StepKind.HEARING, now), lawfully(*ORDER_OF_STEPS[:2])("call_hearing")),
        named("hear", hear, lawfully(*ORDER_OF_STEPS[:3])("hear")),
        named("refer", lambda c, n, now: walk(c, n, StepKind.REFERRAL, now), heard("refer")),
        named(
            "say_statement", lambda c, n, now: services.say_statement(matter(n), text="已经扫过了", now=now), opened("say_statement")
        ),
        named("correct_premises", correct, there("correct_premises")),
        named("take_back_correction", take_back_correction, corrected("take_back_correction")),
        named("take_back_premises", take_back_premises, edged("take_back_premises")),
        named("take_back_stretch", take_back_stretch, edged("take_back_stretch")),
        named("ask_question", question, there("ask_question")),
        named(
            "answer_question",
            lambda c, n, now: services.answer_question(shop(n).questions.get(), text="可以", by=c.officer, now=now),
            asked("answer_question"),
        ),
        named("charge_fee", charge, there("charge_fee")),
        named("receive_payment", amount(ledger.receive_payment), charged("receive_payment")),
        named("waive_fee", amount(ledger.waive_fee), charged("waive_fee")),
        named("reverse_fee", reverse, charged("reverse_fee")),
        named(
            "report_from_shop", lambda c, n, now: report_from_frontage(shop(n), client_id="one", text="隔壁占道", now=now),
            there("report_from_shop"),
        ),
    ]  # fmt: skip


HOUR = timedelta(hours=1)
EDGES = (
    "close_premises", "set_stretch", "end_stretch", "issue_notice", "serve_notice", "draw_up_agreement", "sign_agreement",
    "withdraw_agreement", "open_matter", "look_again", "say_mended", "take_step", "serve_step", "rectify", "serve_rectification",
    "call_hearing", "hear", "refer", "say_statement", "take_back_premises", "take_back_stretch", "close_door", "end_matter",
)  # fmt: skip
# Working days enough for a reminder, a rectification and a hearing before the Monday on which everything here happens.
LONG_AGO = MONDAY - 60 * DAY
# Acts whose photographs are decoded in the darkroom, which is another process and none of the act's own calls.
WITH_PHOTOS = frozenset({"sign_agreement", "open_matter", "look_again"})


def _photo(seed: int) -> Any:
    import io

    from tests.faults.acts import photo
    from wenming.evidence.services import prepare

    return prepare(io.BytesIO(photo(seed)))


def _act(name: str, do: Do, ready: Ready | None = None) -> Act:
    return Act(name, None, lambda c, r, k, now: do(c, now), ready)


def _there(found: Any) -> Any:
    assert found is not None
    return found
