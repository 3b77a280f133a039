"""谁负责: which unit answers for a matter at a point at a moment, and by which line (7.5). Units and posts, never persons."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Query
from pydantic import Field

from wenming.refusals import BadInput
from wenming.responsibilities.answering import Answered, Answering, who_answers_at
from wenming.standards.selectors import type_by_full_code
from wenming.territory.components.selectors import public_components
from wenming.territory.rules.coordinates import Datum, to_cgcs2000

from ..callers import knock_at
from .frame import ANYBODY, NotFound, api
from .shapes import Given, Missing, Moment, Refused, Text, WhoShown


class WhoAsked(Given):
    """A point, or a component; a moment, now without one; a matter."""

    problem_type: Text = Field(..., max_length=40, description="`GB30428:E0192`, GET /api/v1/problem-types")
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, description="degrees, with `latitude`")
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    datum: Datum = Field(Datum.CGCS2000, description="the datum of the two numbers")
    component: Text = Field("", max_length=16, description="code of a component, instead of a point")
    at: Annotated[Moment | None, Missing] = Field(None, description="without an offset it is the city's own time")


@api.get(
    "/who", auth=ANYBODY, response={200: WhoShown, 404: Refused, 422: Refused}, tags=[gettext_noop("权责")],
    summary=gettext_noop("一个地点、一个时刻、一件事由谁负责"),
)  # fmt: skip
def who(request: HttpRequest, asked: Annotated[WhoAsked, Query()]) -> dict[str, object]:
    """Exactly one accountable unit with its post and the line of the matrix that says so, or findings that say why not."""
    now = timezone.now()
    knock_at("map", request, now)
    kind = type_by_full_code(asked.problem_type)
    if kind is None:
        raise NotFound
    return _shown(who_answers_at(*_point(asked), asked.at or now, kind))


def _point(asked: WhoAsked) -> tuple[float, float]:
    if asked.component:
        component = public_components().filter(code=asked.component).first()
        if component is None or component.placement.point is None:
            raise NotFound
        return component.placement.point
    if asked.longitude is None or asked.latitude is None:
        raise BadInput(_("要给 longitude 和 latitude，或者给 component。请补上后再问。"))
    return to_cgcs2000(asked.longitude, asked.latitude, asked.datum)


def _shown(found: Answered) -> dict[str, object]:
    home, rule = found.home, found.answer.rule if found.answer else None
    return {
        "longitude": found.longitude, "latitude": found.latitude, "at": found.at, "problem_type": found.problem_type.full_code,
        "town": home.town.code if home else None, "community": home.community.code if home and home.community else None,
        "grid": home.grid.code if home and home.grid else None,
        "component": found.near.component.code if found.near else None,
        "accountable": _unit(found.accountable), "supporting": [_unit(each) for each in found.supporting],
        "rule": {"number": rule.id, "basis": rule.basis} if rule else None, "why": found.answer.why if found.answer else "",
        "works_then": found.works_then,
        "findings": [{"kind": one.kind, "why": one.why, "what_to_do": one.what_to_do} for one in found.findings],
    }  # fmt: skip


def _unit(one: Answering | None) -> dict[str, object] | None:
    return {"code": one.unit.code, "name": one.unit.name, "post": one.post_title} if one else None
