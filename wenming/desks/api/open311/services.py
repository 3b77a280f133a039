"""What can be reported: the citizen's choices first, then every type of the scheme in force with its conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from wenming.desks.common.wording import limit_words
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory, Scheme
from wenming.standards.selectors import public_categories, type_by_full_code, types_in

Service = PublicCategory | ProblemType
UNCLEAR = "unclear"


def all_services() -> Iterator[dict[str, Any]]:
    """Every service as the standard lists it."""
    for category in public_categories():
        yield _line(category.code, category.name, category.hint, _("市民选项"), metadata=False)
    scheme = Scheme.objects.filter(is_current=True).first()
    if scheme is not None:
        for kind in types_in(scheme).prefetch_related("rules"):
            conditions = "；".join(rule.condition for rule in kind.rules.all())
            yield _line(kind.full_code, kind.name, conditions, kind.big_name, metadata=bool(conditions))


def service_by_code(code: str) -> Service | None:
    """The category or type behind a service code; None when there is none."""
    return PublicCategory.objects.filter(code=code).first() or type_by_full_code(code)


def definition_of(service: Service) -> dict[str, Any]:
    """The service's conditions, to be read and not to be filled in (`variable` is false): the office chooses."""
    if isinstance(service, PublicCategory):
        return {"service_code": service.code, "attributes": []}
    rules = service.rules.order_by("position")
    return {"service_code": service.full_code, "attributes": [_attribute(rule) for rule in rules]}


def _line(code: str, name: str, description: str, group: str, *, metadata: bool) -> dict[str, Any]:
    return {
        "service_code": code, "service_name": name, "description": description, "metadata": metadata,
        "type": "realtime", "keywords": "", "group": group,
    }  # fmt: skip


def _attribute(rule: EstablishRule) -> dict[str, Any]:
    return {
        "variable": False, "code": f"condition-{rule.position}", "datatype": "string", "required": False,
        "datatype_description": limit_words(rule.limit), "order": rule.position, "description": rule.condition,
        "values": [],
    }  # fmt: skip
