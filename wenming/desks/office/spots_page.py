"""The page of black spots: which are listed, what is told of the one selected, and the acts that are open on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import BlackSpot
from wenming.cases.rules.spot_life import ON_THE_REGISTER, SPOT_STATES_ZH, SPOT_STEPS, SpotState, Verdict, acts_on_spot
from wenming.cases.selectors import cases_visible_to
from wenming.cases.spots import services as spots
from wenming.cases.spots.finding import cases_of_square
from wenming.cases.spots.selectors import Watch, moves_of_spot, spots_visible_to, watches_of, why_a_spot
from wenming.desks.common.forms import ThingForm
from wenming.desks.common.timeline import Told
from wenming.organisations.models import Account
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.rules.duty import DutyState
from wenming.territory.maps import Pin, around, svg_map

from .filters import town_choices
from .forms import HandlingUnitField
from .thing_acts import OpenThingAct, ThingAct, Things

LISTED = 200
SHOWN_CASES = 8
MAP_SIZE = (620, 760)
A_STREET_IN_DEGREES = 0.006
STATES = [
    ("", gettext_lazy("在册")),
    *((state.value, gettext_lazy(SPOT_STATES_ZH[state])) for state in SpotState),
]
GROUNDS = [("", gettext_lazy("不限")), ("recurs", gettext_lazy("反复")), ("emerges", gettext_lazy("新冒头"))]
DAYS = {
    "5": gettext_lazy("5 个工作日"),
    "10": gettext_lazy("10 个工作日"),
    "15": gettext_lazy("15 个工作日"),
    "30": gettext_lazy("30 个工作日"),
}
# Shape and colour of a state, as on every desk.
LOOKS = {
    SpotState.FOUND: "soon", SpotState.REGISTERED: "go", SpotState.TREATMENT: "go", SpotState.WATCH: "hold",
    SpotState.DELISTED: "done", SpotState.DISMISSED: "hold",
}  # fmt: skip


class SpotFilter(forms.Form):
    """Which spots; kept in the address."""

    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=STATES)
    ground = forms.ChoiceField(label=gettext_lazy("原因"), required=False, choices=GROUNDS)
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="spots_%s", **kwargs)  # type: ignore[arg-type, misc]
        self.fields["town"].choices = town_choices(_("全市"))  # type: ignore[attr-defined]

    def narrow(self, found: QuerySet[BlackSpot]) -> QuerySet[BlackSpot]:
        """The spots asked for, those where most is to be expected first."""
        self.is_valid()
        state, ground, town = (self.cleaned_data.get(name) for name in ("state", "ground", "town"))
        found = found.filter(state=state) if state else found.filter(state__in=ON_THE_REGISTER)
        found = found.filter(**{ground: True}) if ground else found
        return found.filter(placement__town__code=town) if town else found


@dataclass(frozen=True)
class SpotLine:
    """One line of the list."""

    spot: BlackSpot
    watch: Watch | None

    @property
    def look(self) -> str:
        if self.watch and self.watch.verdict == Verdict.RELAPSED:
            return "late"
        return LOOKS[SpotState(self.spot.state)]

    @property
    def words(self) -> str:
        if self.watch and self.watch.verdict == Verdict.RELAPSED:
            return _("反弹")
        if self.spot.state == SpotState.TREATMENT and self.spot.duty and self.spot.duty.state == DutyState.ANSWERED:
            return _("已回复整治")
        return _(SPOT_STATES_ZH[SpotState(self.spot.state)])

    @property
    def last(self) -> int:
        return self.spot.periods[-1] if self.spot.periods else 0


def lines_of(found: QuerySet[BlackSpot] | Sequence[BlackSpot], now: datetime) -> list[SpotLine]:
    """The lines of the list."""
    spots = list(found[:LISTED])
    watches = watches_of(spots, now)
    return [SpotLine(spot, watches.get(spot.pk)) for spot in spots]


def drawn_map(lines: Sequence[SpotLine], current: SpotLine | None, query: str) -> SafeString:
    """The spots listed, the selected one with a pin of its own."""
    pins = [
        _pin(line, current, query)
        for line in sorted(lines, key=lambda line: line is not current)
        if line.spot.placement.point
    ]
    width, height = MAP_SIZE
    return svg_map(bbox=around(pins, A_STREET_IN_DEGREES), pins=pins, width=width, height=height, title=_("黑点的位置"))


def _pin(line: SpotLine, current: SpotLine | None, query: str) -> Pin:
    longitude, latitude = line.spot.placement.point or (0.0, 0.0)
    here = current is not None and line.spot.pk == current.spot.pk
    label = f"{line.spot.problem_type.name} {line.spot.placement}"
    return Pin(longitude, latitude, "here" if here else line.look, label, f"?{query}spot={line.spot.number}")


# --- the one selected ------------------------------------------------------------------------------------------------


def detail_of(
    line: SpotLine, user: Account, now: datetime, acting: ThingAct[BlackSpot] | None = None, form: Any = None
) -> dict[str, Any]:
    """Everything the page tells of one spot. acting, form: an act that came back with something to mend."""
    spot = line.spot
    cases = cases_visible_to(user).filter(pk__in=cases_of_square(spot).values("pk")).order_by("-opened_at")
    return {
        "line": line,
        "spot": spot,
        "why": why_a_spot(spot),
        "periods": list(spot.periods),
        "period_names": period_names(len(spot.periods)),
        "cases": list(cases[:SHOWN_CASES]),
        "all_cases": cases.count(),
        "story": _story(spot),
        "acts": _open_acts(line, user, acting, form),
        "waits": spot.state == SpotState.TREATMENT and spot.duty and spot.duty.state != DutyState.ANSWERED,
    }


def period_names(many: int) -> list[str]:
    """“12 个 30 天前” … “最近 30 天”, oldest first."""
    return [_("最近 30 天") if back == 1 else _("倒数第 %(n)d 个 30 天") % {"n": back} for back in range(many, 0, -1)]


def _story(spot: BlackSpot) -> list[Told]:
    return [
        Told(
            move.at,
            _("发现") if move.act == "find" else _(SPOT_STEPS[move.act].zh),
            " ".join(
                filter(None, [move.by.display_name if move.by else _("系统"), move.unit.name if move.unit else ""])
            ),
            move.reason,
        )
        for move in moves_of_spot(spot)
    ]


# --- acts ------------------------------------------------------------------------------------------------------------


class DismissalForm(ThingForm):
    """不列入."""

    reason = forms.CharField(
        label=gettext_lazy("为什么不列入"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class TreatmentForm(ThingForm):
    """交办整治: who, how, by when."""

    unit = HandlingUnitField(label=gettext_lazy("交给"), empty_label=gettext_lazy("请选单位"))
    measure = forms.CharField(label=gettext_lazy("怎么治"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    days = forms.ChoiceField(label=gettext_lazy("多久治好"), choices=list(DAYS.items()), initial="15")

    @property
    def limit(self) -> Limit:
        return Limit(int(self.cleaned_data["days"]), LimitUnit.WORK_DAYS)


SPOTS: Things[BlackSpot] = Things("spot", "number", spots_visible_to, spots.PERMISSION, (
    ThingAct(
        "registration", "register", gettext_lazy("登记为黑点"), ThingForm,
        lambda spot, form, by, now: spots.register_spot(spot, by=by, now=now), gettext_lazy("已登记"),
    ),
    ThingAct(
        "treatment", "treat", gettext_lazy("交办整治"), TreatmentForm,
        lambda spot, form, by, now: spots.treat_spot(
            spot, to=form.cleaned_data["unit"], limit=form.limit, measure=form.cleaned_data["measure"], by=by, now=now
        ), gettext_lazy("已交办整治"),
    ),
    ThingAct(
        "watch", "watch", gettext_lazy("认可整治，转入观察"), ThingForm,
        lambda spot, form, by, now: spots.watch_spot(spot, by=by, now=now), gettext_lazy("已转入观察"),
    ),
    ThingAct(
        "delisting", "delist", gettext_lazy("销号"), ThingForm,
        lambda spot, form, by, now: spots.delist_spot(spot, by=by, now=now), gettext_lazy("已销号"),
    ),
    ThingAct(
        "dismissal", "dismiss", gettext_lazy("不列入"), DismissalForm,
        lambda spot, form, by, now: spots.dismiss_spot(spot, reason=form.cleaned_data["reason"], by=by, now=now),
        gettext_lazy("已记为不列入"),
    ),
))  # fmt: skip


def _open_acts(
    line: SpotLine, user: Account, acting: ThingAct[BlackSpot] | None, form: Any
) -> list[OpenThingAct[BlackSpot]]:
    """What this person may do with the spot as it stands; one carries it on."""
    steps = {step.act for step in acts_on_spot(SpotState(line.spot.state))}
    verdict = line.watch.verdict if line.watch else None
    if verdict != Verdict.QUIET:
        steps.discard("delist")
    leading = _LEADS_BY_VERDICT[verdict] if verdict else next((act.step for act in SPOTS.acts if act.step in steps), "")
    return SPOTS.open_acts(line.spot, user, steps, {leading}, acting, form)


# While a watch goes on nothing has to be done: treating again stays possible, behind its name.
_LEADS_BY_VERDICT = {Verdict.QUIET: "delist", Verdict.RELAPSED: "treat", Verdict.TOO_EARLY: "", Verdict.LINGERS: ""}
