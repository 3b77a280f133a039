"""Asking about black spots: who may see which, what speaks for one, and what the watch says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.organisations.models import Account
from wenming.words import gettext_noop

from ..models import BlackSpot, SpotMove
from ..rules.black_spots import PERIOD_DAYS
from ..rules.spot_life import WATCH_DAYS, SpotState, Verdict, watch_verdict
from .finding import cases_since_watched


def spots_visible_to(user: Account | AnonymousUser) -> QuerySet[BlackSpot]:
    """The whole register, for those who work for the whole city."""
    if not isinstance(user, Account) or not user.may("spots.see"):
        return BlackSpot.objects.none()
    return BlackSpot.objects.select_related("problem_type", "placement__town", "placement__community", "unit", "duty")


def moves_of_spot(spot: BlackSpot) -> QuerySet[SpotMove]:
    """Its whole story, oldest first."""
    return spot.moves.select_related("by", "unit").order_by("position")


def usual_before(spot: BlackSpot) -> float:
    """Cases in thirty days over the twelve periods last counted."""
    return sum(spot.periods) / max(1, len(spot.periods))


@dataclass(frozen=True)
class Watch:
    """How the place does since it was treated: the figures and what the rule says of them."""

    days: int
    cases: int
    usual: float
    verdict: Verdict

    @property
    def words(self) -> str:
        figures = {"days": self.days, "cases": self.cases, "usual": f"{self.usual:.1f}", "least": WATCH_DAYS}
        return _(_VERDICTS[self.verdict]) % figures


_VERDICTS = {
    Verdict.TOO_EARLY: gettext_noop(
        "观察了 %(days)d 天，满 %(least)d 天才能销号；期间 %(cases)d 件，整治前每 30 天 %(usual)s 件。"
    ),
    Verdict.QUIET: gettext_noop("观察了 %(days)d 天，期间 %(cases)d 件，整治前每 30 天 %(usual)s 件，可以销号。"),
    Verdict.LINGERS: gettext_noop(
        "观察了 %(days)d 天，期间还有 %(cases)d 件，整治前每 30 天 %(usual)s 件，没有降到四分之一以下。"
    ),
    Verdict.RELAPSED: gettext_noop(
        "观察了 %(days)d 天又有 %(cases)d 件，整治前每 30 天 %(usual)s 件，已经反弹，请重新整治。"
    ),
}


def watch_of(spot: BlackSpot, now: datetime) -> Watch:
    """What has happened in the square since the watch began; for a spot in watch."""
    return watches_of([spot], now)[spot.pk]


def watches_of(spots: Iterable[BlackSpot], now: datetime) -> dict[int, Watch]:
    """{spot: what has happened in its square since its watch began}, for those in watch; two statements for all of them."""
    watched = [spot for spot in spots if spot.watched_since is not None and spot.state == SpotState.WATCH]
    since = cases_since_watched(watched, now)
    return {spot.pk: _watch(spot, since[spot.pk], now) for spot in watched}


def _watch(spot: BlackSpot, since: int, now: datetime) -> Watch:
    assert spot.watched_since is not None
    days = (timezone.localdate(now) - timezone.localdate(spot.watched_since)).days
    usual = spot.usual if spot.usual is not None else usual_before(spot)
    verdict = watch_verdict(usual=usual, days_watched=days, cases_since=since)
    return Watch(days, since, usual, verdict)


def why_a_spot(spot: BlackSpot) -> list[str]:
    """What speaks for the spot, in sentences that a person can recount in the list of its cases."""
    periods = spot.periods
    with_cases, last, all_cases = sum(count > 0 for count in periods), periods[-1], sum(periods)
    span = {"days": PERIOD_DAYS * len(periods)}
    why = [_("近 %(days)d 天 %(all)d 件，最近 30 天 %(last)d 件。") % {**span, "all": all_cases, "last": last}]
    if spot.recurs:
        why.append(_("反复：12 个 30 天里有 %(with)d 个出现过，最近 60 天内还有。") % {"with": with_cases})
    if spot.emerges:
        usual = (all_cases - last) / (len(periods) - 1)
        why.append(
            _("新冒头：平时每 30 天 %(usual).1f 件，这么多靠偶然不到百分之一。") % {"usual": usual}
            if usual
            else _("新冒头：前 11 个 30 天里都没有，这么多靠偶然不到百分之一。")
        )
    why.append(_("照过去的规律，今后 30 天预计 %(expected).1f 件。") % {"expected": spot.expected})
    return why
