"""One door of the unit's own ground: its pieces, papers, agreements, matters and questions, and what a town or community does about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from wenming.desks.common.frontages import EdgeForm, Held, Paper, PeriodForm, ServiceForm, SignatureForm, WithdrawalForm
from wenming.desks.common.matters import AnswerForm, EndForm, LookForm, MatterForm, next_of, steps_of, story_of
from wenming.organisations.models import Account
from wenming.responsibilities.frontages.ground import Ground
from wenming.responsibilities.frontages.selectors import agreements_of, facts_of, papers_of, who_answers_for, with_told
from wenming.responsibilities.models import FrontageMatter
from wenming.territory.frontages.selectors import stretches_of
from wenming.territory.frontages.services import KEEPING
from wenming.territory.models import Premises

# The newest of each; all of them are in the office's dossier.
LISTED = 20


def piece_form(ground: Ground, premises: Premises, data: Any = None) -> EdgeForm:
    """划定责任段, along the unit's own streets."""
    form = EdgeForm(data, thing=premises, auto_id="edge_%s")
    form.fields["street"].queryset = ground.streets  # type: ignore[attr-defined]
    return form


def page_of(premises: Premises, ground: Ground, user: Account, now: datetime, **again: Any) -> dict[str, Any]:
    """Everything the page shows. again: forms that were refused, by their name, and which paper they were about."""
    stretches = with_told(stretches_of(premises))
    prefetch_related_objects([premises], Prefetch("agreements", agreements_of(premises)))
    return {
        "premises": premises, "now": now, "today": timezone.localdate(now),
        "held": [Held(one, who_answers_for(one, one.told_at is not None)) for one in stretches],
        "papers": [Paper(one) for one in papers_of(premises)], "agreements": list(premises.agreements.all()),
        "may_act": KEEPING.covers(user, premises.community), "piece_form": again.get("piece_form") or piece_form(ground, premises),
        "period_form": again.get("period_form") or PeriodForm(thing=premises, auto_id="period_%s"),
        "matters": list(premises.matters.order_by("-opened_at")[:LISTED]), "questions": list(premises.questions.order_by("-asked_at")[:LISTED]),
        "service_form": ServiceForm(), "signature_form": SignatureForm(), "withdrawal_form": WithdrawalForm(auto_id="withdrawal_%s"),
        "matter_form": MatterForm(), "answer_form": AnswerForm(), **again,
    }  # fmt: skip


def matter_page(matter: FrontageMatter, user: Account, now: datetime, **again: Any) -> dict[str, Any]:
    """One matter: what comes next and who does that, its papers and their service, its story."""
    steps, ended = steps_of(matter), matter.ended_at is not None
    may_act = KEEPING.covers(user, matter.premises.community)
    return {
        "matter": matter, "steps": steps, "come": next_of(facts_of(matter), now, ended=ended), "now": now, "may_act": may_act,
        "lines": story_of(matter, steps, list(matter.statements.order_by("asked_at"))),
        "look_form": LookForm() if may_act and not ended else None,
        "end_form": EndForm() if may_act and not ended and not steps else None, **again,
    }  # fmt: skip
