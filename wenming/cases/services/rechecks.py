"""盲复核: closed cases of each town and quarter are drawn by lot, and a unit that had nothing to do with them looks again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.journal import services as journal
from wenming.journal.selectors import head, head_before
from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import Role as AccountRole
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities import duties

from ..models import Case, Recheck, RecheckDraw, RecheckFinding
from ..models.rechecks import AGAIN, FINDINGS, SOLVED, UNSOLVED
from ..models.stages import stage_limit
from ..rechecks import closed_in, involved_in
from ..rules.lifecycle import State
from ..rules.rechecks import Quarter, drawn, population_hash, seed_of, who_looks_again
from .moving import attach_photos, begin, command_centre, hold, move, next_stage


class FoundAlready(Refusal):
    code = "recheck.found-already"


def draw_rechecks(now: datetime) -> int:
    """Draw the quarter that ended last, for every town that has not been drawn yet; how many cases were drawn.

    Done by the clock, not by a person: there is nothing to decide in it. Town by town, so that nobody waits long.
    """
    quarter = Quarter.of(timezone.localdate(now)).before
    known = RecheckDraw.objects.filter(first_day=quarter.first_day).values_list("town_code", flat=True)
    towns = closed_in(quarter).exclude(town_code="").exclude(town_code__in=known)
    codes = sorted(set(towns.values_list("town_code", flat=True)))
    return sum(_draw(code, quarter, now) for code in codes)


@transaction.atomic
def _draw(town_code: str, quarter: Quarter, now: datetime) -> int:
    numbers = list(closed_in(quarter).filter(town_code=town_code).values_list("number", flat=True))
    # A journal younger than the quarter has no such head: then the one of this moment, which nobody chose either.
    seq, sealed = head_before(_end_of(quarter)) or head()
    seed = seed_of(sealed, town_code, quarter)
    lot = drawn(numbers, seed)
    row = RecheckDraw.objects.create(
        town_code=town_code, first_day=quarter.first_day, head_seq=seq, head_hash=sealed, seed=seed,
        population=len(numbers), population_hash=population_hash(numbers), size=len(lot), at=now,
    )  # fmt: skip
    _impose(row, _in_order(lot), now)
    journal.record(
        "recheck.drawn", by=None, about=row, now=now, head=seq, seed=seed, population=len(numbers), cases=lot
    )
    return len(lot)


def _impose(draw: RecheckDraw, cases: Sequence[Case], now: datetime) -> None:
    """A duty for each case drawn, to a unit that is free of it; to the command centre where none is."""
    looking: dict[str, Unit] = {unit.code: unit for unit in units_in_the_field()}
    paths = {code: unit.path for code, unit in looking.items()}
    of_the_town = next((unit.code for unit in looking.values() if unit.area_code == draw.town_code), "")
    involved, limit, centre = involved_in(cases), stage_limit("case.recheck"), command_centre()
    for position, case in enumerate(cases, start=1):
        code = who_looks_again(draw.seed, paths, involved=involved[case.pk], not_here=of_the_town)
        unit = looking[code] if code else centre
        duty = duties.impose(
            kind="case.recheck", subject=f"recheckdraw:{draw.journal_key}:{position}", title=case.title, owner=unit,
            limit=limit, now=now, owed_to=centre, supervisor=centre,
        )  # fmt: skip
        Recheck.objects.create(draw=draw, position=position, case=case, unit=unit, duty=duty)


def units_in_the_field() -> Sequence[Unit]:
    """Units with people who look on the spot, without the command centre, whose own verdicts are looked at again."""
    people = Account.objects.filter(role=AccountRole.FIELD, is_active=True).values("unit")
    return list(Unit.objects.filter(pk__in=people, valid_to=None).exclude(pk=command_centre().pk).order_by("path"))


@transaction.atomic
def find_recheck(
    recheck: Recheck, *, found: str, note: str = "", photos: Sequence[Prepared] = (), by: Account, now: datetime
) -> RecheckFinding:
    """What the unit saw. Unsolved reopens the case, if it is still closed; whoever looked need not know whose it was.

    found: one of models.rechecks.FINDINGS; what is not solved or not seen says why.
    """
    recheck = (
        Recheck.objects.select_for_update(of=("self",))
        .select_related("unit", "duty", "case", "draw")
        .get(pk=recheck.pk)
    )
    if not by.may("cases.verify") or not recheck.unit.path.startswith(by.unit.path):
        raise NotAllowed()
    if found not in dict(FINDINGS):
        raise BadInput(_("还没有选看到的是哪一种。请选一个。"))
    if found not in {SOLVED, AGAIN} and not note.strip():
        raise BadInput(_("没有解决或看不到的，请写一句为什么。"))
    if RecheckFinding.objects.filter(recheck=recheck).exists():
        raise FoundAlready(_("这一件已经有人看过了。"))
    row = RecheckFinding.objects.create(recheck=recheck, found=found, note=note.strip(), at=now, by=by)
    attach_photos(photos, role=Role.SCENE, subject=Subject("recheck", str(recheck.pk)), by=by, now=now)
    duties.discharge(recheck.duty, now=now)
    if found == UNSOLVED and Case.objects.filter(pk=recheck.case_id, state=State.CLOSED).exists():
        reopen_unsolved(recheck.case, reason=note, by=by, now=now)
    journal.record(
        "recheck.found",
        by=by,
        about=recheck.draw,
        now=now,
        position=recheck.position,
        case=recheck.case.number,
        found=found,
    )
    return row


@transaction.atomic
def reopen_unsolved(case: Case, *, reason: str, by: Account, now: datetime) -> Case:
    """复核重办: it was closed and is not solved; the command centre owes a new dispatch."""
    case = begin(case, "reopen_unsolved", by=by, reason=reason)
    case.closed_at = None
    hold(case, None)
    next_stage(case, "case.dispatch", owner=command_centre(), now=now)
    move(case, "reopen_unsolved", by=by, now=now, reason=reason)
    return case


def _in_order(numbers: Sequence[str]) -> list[Case]:
    found = {case.number: case for case in Case.objects.filter(number__in=numbers)}
    return [found[number] for number in numbers]


def _end_of(quarter: Quarter) -> datetime:
    first = quarter.following.first_day
    return timezone.make_aware(datetime(first.year, first.month, first.day))
