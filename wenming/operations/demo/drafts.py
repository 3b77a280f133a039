"""A change of rules that the office is drafting, so that its effects can be looked at."""

from __future__ import annotations

from datetime import timedelta

from wenming.cases.rule_changes.editing import draft_stage_limit
from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.drafts.selectors import state_of
from wenming.standards.drafts.services import edit_types, open_draft
from wenming.standards.rules.scheme_draft import rule_content

from .city import DemoCity

SHORTER = ("E0192", "E0406")


def rule_drafts(city: DemoCity) -> None:
    """Half the time for two kinds of incident, and two hours for accepting."""
    by = Account.objects.filter(role=Role.OFFICE).order_by("pk").first()
    if by is None:
        return
    now = city.now - timedelta(hours=2)
    draft = open_draft("示例：缩短垃圾满溢和占道经营的时限", by=by, now=now)
    types = state_of(draft).result.types
    for code in SHORTER:
        rules = [rule_content(rule) for rule in types[code].rules]
        for rule in rules:
            limit = Limit.parse(rule["limit"])
            rule["limit"] = Limit(max(1, limit.amount // 2), limit.unit).notation
        edit_types(draft, [("change", code, {"rules": rules})], by=by, now=now)
    draft_stage_limit(draft, "case.accept", Limit(2, LimitUnit.WORK_HOURS), by=by, now=now)
