"""Saying which component a case is about. Policy: 4.1."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.engine.writing import insert
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import NotAllowed, Refusal
from wenming.standards.selectors import kinds_like
from wenming.territory.components.selectors import distance_to
from wenming.territory.models import Component

from ..models import Case
from ..models.components import CHOSEN, DISPATCH, FIELD, CaseComponent
from ..rules.lifecycle import STEPS
from .moving import lock

PERMISSIONS = {FIELD: "cases.find", DISPATCH: STEPS["dispatch"].permission, CHOSEN: STEPS["dispatch"].permission}


class ComponentNotInUse(Refusal):
    """A component that was retired, or taken back with its batch, gets no cases."""

    code = "case.component-not-in-use"


@transaction.atomic
def attach_component(case: Case, component: Component, *, how: str, by: Account, now: datetime) -> CaseComponent:
    """认定部件: the case is about this one. Saying the same again changes nothing."""
    _refuse_stranger(how, by)
    if not component.in_use:
        raise ComponentNotInUse(_("部件 %(code)s 已经注销，请选现在还在册的。") % {"code": component.code})
    case, last = _locked(case)
    if last is not None and last.component_id == component.pk:
        return last
    point = case.placement.point
    metres = round(distance_to(component, *point), 1) if point else None
    link = CaseComponent(
        case=case, position=_next(last), component=component, distance_m=metres, how=how, by=by, at=now
    )
    insert(link)
    journal.record(
        "case.component-attached", by=by, about=case, now=now, component=component.code, distance_m=metres, how=how
    )
    return link


@transaction.atomic
def detach_component(case: Case, *, by: Account, now: datetime) -> None:
    """解除: the case is about none, or about none in the register; also against the proposal."""
    _refuse_stranger(CHOSEN, by)
    case, last = _locked(case)
    if last is not None and last.component_id is None:
        return
    insert(CaseComponent(case=case, position=_next(last), how=CHOSEN, by=by, at=now))
    was = last.component.code if last and last.component else ""
    journal.record("case.component-detached", by=by, about=case, now=now, was=was)


def _locked(case: Case) -> tuple[Case, CaseComponent | None]:
    lock(case.pk)
    found = Case.objects.select_related("placement").get(pk=case.pk)
    return found, CaseComponent.objects.select_related("component").filter(case=found).order_by("-position").first()


def _next(last: CaseComponent | None) -> int:
    return last.position + 1 if last else 1


def _refuse_stranger(how: str, by: Account) -> None:
    if not by.may(PERMISSIONS[how]):
        raise NotAllowed()


def attach_offered(case: Case, code: str, *, by: Account, now: datetime) -> None:
    """The component on which an accepted proposal rested, if it still fits the kind that the case has now."""
    component = Component.objects.filter(code=code).first()
    if component is None or not component.in_use or case.problem_type is None:
        return
    if component.kind_code in kinds_like(case.problem_type):
        attach_component(case, component, how=DISPATCH, by=by, now=now)


def attach_found(case: Case, code: str, *, by: Account, now: datetime) -> None:
    """What the finder tapped. A find is never refused for it: a component that is gone by then is left out."""
    component = Component.objects.filter(code=code).first()
    if component is not None and component.in_use:
        attach_component(case, component, how=FIELD, by=by, now=now)
