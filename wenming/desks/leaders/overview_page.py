"""The one page (一页): a sentence, the exceptions with why and who, four figures of the city, the last orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.accountability.figures import WEEK
from wenming.accountability.rules.exceptions import Figures
from wenming.accountability.rules.shares import Share
from wenming.accountability.selectors import Overview, UnitLine, by_level, last_orders, mainly_in, overview
from wenming.accountability.wording import change_words, percent_words
from wenming.organisations.models import Account, Unit, UnitKind

from .forms import OrderForm
from .order_lines import order_lines

# A week's change below this is not worth naming a culprit for.
FALL_POINTS = 1.0
# (label, how to read it off the figures, which list stands behind it)
SHARES = (
    (gettext_lazy("按时办结率"), "on_time_share", "due"),
    (gettext_lazy("返工率（4 周）"), "rework_share", "reworked"),
    (gettext_lazy("市民不满意率（4 周）"), "unhappy_share", "unhappy"),
)


@dataclass(frozen=True)
class CityFigure:
    """One figure of the city: now, a week ago, the last weeks, and the list behind it."""

    label: str | Promise
    value: str
    counted: str
    before: str
    weeks: Sequence[float | None]
    unit: str
    url: str


def page_of(user: Account, now: datetime, *, order_to: str = "", form: OrderForm | None = None) -> dict[str, Any]:
    """Everything the page shows. order_to: code of the unit whose 批示 is being written."""
    seen = overview(now)
    return {
        "now": now, "since": timezone.localdate(now - WEEK), "today": timezone.localdate(now), "seen": seen,
        "groups": groups(seen.exceptions), "sentence": units_sentence(seen), "punctual": punctual(seen),
        "city": city_figures(seen.city), "orders": order_lines(last_orders(user), now), "order_to": order_to,
        "form": form or order_form(seen, order_to), "may_order": user.may("leaders.order"),
        "well": [line for line in seen.lines.values() if not line.reasons],
    }  # fmt: skip


def groups(lines: Iterable[UnitLine]) -> list[tuple[str, str, list[UnitLine]]]:
    """(level, words, lines): 需要过问, then 需要留意."""
    words = {"late": _("需要过问"), "soon": _("需要留意")}
    return [(level, words[level], found) for level, found in by_level(lines).items() if found]


def units_sentence(seen: Overview) -> str:
    """“24 个镇街中 2 个需要过问，2 个需要留意；18 个部门都正常。”"""
    parts = (_kind_words(seen.towns, _("镇街")), _kind_words(seen.departments, _("部门")))
    return _("；").join(part for part in parts if part) + _("。")


def punctual(seen: Overview) -> dict[str, Any]:
    """The sentence on punctuality in parts that link: share, of how many, against last week, mainly where."""
    new, old = (figures.on_time_share for figures in seen.city[:2])
    fell = new.percent is not None and old.percent is not None and old.percent - new.percent >= FALL_POINTS
    where = mainly_in(seen.now) if fell else None
    return {
        "share": percent_words(new), "n": new.whole, "change": change_words(new, old), "url": cases_url("due"),
        "where": f"{where[0].short_name}{where[1]}" if where else "",
        "where_url": cases_url("missed", where[0], where[1]) if where else "",
    }  # fmt: skip


def city_figures(weeks: Sequence[Figures]) -> list[CityFigure]:
    """The shares, and what is late now."""
    late = [float(week.open_late) for week in reversed(weeks)]
    return [
        CityFigure(
            _("在办逾期"), str(weeks[0].open_late), _("其中 %(n)d 件超 3 日") % {"n": weeks[0].long_late},
            str(weeks[1].open_late), late, "", cases_url("open_late"),
        ),
        *(_share_line(label, [getattr(week, name) for week in weeks], cases_url(behind)) for label, name, behind in SHARES),
    ]  # fmt: skip


def order_form(seen: Overview, code: str) -> OrderForm | None:
    """An empty order to one unit, about its exception as it stands."""
    line = seen.lines.get(code)
    if line is None:
        return None
    return OrderForm(initial={"to": code, "about": f"{line.unit.short_name}：{line.sentence}" if line.reasons else ""})


def cases_url(figure: str, unit: Unit | None = None, kind: str = "") -> str:
    """The address of the cases behind a figure (law 6)."""
    asked = {"figure": figure, "unit": unit.code if unit else "", "kind": kind}
    return f"{reverse('leaders:cases')}?{urlencode({name: value for name, value in asked.items() if value})}"


def unit_url(unit: Unit) -> str:
    name = "town" if unit.kind == UnitKind.TOWN else "department"
    return reverse(f"leaders:{name}", kwargs={"code": unit.code})


def _kind_words(lines: Sequence[UnitLine], kind: str) -> str:
    if not lines:
        return ""
    counts = {level: len(found) for level, found in by_level(lines).items()}
    named = [_("%(n)d 个需要过问") % {"n": counts["late"]}] if counts["late"] else []
    named += [_("%(n)d 个需要留意") % {"n": counts["soon"]}] if counts["soon"] else []
    all_of = {"n": len(lines), "kind": kind}
    if not named:
        return _("%(n)d 个%(kind)s都正常") % all_of
    return _("%(n)d 个%(kind)s中 ") % all_of + _("，").join(named) + _("，其余正常")


def _share_line(label: str | Promise, weeks: Sequence[Share], url: str) -> CityFigure:
    return CityFigure(
        label, percent_words(weeks[0]), f"n={weeks[0].whole}", percent_words(weeks[1]),
        [share.percent for share in reversed(weeks)], "%", url,
    )  # fmt: skip
