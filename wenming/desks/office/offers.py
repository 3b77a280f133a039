"""What the dispatcher was offered, carried from the page that showed it to the act that keeps it.

The ground kept with a dispatch is what the person read, so it travels in the form, sealed: nobody can write another,
and it holds for one state of one case and for a working day. Without it (a form of another program, an older page)
the proposal is put together again, which is dear: the matrix is read and a month of like cases is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing

from wenming.cases.models import Case
from wenming.cases.proposals import Proposal, proposal

HOLDS_FOR = timedelta(hours=12)
_SEAL = "office.offer"


@dataclass(frozen=True)
class Offer:
    """The part of a proposal that a dispatch keeps. unit: its code, empty where nobody could be proposed.

    component: the code of the component on whose owner it rests and that nobody has attached yet; "" where on none.
    """

    unit: str
    why: str
    supporting: tuple[str, ...] = ()
    component: str = ""


def offer_of(proposed: Proposal) -> Offer:
    """What of a proposal a dispatch keeps."""
    supporting = proposed.suggestion.answer.supporting if proposed.suggestion else ()
    on = proposed.suggestion.component if proposed.suggestion else None
    component = on.component.code if on and not on.attached else ""
    return Offer(proposed.unit.code if proposed.unit else "", proposed.why, supporting, component)


def sealed(offer: Offer, case: Case) -> str:
    """The offer as it travels in a form."""
    return signing.dumps([_state_of(case), offer.unit, offer.why, offer.supporting, offer.component], salt=_SEAL)


def offer_shown(travelled: str, case: Case, now: datetime) -> Offer:
    """The offer that came back with the form, if it is ours and about the case as it is; else a fresh one."""
    try:
        # A page of the version before this one says nothing of a component.
        about, unit, why, supporting, *component = signing.loads(travelled, salt=_SEAL, max_age=HOLDS_FOR)
    except signing.BadSignature:
        about = None
    if about != _state_of(case):
        return offer_of(proposal(case, now))
    return Offer(unit, why, tuple(supporting), component[0] if component else "")


def _state_of(case: Case) -> list[object]:
    return [case.number, case.moves_count]
