"""门前三包 on the unit's desk: what of the streets and doors is the unit's, what wants doing there and by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wenming.cases.frontages import Performance, performance_of
from wenming.desks.common.paging import CappedPages, first_of
from wenming.organisations.models import Account
from wenming.responsibilities.frontages.ground import OpenStep, ending_contracts, ground_of, open_steps, unsigned
from wenming.responsibilities.frontages.selectors import not_told, to_renew, without_stretch
from wenming.responsibilities.models import ServiceContract
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.territory.frontages.selectors import faults_of, premises_matching, sides_of
from wenming.territory.models import Premises
from wenming.territory.own_ground import ground_code

LISTED = 20
STEP_WORDS = {
    StepKind.REMINDER: _("提醒"), StepKind.ORDER: _("责令限期改正"), StepKind.HEARING: _("陈述申辩告知"), StepKind.REFERRAL: _("移送执法"),
}  # fmt: skip
FAULT_WORDS = {"gap": _("空缺"), "overlap": _("重叠"), "outside": _("超出路段")}


class DoorFilter(forms.Form):
    """Which of the unit's doors; kept in the address."""

    q = forms.CharField(
        label=_("登记号、名称、门牌"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )

    @property
    def words(self) -> str:
        return self.cleaned_data.get("q", "") if self.is_valid() else ""


@dataclass(frozen=True)
class StepLine:
    """One unfinished matter as the page shows it."""

    open: OpenStep

    @property
    def words(self) -> str | Promise:
        return STEP_WORDS[self.open.kind] if self.open.kind else _("还没有发文书")

    @property
    def unserved(self) -> bool:
        return self.open.step is not None and self.open.due_at is None


@dataclass(frozen=True)
class Wanting:
    """Doors that want the same thing: how many, and the first of them."""

    words: str | Promise
    why: str | Promise
    first: list[Premises]
    count: int


@dataclass(frozen=True)
class ContractLine:
    contract: ServiceContract
    figure: Performance
    ends_soon: bool


def page_of(user: Account, now: datetime, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the page shows; the number of statements grows with the contracts alone. asked: of the address."""
    ground, today = ground_of(user), timezone.localdate(now)
    chosen, premises = DoorFilter(asked, auto_id="doors_%s"), ground.premises.count()
    doors = CappedPages(premises_matching(ground.premises, chosen.words), LISTED)
    doors.known = None if chosen.words else premises
    streets, contracts = list(ground.streets), list(ground.contracts)
    faults = faults_of(sides_of(streets))
    ending = ending_contracts(contracts, today)
    steps, (drawn, drawn_count) = open_steps(ground.matters, now, LISTED), first_of(unsigned(ground.premises, today), LISTED)
    questions, question_count = first_of(ground.questions, LISTED)
    return {
        "now": now, "today": today, "unit": user.unit, "may_register": bool(ground_code(user.unit)),
        "premises": premises, "streets": streets, "filter": chosen, "doors": doors.get_page(asked.get("page")),
        "gap_m": sum(one.length_cm for one in faults if one.kind == "gap") / 100,
        "faults": [(one, FAULT_WORDS[one.kind]) for one in faults[:LISTED]], "fault_count": len(faults),
        "matters": len(steps) if len(steps) < LISTED else ground.matters.count(), "steps": [StepLine(one) for one in steps],
        "unsigned": drawn, "unsigned_count": drawn_count, "wanting": _wanting(ground.premises, today),
        "questions": questions, "question_count": question_count,
        "contracts": [ContractLine(one, performance_of(one, user), one.pk in ending) for one in contracts],
        "pieces": list(ground.pieces.order_by("street__code", "side", "from_cm")[:LISTED]),
    }  # fmt: skip


def _wanting(premises: QuerySet[Premises], today: date) -> list[Wanting]:
    asked = (
        (_("该续签"), _("责任书一个月内到期，或者已经到期"), to_renew(premises, today)),
        (_("还没有书面告知"), _("没有书面告知并送达，责任没有落到这一家，由镇街负责"), not_told(premises)),
        (_("没有责任段"), _("还没有划定门前哪一段归它"), without_stretch(premises)),
    )
    lines = [Wanting(words, why, *first_of(found, LISTED)) for words, why, found in asked]
    return [one for one in lines if one.count]
