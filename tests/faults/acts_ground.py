"""More acts on the ground: who answers, redrawing grids, components, lists that come in, what people in the street propose.

See acts_territory.py, which lays the ground. Each act begins at rows of its own, named like it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import shapely
from django.utils import timezone

from tests.faults.acts import MONDAY, REASON, Act
from tests.faults.acts_territory import (
    FIRST_DAY,
    KERB,
    LAT,
    LON,
    SIDE,
    Ready,
    _act,
    _blocks,
    _code,
    _community,
    _strip,
    _to_the_end,
    _turn,
    read_places,
)


def acts_on_ground() -> list[Act]:
    """In this order; `do` is given no report and no case."""
    return [
        *_answering_acts(), *_redrawing_acts(), *_component_acts(), *_proposal_acts(), *_list_acts(), *_tying_acts(),
    ]  # fmt: skip


# --- who answers -----------------------------------------------------------------------------------------------------


def _answering_acts() -> list[Act]:
    from wenming.responsibilities import closure, services
    from wenming.responsibilities.models import Duty, MatrixEntry, MatrixProposal
    from wenming.responsibilities.rules.clock import Limit, LimitUnit

    two_days = Limit(2, LimitUnit.WORK_DAYS)

    def line(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.add_matrix_entry(
            accountable="unit:SAN", basis=name, on=FIRST_DAY, by=c.officer, now=now, type_pattern="TEST:E9*", town_code="442000002",
        )  # fmt: skip

    def added(name: str) -> Ready:
        return lambda c: line(c, name, MONDAY)

    def propose(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.propose_matrix_entry(
            problem_type=c.manhole, town_code="442000002", unit=c.units.san, basis=name, because=REASON, about="", by=c.officer, now=now
        )

    def proposed(name: str) -> Ready:
        return lambda c: propose(c, name, MONDAY)

    def decide(c: SimpleNamespace, name: str, now: datetime) -> object:
        proposal = MatrixProposal.objects.get(basis=name)
        return services.decide_matrix_proposal(proposal, accepted=True, note="", by=c.officer, now=now)

    def impose(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return services.impose_duty(
            kind="order", subject=f"drill:{name}", title=name, owner=c.units.san, limit=two_days, by=c.officer, now=now,
            supervisor=c.officer.unit,
        )  # fmt: skip

    def duty(name: str) -> Any:
        return Duty.objects.get(title=name)

    def imposed(name: str) -> Ready:
        return lambda c: impose(c, name, MONDAY)

    def answer(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.answer_duty(duty(name), text="办好了", by=c.handler, now=now)

    def answered(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            impose(c, name, MONDAY)
            answer(c, name, MONDAY)

        return ready

    def ask(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.ask_extension(duty(name), limit=two_days, reason=REASON, by=c.handler, now=now)

    def asked(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            impose(c, name, MONDAY)
            ask(c, name, MONDAY)

        return ready

    def grant(c: SimpleNamespace, name: str, now: datetime) -> object:
        extension = duty(name).extensions.get()
        return services.decide_extension(extension, granted=True, note="同意", by=c.officer, now=now)

    def calendar(c: SimpleNamespace, name: str, now: datetime) -> object:
        days = {date(2027, 1, 1): (False, "元旦")}
        return services.publish_calendar(days, announced_years=[2026, 2027], note=name, by=c.officer, now=now)

    def hours(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.set_hours(unit=c.units.west, spans=[("09:00", "17:00")], mode="legal", note=name, by=c.officer, now=now)

    def role(c: SimpleNamespace, name: str, now: datetime) -> object:
        return services.give_role("环卫机构", to=c.units.san, town_code="442000002", on=timezone.localdate(now), by=c.officer, now=now)

    def prove(c: SimpleNamespace, name: str, now: datetime) -> object:
        """How long the proof took is part of what is kept: nothing of it is measured here."""
        from dataclasses import replace

        proof = replace(closure.prove(timezone.localdate(now)), seconds=1.0)
        return closure.keep_report(proof, by=c.officer, now=now)

    return [
        _named("add_matrix_entry", line),
        _named(
            "end_matrix_entry",
            lambda c, n, now: services.end_matrix_entry(MatrixEntry.objects.get(basis=n), on=timezone.localdate(now), by=c.officer, now=now),
            added("end_matrix_entry"),
        ),
        _named("propose_matrix_entry", propose),
        _named("decide_matrix_proposal", decide, proposed("decide_matrix_proposal")),
        _named("give_role", role),
        _named("publish_calendar", calendar),
        _named("set_hours", hours),
        _named("impose_duty", impose),
        _named(
            "acknowledge_duty", lambda c, n, now: services.acknowledge_duty(duty(n), by=c.handler, now=now), imposed("acknowledge_duty")
        ),
        _named(
            "remind_duty", lambda c, n, now: services.remind_duty(duty(n), words="请抓紧", by=c.officer, now=now), imposed("remind_duty")
        ),
        _named("answer_duty", answer, imposed("answer_duty")),
        _named("discharge_duty", lambda c, n, now: services.discharge_duty(duty(n), by=c.officer, now=now), answered("discharge_duty")),
        _named("ask_duty_extension", ask, imposed("ask_duty_extension")),
        _named("decide_duty_extension", grant, asked("decide_duty_extension")),
        _named("keep_proof", prove),
    ]  # fmt: skip


# --- redrawing grids -------------------------------------------------------------------------------------------------


def _redrawing_acts() -> list[Act]:
    from wenming.responsibilities import regridding
    from wenming.territory.grids import counts, drafts, files, rehoming, staging
    from wenming.territory.models import GridLayer

    def draft(name: str) -> Any:
        return drafts.GridDraft.objects.get(name=name)

    def opened(name: str, kind: str = "block") -> Ready:
        return lambda c: drafts.open_draft(kind, name=name, by=c.officer, now=MONDAY)

    def cut(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            opened(name)(c)
            middle = shapely.LineString([(LON - SIDE, LAT + SIDE / 2), (LON + 3 * SIDE, LAT + SIDE / 2)])
            drafts.split_grid(draft(name), _code(0), middle, seen=0, by=c.officer, now=MONDAY)

        return ready

    def first_unit(name: str) -> Ready:
        """Of a kind that nobody else publishes: in a city of all acts a draft would be overtaken."""

        def ready(c: SimpleNamespace) -> None:
            opened(name, "unit")(c)
            drafts.add_grid(draft(name), _community(1), _unit(), name="一个单位", seen=0, by=c.officer, now=MONDAY)

        return ready

    def _unit() -> Any:
        return shapely.box(LON + 1.2 * SIDE, LAT + 0.002, LON + 1.3 * SIDE, LAT + 0.003)

    def merge(c: SimpleNamespace, name: str, now: datetime) -> object:
        cells = [code for code in drafts.cells_of(draft(name)) if code.startswith(_community(0).code)]
        return drafts.merge_grids(draft(name), cells[0], cells[1:], seen=1, by=c.officer, now=now)

    def reshape(c: SimpleNamespace, name: str, now: datetime) -> object:
        wider = shapely.box(LON + 0.001, LAT + 0.002, LON + 0.008, LAT + 0.0045)
        code = next(iter(drafts.cells_of(draft(name))))
        return drafts.reshape_grid(draft(name), code, wider, seen=0, by=c.officer, now=now)

    def move(c: SimpleNamespace, name: str, now: datetime) -> object:
        one = next(iter(drafts.cells_of(draft(name)).values()))
        corner = shapely.get_coordinates(one.geometry)[0]
        to = (float(corner[0]) + 0.0001, float(corner[1]))
        return drafts.move_point(draft(name), (float(corner[0]), float(corner[1])), to, seen=0, by=c.officer, now=now)

    def redraw(c: SimpleNamespace, name: str, now: datetime) -> object:
        shapes = {one.code: one.geometry.buffer(-0.0001) for one in _blocks()}
        return drafts.redraw(draft(name), shapes, seen=0, by=c.officer, now=now)

    def add(c: SimpleNamespace, name: str, now: datetime) -> object:
        shape = _strip(0.0065, 0.0004).geometry
        return drafts.add_grid(draft(name), _community(0), shape, name="新的一条", seen=0, by=c.officer, now=now)

    def keep_file(c: SimpleNamespace, name: str, now: datetime) -> object:
        read = files.ReadFile([files.ReadGrid(_code(0), "读到的", shapely.box(LON, LAT, LON + SIDE, LAT + SIDE))], "CGCS2000")
        return staging.stage(draft(name), read, name="grids.geojson", by=c.officer, now=now)

    def count(c: SimpleNamespace, name: str, now: datetime) -> object:
        rows = [counts.Counted(_community(0).code, 120, 40, "一栋", (LON + 0.003, LAT + 0.003)), counts.Counted(_community(1).code, 90, 30)]
        return counts.enter_counts(rows, name=name, counted_on=FIRST_DAY, by=c.officer, now=now)

    def lies_over(_city: SimpleNamespace) -> None:
        """Where the newest strip reaches, and the one before it did not."""
        from wenming.territory.models import Placement, Source

        Placement.objects.create(longitude=LON + 0.003, latitude=LAT + 0.0038, source=Source.MAP, address="", created_at=MONDAY)

    def write_over(c: SimpleNamespace, name: str, now: datetime) -> object:
        layer = GridLayer.objects.get(kind="strip", version=3)
        return rehoming.write_moves(layer, rehoming.moves_not_written(layer), now=now)

    def former(c: SimpleNamespace, name: str, now: datetime) -> object:
        return drafts.draft_of_version(GridLayer.objects.get(kind="strip", version=2), by=c.officer, now=now)

    return [
        _named("merge_grids", merge, cut("merge_grids")),
        _named("reshape_grid", reshape, opened("reshape_grid", "strip")),
        _named("move_point", move, opened("move_point", "strip")),
        _named("redraw_grids", redraw, opened("redraw_grids")),
        _named(
            "rename_grid", lambda c, n, now: drafts.rename_grid(draft(n), _code(0), "换个名字", seen=0, by=c.officer, now=now),
            opened("rename_grid"),
        ),
        _named("add_grid", add, opened("add_grid", "strip")),
        _named("draft_former_grids", former),
        _named("stage_grids", keep_file, opened("stage_grids")),
        _named("enter_counts", count),
        _named("rehome_over", write_over, lies_over),
        _named("publish_redrawn", lambda c, n, now: regridding.publish_redrawn(draft(n), by=c.officer, now=now), first_unit("publish_redrawn")),
    ]  # fmt: skip


# --- components ------------------------------------------------------------------------------------------------------


def _component_acts() -> list[Act]:
    from wenming.territory.components import services as register
    from wenming.territory.models import Component

    def facts(c: SimpleNamespace, note: str = "") -> Any:
        return register.Facts(c.manhole.full_code, owner=c.units.san, note=note)

    def component(name: str) -> Any:
        return Component.objects.get(code=_component_code(COMPONENTS.index(name)))

    def enter(c: SimpleNamespace, name: str, now: datetime) -> Any:
        where = register.Drawn(shapely.Point(LON + 0.004, LAT + 0.003), address="民权路")
        code = _component_code(COMPONENTS.index(name))
        return register.register_component(code, facts(c), where, on=FIRST_DAY, by=c.officer, now=now)

    def there(name: str) -> Ready:
        return lambda c: enter(c, name, MONDAY)

    def retire(c: SimpleNamespace, name: str, now: datetime) -> object:
        return register.retire_component(component(name), reason=REASON, on=timezone.localdate(now), by=c.officer, now=now)

    def retired(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            enter(c, name, MONDAY)
            retire(c, name, MONDAY)

        return ready

    def correct(c: SimpleNamespace, name: str, now: datetime) -> object:
        on = timezone.localdate(now)
        return register.correct_component(component(name), facts(c, "换过盖"), reason=REASON, on=on, by=c.officer, now=now)

    def restore(c: SimpleNamespace, name: str, now: datetime) -> object:
        return register.restore_component(component(name), reason=REASON, on=timezone.localdate(now), by=c.officer, now=now)

    def take_back(c: SimpleNamespace, name: str, now: datetime) -> object:
        return register.take_back_edition(component(name), 1, by=c.officer, now=now, source="撤销导入 1")

    return [
        _named("register_component", enter),
        _named("correct_component", correct, there("correct_component")),
        _named("retire_component", retire, there("retire_component")),
        _named("restore_component", restore, retired("restore_component")),
        _named("take_back_component", take_back, there("take_back_component")),
    ]  # fmt: skip


COMPONENTS = (
    "register_component", "correct_component", "retire_component", "restore_component", "take_back_component",
    "attach_component", "detach_component",
)  # fmt: skip


def _component_code(place: int) -> str:
    return f"442000010100{7000 + place:04d}"


# --- what people in the street propose -------------------------------------------------------------------------------


def _proposal_acts() -> list[Act]:
    from wenming.observations import place_proposals as proposals
    from wenming.observations.models import PlaceProposal
    from wenming.observations.services import Where
    from wenming.territory.models import Place
    from wenming.territory.public_places import services as register

    def propose(c: SimpleNamespace, name: str, now: datetime) -> Any:
        where = Where(longitude=LON + 0.006, latitude=LAT + 0.006, address="民权路 9 号")
        return proposals.propose_place(kind="market", name=name, where=where, seen_on=now.date(), by=c.east_patrol, now=now)

    def proposed(name: str) -> Ready:
        return lambda c: propose(c, name, MONDAY)

    def beside_one(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            propose(c, name, MONDAY)
            where = register.PlaceWhere(register.Drawn(shapely.Point(LON + 0.006, LAT + 0.006), address="民权路 9 号"))
            register.register_place(register.PlaceTelling("market", f"{name}的场所"), where, on=FIRST_DAY, by=c.officer, now=MONDAY)

        return ready

    def proposal(name: str) -> Any:
        return PlaceProposal.objects.get(name=name)

    def join(c: SimpleNamespace, name: str, now: datetime) -> object:
        return proposals.join_proposal(proposal(name), Place.objects.get(name=f"{name}的场所"), by=c.officer, now=now)

    return [
        _named("propose_place", propose),
        _named(
            "accept_proposal", lambda c, n, now: proposals.accept_proposal(proposal(n), by=c.officer, now=now), proposed("accept_proposal")
        ),
        _named("join_proposal", join, beside_one("join_proposal")),
        _named(
            "refuse_proposal",
            lambda c, n, now: proposals.refuse_proposal(proposal(n), reason=REASON, by=c.officer, now=now) or n,
            proposed("refuse_proposal"),
        ),
    ]  # fmt: skip


# --- lists that come in ----------------------------------------------------------------------------------------------


def _list_acts() -> list[Act]:
    from wenming.observations import component_imports, place_imports, premises_imports
    from wenming.observations.models import ImportBatch
    from wenming.standards.models import Scheme
    from wenming.territory.rules.coordinates import Datum

    def batch(name: str) -> Any:
        return ImportBatch.objects.get(file_name=f"{name}.csv")

    def shops(name: str) -> bytes:
        """A metre each of the far end of the street, every act at its own ones."""
        begins = 330 + 4 * LISTS.index(name)
        rows = [(f"{name}{n}", "民权路", "左", begins + n, begins + n + 1, 3, LON + 0.0045, LAT + 0.00503) for n in range(3)]
        return _csv(("店铺名称", "道路", "方位", "起点", "终点", "纵深", "经度", "纬度"), rows)

    def look_at_shops(c: SimpleNamespace, name: str, now: datetime) -> Any:
        return premises_imports.preview(
            shops(name), f"{name}.csv", datum=Datum.CGCS2000, depth_m=3, boundary=KERB, by=c.officer, now=now
        )

    def look_at_components(c: SimpleNamespace, name: str, now: datetime) -> Any:
        begins = 8000 + 10 * LISTS.index(name)
        rows = [(f"442000010100{begins + n}", c.manhole.name, "完好", LON + 0.002 + n / 1000, LAT + 0.007, "民权路") for n in range(3)]
        content = _csv(("标识码", "小类", "状态", "经度", "纬度", "位置"), rows)
        scheme = Scheme.objects.get(is_current=True)
        return component_imports.preview(content, f"{name}.csv", datum=Datum.CGCS2000, scheme=scheme, by=c.officer, now=now)

    kinds: dict[str, tuple[Any, Callable[..., Any], Callable[..., object], Callable[..., object]]] = {
        "premises": (premises_imports, look_at_shops, premises_imports.bring_in_premises, premises_imports.take_back_rows),
        "components": (
            component_imports, look_at_components, component_imports.bring_in_components, component_imports.take_back_components,
        ),
    }  # fmt: skip

    def come_to(kind: str, name: str, steps: int) -> Ready:
        """Looked at, confirmed, brought in, asked back: so many of these."""
        imports, look, bring_in, _back = kinds[kind]

        def ready(c: SimpleNamespace) -> None:
            look(c, name, MONDAY)
            if steps >= 2:
                imports.decide(batch(name), accept=True, rows=None, by=c.officer, now=MONDAY)
                imports.confirm(batch(name), by=c.officer, now=MONDAY)
            if steps >= 3:
                _to_the_end(bring_in, batch(name), f"{kind}.import-confirmed")
            if steps >= 4:
                imports.undo(batch(name), by=c.officer, now=MONDAY)

        return ready

    def bring_in_shops(c: SimpleNamespace, name: str, now: datetime) -> object:
        return _turn(premises_imports.bring_in_premises, batch(name), "premises.import-confirmed", now)

    def take_back_shops(c: SimpleNamespace, name: str, now: datetime) -> object:
        return _turn(premises_imports.take_back_rows, batch(name), "premises.import-undone", now)

    def bring_in_components(c: SimpleNamespace, name: str, now: datetime) -> object:
        return _turn(component_imports.bring_in_components, batch(name), "components.import-confirmed", now)

    def take_back_components(c: SimpleNamespace, name: str, now: datetime) -> object:
        return _turn(component_imports.take_back_components, batch(name), "components.import-undone", now)

    def alike(name: str) -> bytes:
        """A place, and the same place a second time under another number: the second asks."""
        rows = [(f"{name}-{n}", "农贸市场", f"{name}市场", LON + 0.003, LAT + 0.0015 + n / 1e5) for n in range(2)]
        return _csv(("编号", "场所类别", "场所名称", "经度", "纬度"), rows)

    def asks(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            made = place_imports.hand_in(alike(name), f"{name}.csv", datum=Datum.CGCS2000, by=c.officer, now=MONDAY)
            read_places(made, MONDAY)

        return ready

    def asks_afterwards(name: str) -> Ready:
        def ready(c: SimpleNamespace) -> None:
            asks(name)(c)
            place_imports.confirm(batch(name), by=c.officer, now=MONDAY)
            _to_the_end(place_imports.bring_in_places, batch(name), "places.import-confirmed")

        return ready

    def decide(c: SimpleNamespace, name: str, now: datetime) -> object:
        return place_imports.decide(batch(name), accept=True, rows=None, by=c.officer, now=now)

    def the_same(c: SimpleNamespace, name: str, now: datetime) -> object:
        return place_imports.same(batch(name), rows=[3], by=c.officer, now=now)

    def judge_places(c: SimpleNamespace, name: str, now: datetime) -> object:
        return place_imports.judge_again(batch(name), batch(name).mapping.columns, by=c.officer, now=now)

    def judge_shops(c: SimpleNamespace, name: str, now: datetime) -> object:
        return premises_imports.judge_again(batch(name), batch(name).mapping.columns, by=c.officer, now=now)

    def judge_components(c: SimpleNamespace, name: str, now: datetime) -> object:
        return component_imports.judge_again(batch(name), batch(name).mapping.columns, by=c.officer, now=now)

    return [
        _named("judge_shops", judge_shops, come_to("premises", "judge_shops", 1)),
        _named("import_shops", bring_in_shops, come_to("premises", "import_shops", 2)),
        _named("take_back_shops", take_back_shops, come_to("premises", "take_back_shops", 4)),
        _named("judge_components", judge_components, come_to("components", "judge_components", 1)),
        _named("preview_components", look_at_components, come_to("components", "component_columns", 1)),
        _named("import_components", bring_in_components, come_to("components", "import_components", 2)),
        _named("take_back_components", take_back_components, come_to("components", "take_back_components", 4)),
        _named("judge_places", judge_places, asks("judge_places")),
        _named("decide_rows", decide, asks("decide_rows")),
        _named("decide_rows_later", decide, asks_afterwards("decide_rows_later")),
        _named("same_rows", the_same, asks("same_rows")),
        _named("same_rows_later", the_same, asks_afterwards("same_rows_later")),
    ]  # fmt: skip


LISTS = (
    "judge_shops", "import_shops", "take_back_shops",
    "component_columns", "preview_components", "judge_components", "import_components", "take_back_components",
)  # fmt: skip


def _csv(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in (head, *rows)).encode()


# --- a case on the ground, and what of the ground the house decides for all cases -------------------------------------


def _tying_acts() -> list[Act]:
    from wenming.cases.boundary import set_boundary_distance
    from wenming.cases.services import components as tying
    from wenming.cases.services.frontages import tie_to_frontage
    from wenming.cases.stage_limits import set_stage_limit
    from wenming.responsibilities.rules.clock import Limit, LimitUnit
    from wenming.territory.components import services as register
    from wenming.territory.frontages.services import register_premises
    from wenming.territory.models import Component, Premises

    def component(c: SimpleNamespace, name: str) -> Any:
        where = register.Drawn(shapely.Point(LON + 0.005, LAT + 0.003))
        code, facts = _component_code(COMPONENTS.index(name)), register.Facts(c.manhole.full_code)
        return register.register_component(code, facts, where, on=FIRST_DAY, by=c.officer, now=MONDAY)

    def attach(c: SimpleNamespace, case: Any, name: str, now: datetime) -> object:
        found = Component.objects.get(code=_component_code(COMPONENTS.index(name)))
        return tying.attach_component(case, found, how="chosen", by=c.dispatcher, now=now)

    def attached(c: SimpleNamespace) -> None:
        from tests.faults.acts import matter

        component(c, "detach_component")
        attach(c, matter("for-detach_component")[1], "detach_component", MONDAY)

    def detach(c: SimpleNamespace, case: Any, now: datetime) -> object:
        return tying.detach_component(case, by=c.dispatcher, now=now)

    def shop(c: SimpleNamespace) -> object:
        return register_premises("tie_to_frontage", longitude=LON + 0.0015, latitude=LAT + 0.005, on=FIRST_DAY, by=c.officer, now=MONDAY)

    def tie(c: SimpleNamespace, case: Any, now: datetime) -> object:
        return tie_to_frontage(case, Premises.objects.get(name="tie_to_frontage"), by=c.dispatcher, now=now)

    return [
        Act("attach_component", "collect", lambda c, r, k, now: attach(c, k, "attach_component", now), lambda c: component(c, "attach_component")),
        Act("detach_component", "collect", lambda c, r, k, now: detach(c, k, now), attached),
        Act("tie_to_frontage", "collect", lambda c, r, k, now: tie(c, k, now), shop),
        _named("set_boundary_distance", lambda c, n, now: set_boundary_distance(70, by=c.officer, now=now)),
        _named("set_stage_limit", lambda c, n, now: set_stage_limit("case.close", Limit(3, LimitUnit.WORK_HOURS), by=c.officer, now=now)),
    ]  # fmt: skip


def _named(name: str, do: Callable[[SimpleNamespace, str, Any], object], ready: Ready | None = None) -> Act:
    return _act(name, lambda c, now: do(c, name, now), ready)
