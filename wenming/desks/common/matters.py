"""门前事项 at whichever desk looks after one: its forms, its papers and its story. Policy: 3.2, 3.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.evidence.selectors import exhibits_of_many
from wenming.organisations.models import Account
from wenming.responsibilities.frontages.services import WHY_NOT
from wenming.responsibilities.models import DutyKind, FrontageMatter, FrontageStep, MatterNote, ShopQuestion
from wenming.responsibilities.rules.frontage_steps import Facts, StepKind, WhyNot, why_not

from .photos import shown_all
from .timeline import Told


class MatterForm(forms.Form):
    """立门前事项; photographs travel beside it."""

    duty = forms.ChoiceField(label=gettext_lazy("哪一包"), choices=DutyKind.choices)
    what = forms.CharField(label=gettext_lazy("什么问题"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, auto_id="matter_%s")  # type: ignore[misc]


class LookForm(forms.Form):
    mended = forms.ChoiceField(
        label=gettext_lazy("现场看到"), choices=[("no", gettext_lazy("没有改正")), ("yes", gettext_lazy("已经改正"))], widget=forms.RadioSelect
    )
    text = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)


class EndForm(forms.Form):
    """了结 what was not mended."""

    reason = forms.CharField(label=gettext_lazy("为什么了结"), max_length=300)


class AnswerForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("答复"), max_length=500, widget=forms.Textarea({"rows": 2}))


# --- what comes next -------------------------------------------------------------------------------------------------

STEP_WORDS = {
    StepKind.REMINDER: gettext_lazy("印发提醒函"), StepKind.ORDER: gettext_lazy("印发责令限期改正通知书"),
    StepKind.HEARING: gettext_lazy("印发陈述申辩权利告知书"), StepKind.REFERRAL: gettext_lazy("移送执法单位"),
}  # fmt: skip


@dataclass(frozen=True)
class Next:
    """The lawful step that follows (None: none does), and why it does not follow yet."""

    kind: StepKind | None
    blocked: WhyNot | None

    @property
    def words(self) -> str | Promise:
        return STEP_WORDS[self.kind] if self.kind else ""

    @property
    def why(self) -> str | Promise:
        return WHY_NOT[self.blocked] if self.blocked else ""

    @property
    def wants_notice(self) -> bool:
        return self.blocked is WhyNot.NO_NOTICE


def next_of(facts: Facts, now: datetime, *, ended: bool) -> Next:
    """Which step that is, the lawful order says; nobody chooses it."""
    kind = None if ended else facts.next_kind
    return Next(kind, why_not(kind, facts, now) if kind else None)


# --- its story -------------------------------------------------------------------------------------------------------


def steps_of(matter: FrontageMatter) -> list[FrontageStep]:
    """The documents it led to, the first one first, with what was served and until when."""
    return list(matter.steps.select_related("document__service", "term", "by").order_by("position"))


def story_of(matter: FrontageMatter, steps: Sequence[FrontageStep], said: Sequence[ShopQuestion]) -> list[Told]:
    """What was seen, said, sent and served, in its order."""
    notes = list(MatterNote.objects.filter(matter=matter).select_related("by"))
    shots = exhibits_of_many("matter-note", [str(note.pk) for note in notes])
    lines = [Told(one.asked_at, _("陈述申辩（本店页面）"), "", one.text) for one in said]
    for note in notes:
        photos = [(one["url"], one["alt"]) for one in shown_all(shots.get(str(note.pk), ()))]
        words = "；".join(filter(None, [note.text, note.answer]))
        lines.append(Told(note.at, str(note.get_kind_display()), _who(note.by), words, photos))
    for step in steps:
        lines.append(Told(step.at, f"{step.document.title} {step.document.number}", _who(step.by)))
        if hasattr(step.document, "service"):
            proof = step.document.service
            due = f"；{_('期限到')} {timezone.localtime(step.term.due_at):%Y-%m-%d %H:%M}" if hasattr(step, "term") else ""
            lines.append(Told(proof.served_at, f"{proof.get_way_display()}：{step.document.number}", proof.receiver, due.lstrip("；")))
    return sorted(lines, key=lambda one: one.at)


def unanswered(said: Sequence[ShopQuestion]) -> str:
    """What they wrote on their own page and nobody has recorded yet, to be recorded as it stands."""
    return "\n".join(one.text for one in said if one.answered_at is None)[:1000]


def _who(by: Account | None) -> str:
    return by.display_name if by else ""


