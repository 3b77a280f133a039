"""What registers kept by edition share: who may tell them anything, why, from which day, and over what they had seen.

A component, a public place, premises: each change is a new edition that says from which day it holds; nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal

Row = TypeVar("Row", bound=Model)


def refuse_stranger(by: Account | None, permission: str) -> None:
    """by: None is the worker or the demo, acting for somebody who was asked before. Raises NotAllowed."""
    if by is not None and not by.may(permission):
        raise NotAllowed()


def refuse_unexplained(reason: str, source: str = "") -> None:
    """A change says why, or which file told it. Raises BadInput."""
    if not (reason.strip() or source):
        raise BadInput(_("要写明原因，以后的人才看得懂。请补上后再提交。"))


def refuse_other_day(on: date, last: date | None, now: datetime) -> None:
    """on: from when it holds; last: from when the edition before does. Raises BadInput."""
    if on > timezone.localdate(now):
        raise BadInput(_("起始日在今天之后。请填已经发生的日期。"))
    if last is not None and on < last:
        raise BadInput(_("上一次变更从 %(day)s 起，这一次不能更早。请填那天或那天以后。") % {"day": last.isoformat()})


def locked(rows: QuerySet[Row], key: object, *, expected_edition: int | None, overtaken: Refusal) -> Row:
    """The row, held until the transaction ends.

    expected_edition: the one the person had seen; when somebody else told something since, `overtaken` is raised.
    """
    found = rows.select_for_update(of=("self",)).get(pk=key)
    if expected_edition is not None and getattr(found, "editions_count") != expected_edition:  # noqa: B009
        raise overtaken
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`before` and `after` of what changed, for the journal. Raises BadInput when nothing did."""
    changed = sorted(name for name in after if after[name] != before[name])
    if not changed:
        raise BadInput(_("和登记的一样，没有要改的。"))
    return {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}


def before_edition(found: Any, position: int) -> Any | None:
    """What held before an edition; None where that edition registered it."""
    if found.editions.get(position=position).act == "register":
        return None
    return found.editions.filter(position__lt=position).order_by("-position").first()
