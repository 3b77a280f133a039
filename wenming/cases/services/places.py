"""What was found at a public place is its managing body's at once, under the eyes of its town. Policy: 2.5."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared
from wenming.observations.models import Channel, PlaceVerification
from wenming.observations.services import Where, receive_report
from wenming.organisations.models import Account, Unit
from wenming.responsibilities import duties
from wenming.standards.rules.place_checklist import NO, PlaceItem
from wenming.territory.models import Place, Source
from wenming.territory.rules.coordinates import Datum

from ..models import Case, PlaceFinding
from ..places import body_of, findings_under_way, place_of, supervises, supervisor_at
from ..rules.lifecycle import State, may_verify
from ..selectors import handler_paths
from .command import handling_limit
from .intake import collect
from .moving import attach_photos, begin, end_handling, end_stage, hold, move, next_stage, verification
from .supports import close_supports
from .verifier import send_back


@transaction.atomic
def give_to_body(case: Case, *, to: Unit, why: str, now: datetime) -> Case:
    """转管理单位: the register says whose it is; the town sees to it, and the centre may still take it back."""
    case = begin(case, "give_to_body", by=None)
    hold(case, to)
    end_stage(case, now=now)
    seeing_to_it = supervisor_at(case, to, timezone.localdate(now))
    case.handling = next_stage(case, "case.handle", owner=to, now=now, limit=handling_limit(case), supervisor=seeing_to_it)
    move(case, "give_to_body", by=None, now=now, unit=to, why=why, due=case.handling.due_at.isoformat())
    return case


def give_to_whose_place(case: Case, now: datetime) -> Case:
    """A case from a public place goes to whom it belongs; any other, and what must be looked at first, stays where it is."""
    place = place_of(case)
    if place is None or case.slow_lane or case.state != State.COLLECTED:
        return case
    body = body_of(place, timezone.localdate(now))
    return give_to_body(case, to=body, why=_why(place, body), now=now) if body is not None else case


@transaction.atomic
def follow_look(look: PlaceVerification, now: datetime) -> None:
    """Each item that is not in order is somebody's; each that is again ends its case. Asked twice, it is done once."""
    if PlaceFinding.objects.filter(look=look).exists():
        return
    open_cases = findings_under_way(look.place)
    for item in look.checklist.asked:
        answer, case = look.answers.get(item.key), open_cases.get(item.key)
        if answer is None or _answered_since(look, item):
            continue
        if answer == NO:
            case = _found_again(case, look, item, now) if case is not None else _open(look, item, now)
            PlaceFinding.objects.create(look=look, item=item.key, case=case, at=now)
        elif case is not None and _may_judge(look.by, case):
            reinspect(case, note=_("%(day)s 复查到位") % {"day": look.seen_on.isoformat()}, by=look.by, now=now)


@transaction.atomic
def reinspect(
    case: Case, *, note: str, by: Account | None, now: datetime, photos: Sequence[Prepared] = (), seen_moves: int | None = None
) -> Case:
    """复查到位: somebody else looked at the place again and found it in order. The unit's duty is done."""
    case = begin(case, "reinspect", by=by, seen_moves=seen_moves)
    assert by is not None
    row = verification(case, stage="after", holds=True, note=note, by=by, now=now)
    attach_photos(photos, role=Role.AFTER, subject=Subject("verification", str(row.pk)), by=by, now=now)
    close_supports(case, now=now)
    end_handling(case, duties.discharge, now=now)
    end_stage(case, now=now)
    case.closed_at = now
    move(case, "reinspect", by=by, now=now, reason=note, unit=case.unit, verification=row.pk)
    return case


def _open(look: PlaceVerification, item: PlaceItem, now: datetime) -> Case:
    """A case of its own, handed in by whoever looked."""
    text = _("不到位：%(item)s") % {"item": item.words}
    if look.note:
        text += f"\n{look.note}"
    receipt = receive_report(
        channel=Channel.FIELD, client_id=f"look-{look.pk}-{item.key}", where=_where(look.place), now=now, text=text, by=look.by,
        public_place=look.place,
    )  # fmt: skip
    return give_to_whose_place(collect(receipt.report, now=now), now)


def _found_again(case: Case, look: PlaceVerification, item: PlaceItem, now: datetime) -> Case:
    """It is known; where the unit had said that it is done, it goes back to it."""
    if look.by is not None and case.state == State.ANSWERED and _may_judge(look.by, case) and _verifies(look.by, case):
        return send_back(case, reason=_("复查仍不到位：%(item)s") % {"item": item.words}, by=look.by, now=now)
    return case


def _may_judge(by: Account | None, case: Case) -> bool:
    """Never the unit whose matter it is, nor anything below it."""
    return by is not None and case.state not in {State.DISPUTED, State.VERIFYING} and may_verify(by.unit.path, handler_paths(case))


def _verifies(by: Account, case: Case) -> bool:
    """Whether this person's no sends it back: who verifies anywhere, and the town that sees to it."""
    return by.may("cases.verify") or supervises(case, by)


def _answered_since(look: PlaceVerification, item: PlaceItem) -> bool:
    """Whether somebody who looked later has said it too: a phone without network hands in late."""
    later = look.place.verifications.filter(seen_on__gt=look.seen_on).values_list("answers", flat=True)
    return any(item.key in answers for answers in later)


def _where(place: Place) -> Where:
    spot = place.placement
    words = spot.address or place.name
    if spot.point is None:
        return Where(address=words, town=spot.town)
    return Where(*spot.point, datum=Datum.CGCS2000, source=Source.MAP, address=words)


def _why(place: Place, body: Unit) -> str:
    words = {"place": place.name, "number": place.number, "unit": body.name}
    if place.manager_id == body.pk:
        return _("公共场所 %(number)s %(place)s 由%(unit)s管理") % words
    return _("公共场所 %(number)s %(place)s 的管理单位还不是系统里的单位，由%(unit)s负责") % words
