"""The page and the proof are one answer: what `who_answers_at` says at any point and minute, the proof says of its ground and day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from types import SimpleNamespace

import pytest
import shapely

from wenming.cases.tests.story import MONDAY, SHANGHAI
from wenming.organisations.models import Unit
from wenming.responsibilities.answering import (
    CONFLICT,
    GAP,
    OUTSIDE,
    Answered,
    everything_at,
    on_duty_at,
    who_answers_at,
)
from wenming.responsibilities.closure import Proof, prove
from wenming.responsibilities.models import (
    MatrixEntry,
    RoleHolding,
    RosterEdition,
    RosterGroup,
    RosterShift,
    RosterTerms,
)
from wenming.responsibilities.rosters.terms import sample_patterns
from wenming.responsibilities.rules.closure import Ground, Opening
from wenming.standards.models import ProblemType
from wenming.territory.components.services import Drawn, Facts, register_component
from wenming.territory.grids.then import grids_then
from wenming.territory.models import Component, GridLayer
from wenming.territory.services import NewCell, publish_layer
from wenming.territory.tests.conftest import ORIGIN, SIDE, areas, cells, layer, middle_of  # noqa: F401 - the city of four squares

FIRST = MONDAY.date()
LONG_AGO = date(2020, 1, 1)
TOWNS = ("*", "442000001", "442000002")
TARGETS = ("unit:EAST", "unit:SAN", "unit:WEST", "role:环卫机构", "town", "community", "owner", "do")
METRE = 1 / 111_320


def life(random: Random) -> tuple[date, date | None]:
    """Mostly for ever, else beginning or ending within the week."""
    begins = LONG_AGO if random.random() < 0.7 else FIRST + timedelta(days=random.randint(0, 6))
    ends = None if random.random() < 0.6 else begins + timedelta(days=random.randint(1, 3000))
    return begins, FIRST + timedelta(days=random.randint(1, 6)) if ends and begins == LONG_AGO else ends


def fill(random: Random) -> None:
    """A matrix, roles, lives of units and components at random."""
    MatrixEntry.objects.all().delete()
    RoleHolding.objects.all().delete()
    for number in range(1, random.randint(3, 9)):
        begins, ends = life(random)
        MatrixEntry.objects.create(
            number=number, order=random.choice((50, 100, 100)), type_pattern=random.choice(("*", "E01*", "C01*", "TEST:C0101", "01*")),
            kind=random.choice(("", "", "component")), town_code=random.choice(TOWNS), accountable=random.choice(TARGETS), basis="依据",
            valid_from=begins, valid_to=ends,
        )  # fmt: skip
    for role, places in (("环卫机构", TOWNS), ("镇街", TOWNS), ("供水企业", TOWNS), ("社区", ("442000001001", "442000002002", "*"))):
        for place in places:
            if random.random() < 0.6:
                begins, ends = life(random)
                RoleHolding.objects.create(role=role, town_code=place, unit=random.choice(list(Unit.objects.all())), valid_from=begins, valid_to=ends)
    for unit in Unit.objects.filter(code__in=["EAST", "SAN", "WEST"]):
        begins, ends = life(random)
        Unit.objects.filter(pk=unit.pk).update(valid_from=begins, valid_to=ends)
    units = list(Unit.objects.filter(code__in=["EAST", "SAN", "WEST"]))
    for serial in range(1, 5):
        # Around the corner where all four communities meet: people stand beside what they point at, over the border too.
        at = shapely.Point(*(round(ORIGIN[n] + SIDE + random.uniform(-40, 40) * METRE, 7) for n in (0, 1)))
        register_component(
            f"4420000101{serial:06d}", Facts("TEST:C0101", "井盖", owner=random.choice([*units, None])), Drawn(at), on=LONG_AGO, by=None, now=MONDAY
        )  # fmt: skip


def asked_at(random: Random) -> tuple[tuple[float, float], datetime]:
    """A point, half of them near the middle of the city; a minute, half of them at midnight."""
    spread = 60 * METRE if random.random() < 0.5 else SIDE
    point = tuple(round(ORIGIN[n] + SIDE + random.uniform(-spread, spread), 7) for n in (0, 1))
    minute = 0 if random.random() < 0.5 else random.randint(0, 24 * 60 - 1)
    day = FIRST + timedelta(days=random.randint(0, 6))
    return point, datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)  # type: ignore[return-value]


def proved_open(proof: Proof, found: Answered, on: date) -> bool:
    """Whether the proof lists this ground (with the owner of the component there), day and matter."""
    assert found.home is not None and found.home.community is not None
    owner = found.near.component.owner.code if found.near and found.near.component.owner else None
    here = (found.home.town.code, found.home.community.code, owner)

    def lies_in(one: Opening, grounds: tuple[Ground, ...]) -> bool:
        spots = [spot for n in one.grounds for spot in grounds[n].spots]
        there = any((spot.town_code, spot.community_code, spot.owner_unit) == here for spot in spots)
        return there and found.problem_type.full_code in one.types and one.since <= on < one.until

    listed, grounds = (proof.of_owned, proof.owned) if owner else (proof.closure.openings, proof.grounds.grounds)
    return any(lies_in(one, grounds) for one in listed)


@pytest.mark.parametrize("seed", range(12))
def test_the_page_says_what_the_proof_says(small_city: SimpleNamespace, layer: object, seed: int) -> None:  # noqa: F811
    random = Random(seed)
    fill(random)
    proof = prove(FIRST)
    kinds = list(ProblemType.objects.filter(scheme__is_current=True))
    open_ones = 0
    for _round in range(60):
        point, at = asked_at(random)
        found = who_answers_at(*point, at, random.choice(kinds))
        is_open = any(one.kind in (GAP, CONFLICT, OUTSIDE) for one in found.findings)
        open_ones += is_open
        told = f"{seed}: {point} {at} {found.problem_type.full_code} {[one.why for one in found.findings]} {found.answer and found.answer.why}"
        assert is_open == proved_open(proof, found, at.date()), told
    assert open_ones > 0 or not proof.closure.openings
    assert Component.objects.count() == 4


# --- one by one --------------------------------------------------------------------------------------------------------


WEST = middle_of(0, 0)


def gaps(found: Answered) -> list[str]:
    return [one.why for one in found.findings if one.kind == GAP]


def test_a_unit_answers_from_its_first_day_and_until_the_day_before_it_ends(small_city: SimpleNamespace, layer: object) -> None:  # noqa: F811
    Unit.objects.filter(code="SAN").update(valid_from=FIRST, valid_to=FIRST + timedelta(days=2))
    midnight = datetime.combine(FIRST, time(), SHANGHAI)
    asked = {days: who_answers_at(*WEST, midnight + timedelta(days=days, minutes=-1), small_city.overflow) for days in (0, 1, 2, 3)}
    assert gaps(asked[0]) == ["环卫处从 2026-11-16 起才成立。"]
    assert not gaps(asked[1]) and not gaps(asked[2]), "until the last minute of the day before the one it ends on"
    assert gaps(asked[3]) == ["环卫处已在 2026-11-18 停用。"]


def test_a_moment_that_is_over_is_answered_by_the_grids_of_then(
    small_city: SimpleNamespace, cells: list[NewCell], layer: GridLayer  # noqa: F811
) -> None:
    """The lowest grid goes to its eastern neighbour's community for good: what was asked of it yesterday stays as it was."""
    west, east = cells[0].community, cells[1].community
    redrawn = [NewCell(f"{east.code}002", "划过来的", east, cells[0].geometry), *cells[1:]]
    assert layer.published_at is not None
    redrawn_at = layer.published_at + timedelta(days=1)
    publish_layer(kind="block", cells=redrawn, by=None, now=redrawn_at)
    for at, community in ((redrawn_at - timedelta(minutes=1), west), (redrawn_at, east), (layer.published_at - timedelta(days=900), west)):
        home = who_answers_at(*WEST, at, small_city.overflow).home
        assert home is not None and home.community == community and home.grid is not None, at
        assert home.grid.code[:12] == community.code
        assert [one.code[:12] for one in grids_then(*WEST, at)] == [community.code]
    assert who_answers_at(100.0, 30.0, redrawn_at - timedelta(minutes=1), small_city.overflow).home is None
    assert everything_at(*WEST, redrawn_at - timedelta(minutes=1)) == everything_at(*WEST, redrawn_at)


def test_nobody_is_on_duty_before_the_minute_that_the_shift_begins_in(small_city: SimpleNamespace, layer: object) -> None:  # noqa: F811
    group = RosterGroup.objects.create(
        code="W-1", name="西坊一组", town_code="442000001", grid_codes=["442000001001001"], post="patrol", unit=small_city.west, valid_from=LONG_AGO
    )
    terms = RosterTerms.objects.create(
        group=group, number=1, shifts=sample_patterns()["三班倒"], limits={}, basis="测试", set_at=MONDAY, set_by=None
    )
    edition = RosterEdition.objects.create(
        group=group, number=1, starts_on=FIRST, ends_on=FIRST, terms=terms, method="hand", published_at=MONDAY, published_by=None
    )
    eight = datetime.combine(FIRST, time(8), SHANGHAI)
    for account, code, begins in ((small_city.west_handler, "A", eight), (small_city.east_handler, "B", eight + timedelta(hours=8))):
        RosterShift.objects.create(
            edition=edition, account=account, on=FIRST, shift_code=code, starts_at=begins, ends_at=begins + timedelta(hours=8)
        )
    told = {
        seconds: [one.account for one in on_duty_at(*WEST, eight + timedelta(hours=8, seconds=seconds))] for seconds in (-1, 0)
    }
    assert told == {-1: ["west_handler"], 0: ["east_handler"]}, "the second before four o'clock is one person's, not two's"
