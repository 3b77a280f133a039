"""`python -m bench.waiting 5000`: so many cases that wait for acceptance or dispatch, copied from those that already do.

Rows that the dispatch desk reads are copied under new keys: placement, report, duty, case. Journal entries are not, so
such a city is for looking and for acting on, not for verifying.
"""

from __future__ import annotations

import copy
import sys
from datetime import timedelta
from random import Random

import django
from django.db import models, transaction
from django.db.models.base import ModelState

SPREAD = 0.06


def main() -> None:
    django.setup()
    from wenming.cases.models import Case

    wanted = int(sys.argv[1])
    waiting = Case.objects.filter(state__in=["collected", "established"], placement__latitude__isnull=False)
    with transaction.atomic():
        missing = wanted - Case.objects.filter(state__in=["collected", "established"]).count()
        _copy(list(waiting.select_related("placement", "duty")), max(missing, 0))


def _copy(originals: list[models.Model], count: int) -> None:
    from wenming.cases.models import CaseReport

    chance = Random(5)
    answered = {
        link.case_id: link.report for link in CaseReport.objects.filter(case__in=originals).select_related("report")
    }
    for number in range(count):
        case, name = originals[number % len(originals)], f"26-9{number // 10000:03d}-{number % 10000:04d}"
        later = timedelta(minutes=chance.randint(0, 3000))
        place, duty = case.placement, case.duty
        moved = {
            "longitude": place.longitude + chance.uniform(-SPREAD, SPREAD),
            "latitude": place.latitude + chance.uniform(-SPREAD, SPREAD),
        }
        clock = {"due_at": duty.due_at + later, "warn_at": duty.warn_at + later}
        copied = _again(
            case,
            number=name,
            placement=_again(place, **moved),
            duty=_again(duty, subject=f"bench:{name}", **clock),
            **clock,
        )
        if report := answered.get(case.pk):
            numbers = {"client_id": f"bench-{name}", "receipt": f"B{number:09d}", "source_number": f"bench-{name}"}
            CaseReport.objects.create(
                case=copied, report=_again(report, identity=None, **numbers), added_at=case.opened_at
            )


def _again(row: models.Model, **other: object) -> models.Model:
    """The row once more, with a key of its own."""
    new = copy.copy(row)
    new._state = ModelState()
    new.pk = None
    for name, value in other.items():
        setattr(new, name, value)
    new.save(force_insert=True)
    return new


if __name__ == "__main__":
    main()
