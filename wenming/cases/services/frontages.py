"""Saying in front of whose door a case is. Policy: 3.3."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import NotAllowed
from wenming.territory.models import Premises

from ..models import Case, CaseFrontage
from ..rules.lifecycle import STEPS
from .moving import lock

PERMISSION = STEPS["dispatch"].permission


@transaction.atomic
def tie_to_frontage(case: Case, premises: Premises | None, *, by: Account, now: datetime) -> None:
    """认定门前: the case is in front of this door; None: of no door. Saying the same again changes nothing.

    It makes nobody guilty: what follows is a matter of its own, with its lawful steps.
    """
    if not by.may(PERMISSION):
        raise NotAllowed()
    lock(case.pk)
    last = CaseFrontage.objects.filter(case=case).order_by("-position").first()
    if (last.premises_id if last else None) == (premises.pk if premises else None):
        return
    insert(CaseFrontage(case=case, position=last.position + 1 if last else 1, premises=premises, by=by, at=now))
    journal.record("case.frontage-tied", by=by, about=case, now=now, premises=premises.number if premises else "")
