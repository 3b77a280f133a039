"""A case and the component it is about: what is proposed, what a person has said, whose it therefore is. Policy: 4.1.

Nothing is attached by the machine: the nearest component of a matching kind is proposed with its distance, and the
answer of the matrix that rests on it says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from wenming.standards.models import ProblemType
from wenming.standards.selectors import kinds_like
from wenming.territory.components.selectors import Near, nearest_components, register_begun
from wenming.territory.models import Component

from .models import Case
from .models.components import CaseComponent

# People stand beside what they report, and a phone is some metres off.
PROPOSE_WITHIN_M = 30.0
CHOOSE_WITHIN_M = 150.0
CHOICES = 20


@dataclass(frozen=True)
class OnComponent:
    """A component for a case: attached by a person, or only proposed. distance_m: None where the case has no point."""

    component: Component
    distance_m: float | None
    attached: bool

    @property
    def words(self) -> str:
        """“部件 4420000137000012，距 6 米”: as the matrix's answer names it."""
        named = " ".join(filter(None, [self.component.code, self.component.name]))
        if self.distance_m is None:
            return _("部件 %(number)s") % {"number": named}
        return _("部件 %(number)s（距 %(metres)d 米）") % {"number": named, "metres": round(self.distance_m)}


def link_of(case: Case) -> CaseComponent | None:
    """What a person said last; its component is None where it is about none."""
    joined = CaseComponent.objects.select_related("component__placement", "component__owner", "by")
    return joined.filter(case=case).order_by("-position").first()


def component_for(case: Case, kind: ProblemType) -> OnComponent | None:
    """The component that decides whose the case is: the one attached, else the nearest of a matching kind.

    Asks nothing for incidents, and nothing while the register is empty.
    """
    if kind.kind != "component" or not register_begun():
        return None
    link = link_of(case)
    if link is not None:
        return OnComponent(link.component, link.distance_m, True) if link.component and link.component.in_use else None
    point = case.placement.point
    if point is None:
        return None
    near = nearest_components(*point, within_m=PROPOSE_WITHIN_M, kinds=kinds_like(kind), at_most=1)
    return OnComponent(near[0].component, near[0].distance_m, False) if near else None


def choices_for(case: Case) -> list[Near]:
    """The components around a case, of every kind, the nearest first."""
    point = case.placement.point
    return nearest_components(*point, within_m=CHOOSE_WITHIN_M, at_most=CHOICES) if point else []


def cases_on(component: Component) -> QuerySet[CaseComponent]:
    """The links of the cases that are about this component today; for `cases_visible_to(user).filter(pk__in=…)`."""
    later = CaseComponent.objects.filter(case=OuterRef("case"), position__gt=OuterRef("position"))
    return CaseComponent.objects.filter(~Exists(later), component=component)
