"""What the desk may offer for one key: which kind of problem it probably is, on which condition, and whose it is.

A proposal decides nothing: a person accepts it, and the move keeps the ground that the person was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from wenming.organisations.models import Unit
from wenming.standards.drafts.selectors import in_force, same_kind
from wenming.standards.models import EstablishRule, ProblemType

from .learning.kept import Suggested, suggested_for
from .models import Case, CaseMove
from .models.suggestions import Method
from .rules.lifecycle import State
from .selectors import Suggestion, suggestion

LATELY = timedelta(days=30)
# Practice is named only where it confirms: a unit that closed one in eight is no reason to send it a ninth.
CONFIRMS_FROM_PERCENT = 50
CONFIRMS_FROM_CASES = 5


@dataclass(frozen=True)
class Proposal:
    """Kind, condition and unit for one case; each is None where nothing can be said."""

    problem_type: ProblemType | None
    rule: EstablishRule | None
    suggestion: Suggestion | None
    guessed: bool
    # The newest move, when a unit has just said that the case is not its own, and whose it is.
    handed_back: CaseMove | None = None
    # What was said of the type, and how sure that is; None when the case came with its type.
    suggested: Suggested | None = None

    @property
    def unit(self) -> Unit | None:
        return self.suggestion.unit if self.suggestion else None

    @property
    def type_words(self) -> str:
        """How the type came about, and how sure that is; "" where a person has said it."""
        if self.suggested is None:
            return ""
        names = "、".join(one.name for one in self.suggested.types)
        words = {"types": names, "first": self.suggested.types[0].name, "percent": self.suggested.confidence_percent}
        if not self.suggested.filled_in:
            return _("小类说不准，请您定。文字像：%(types)s") % words
        if self.suggested.method == Method.LEARNED:
            return _("小类 %(first)s，从往期案件学到，把握 %(percent)d%%") % words
        if self.suggested.method == Method.KEYWORDS:
            return _("小类 %(first)s，按文字里的关键词和市民点选，没有算过把握") % words
        return _("小类 %(first)s，按市民点选和近期案件，没有算过把握") % words

    @property
    def why(self) -> str:
        """The ground in one sentence, as it is kept with the dispatch."""
        if self.suggestion is None:
            return _("还没有定小类，所以说不出该由谁办。请先改类。")
        share, ground = self.suggestion.share_percent, self.suggestion.answer.why
        if share is None or share < CONFIRMS_FROM_PERCENT or self.suggestion.like_cases < CONFIRMS_FROM_CASES:
            return ground
        lately = _("近 30 日同类 %(count)d 件，%(share)d%% 由其办结")
        return f"{ground}；{lately % {'count': self.suggestion.like_cases, 'share': share}}"


def proposal(case: Case, now: datetime) -> Proposal:
    """What to offer for a case that is to be accepted or dispatched."""
    suggested = None if case.problem_type_id else suggested_for(case, now)
    kind = _type_of(case) or (suggested.types[0] if suggested and suggested.filled_in else None)
    rule = case.establish_rule or (_likely_rule(kind, now) if kind else None)
    newest = case.moves.select_related("by_unit", "unit").filter(position=case.moves_count, act="hand_back").first()
    return Proposal(kind, rule, suggestion(case, now, kind), case.problem_type_id is None, newest, suggested)


def _type_of(case: Case) -> ProblemType | None:
    """Its type; before it is established that of the scheme in force, since it will be established by that."""
    kind = case.problem_type
    return in_force(kind) if kind is not None and case.state in (State.COLLECTED, State.VERIFYING) else kind


def _likely_rule(kind: ProblemType, now: datetime) -> EstablishRule | None:
    """The condition most often met lately by this kind; else its first that is not urgent, else its first."""
    lately = Case.objects.filter(opened_at__gte=now - LATELY, problem_type__in=same_kind(kind)).exclude(establish_rule=None)
    # Every version of a condition counts as the condition: a new edition of the rules is not a new city.
    met = lately.annotate(root=Coalesce("establish_rule__origin", "establish_rule"))
    most, rules = _most_often(met, "root"), kind.rules.all()
    return rules.filter(Q(pk=most) | Q(origin=most)).first() or rules.order_by("urgent", "position").first()


def _most_often(cases: QuerySet[Case], field: str) -> int:
    """The key met most often, 0 (nobody's) when there is none."""
    counted = cases.values_list(field).annotate(times=Count("pk")).order_by("-times", field)
    return next((pk for pk, _times in counted[:1]), 0)
