"""The records of which a case consists. All append-only: corrections are new rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from wenming.engine.coding import CodedField
from wenming.engine.moments import MomentField
from wenming.journal.models import Entry
from wenming.observations.models import Report
from wenming.organisations.models import Account, Unit

from ..rules.lifecycle import STEPS
from .cases import STATES, Case

ACTS = [("collect", _("收到")), *((act, _(step.zh)) for act, step in STEPS.items())]
# As the database keeps them: a number is never given to another word.
ACT_CODES = {
    "collect": 1, "ask_verification": 2, "verify_before": 3, "cannot_see": 4, "change_type": 5, "establish": 6, "refuse": 7,
    "take_back_refusal": 8, "merge": 9, "separate": 10, "dispatch": 11, "recall": 12, "acknowledge": 13, "hand_back": 14,
    "ask_extension": 15, "decide_extension": 16, "suspend": 17, "resume": 18, "answer": 19, "pass_verification": 20,
    "send_back": 21, "close": 22, "adopt_closed": 23, "void": 24, "reopen": 25, "settle": 26, "appeal": 27, "decide_appeal": 28,
    "reopen_unsolved": 29, "recall_verification": 30, "ask_support": 31, "reassign_support": 32, "withdraw_support": 33,
    "answer_support": 34, "hand_back_support": 35, "contest": 36, "arbitrate": 37,
    "give_to_body": 40, "reinspect": 41,
}  # fmt: skip
STATE_CODES = {
    "": 0, "collected": 1, "verifying": 2, "established": 3, "dispatched": 4, "suspended": 5, "answered": 6, "verified": 7,
    "closed": 8, "not_accepted": 9, "merged": 10, "void": 11, "disputed": 12,
}  # fmt: skip


class CaseMove(models.Model):
    """One act on a case: who, for which unit, why, from where to where. Positions count without a gap.

    What else the act says (`facts`) is in its journal entry and nowhere else; the reason, which may be anybody's words,
    is here and not in the journal.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="moves", db_index=False)
    position = models.PositiveIntegerField()
    act = CodedField(codes=ACT_CODES, choices=ACTS)
    from_state = CodedField(codes=STATE_CODES, choices=STATES, blank=True)
    to_state = CodedField(codes=STATE_CODES, choices=STATES)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # The unit acted upon: dispatched to, named as the right owner, whose answer was judged.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="moves_of_a_case_are_counted"),
            models.CheckConstraint(
                condition=~Q(act__in=[a for a, s in STEPS.items() if s.needs_reason]) | ~Q(reason=""),
                name="acts_that_need_a_reason_have_one",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "act", "case"], condition=~Q(unit=None), name="moves_that_reached_a_unit")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.position} {self.act}"

    @property
    def action(self) -> str:
        """What the journal calls this act."""
        return f"case.{self.act.replace('_', '-')}"

    def told(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What the journal is told of this move: its number, where it led, for which unit, and the act's own facts.

        `before` stands only where the act changed the state, `unit` only where there is one.
        """
        told: dict[str, Any] = {"move": self.position, "after": str(self.to_state)}
        if self.from_state and self.from_state != self.to_state:
            told["before"] = str(self.from_state)
        if self.unit:
            told["unit"] = self.unit.code
        return {**told, **facts}

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What its journal entry says; `selectors.moves_of` reads those of all moves of a case at once."""
        said = Entry.objects.filter(about=self.case.key, action=self.action).values_list("facts", flat=True)
        return next((facts for facts in said if facts.get("move") == self.position), {})


class Verification(models.Model):
    """What somebody else found on the spot: before establishing (does it exist?) or before closing (is it solved?)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="verifications")
    stage = models.CharField(max_length=8, choices=[("before", _("立案前核实")), ("after", _("结案前核查"))])
    holds = models.BooleanField()
    note = models.CharField(max_length=1000, blank=True)
    at = MomentField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.stage} {self.holds}"


class Rating(models.Model):
    """A reporter's verdict on the result (评价). The newest per report counts; earlier ones stay."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField(
        choices=[(5, _("非常满意")), (4, _("满意")), (3, _("基本满意")), (2, _("不满意")), (1, _("非常不满意"))]
    )
    why = models.CharField(max_length=500, blank=True)
    at = MomentField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="a_rating_is_one_to_five")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.score}"
