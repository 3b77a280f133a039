"""Invented contents for /design. No person, place or case here exists."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString

KINDS = [("rubbish", "垃圾脏乱"), ("stall", "占道经营"), ("parking", "乱停乱放"), ("broken", "设施损坏")]
MEASURES = [("clean", "清运"), ("repair", "修复"), ("talk", "劝导")]
UNITS = [("", "请选择")] + [(f"S{n:02}", f"第{word}街道办事处") for n, word in enumerate("一二三四五六七八九十", 1)]
ENVIRONMENTS = [("廉洁高效政务", 92), ("公平正义法治", 91), ("诚信守法市场", 84), ("舒适便利生活", 87)]
COLOURS = [
    *("paper", "surface", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3", "brand", "brand-tint", "seal"),
    *("late", "soon", "go", "done", "hold", "chart-1", "chart-2", "chart-3", "chart-4", "chart-5"),
]
ICONS = ["camera", "photo", "map-pin", "current-location", "search", "filter", "send", "check", "clock", "printer"]


class SampleForm(forms.Form):
    """One field of each kind."""

    kind = forms.ChoiceField(
        label="是什么问题",
        choices=[*KINDS, ("unsure", "说不清")],
        widget=forms.RadioSelect,
        required=False,
        help_text="不选也行，由受理人员判断",
    )
    measures = forms.MultipleChoiceField(label="做了什么", choices=MEASURES, widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(label="想补充什么", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    phone = forms.RegexField(
        r"^\d{11}$",
        label="手机号",
        help_text="填了会短信告诉您结果，不公开",
        error_messages={"invalid": "手机号要 11 位数字，现在是 10 位"},
    )
    unit = forms.ChoiceField(label="派给", choices=UNITS)
    public = forms.BooleanField(label="可以公开这张照片", required=False)


class SampleFilter(forms.Form):
    """The shape of a filter form: GET, nothing required, `q` the search."""

    q = forms.CharField(label="搜索", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label="类别", choices=[("", "全部"), *KINDS], required=False)


def samples() -> dict[str, Any]:
    """What /design shows."""
    now = timezone.now()
    return {
        "now": now,
        "duties": _duties(now),
        "groups": _groups(now),
        "columns": ["事项", "要求", "剩余", "来源", "操作"],
        "actions": [("dispatch", "派遣", "D"), ("refuse", "不受理", "R")],
        "entries": _entries(now),
        "before": _photo("before", "处置前：垃圾桶满溢"),
        "after": _photo("after", "处置后：已清空"),
        "form": SampleForm(initial={"kind": "rubbish"}),
        "refused": SampleForm({"phone": "1380000000", "unit": "S02", "measures": ["clean"]}, auto_id="refused_%s"),
        "filter_form": SampleFilter({"q": "", "kind": "stall"}, auto_id="filter_%s"),
        "environments": [
            {"label": name, "value": score, "target": 90, "url": "#charts"} for name, score in ENVIRONMENTS
        ],
        "rates": [96.1, 95.4, 94.2, None, 94.5, 93.4],
        "weeks": [f"第 {week} 周" for week in range(42, 48)],
        "page": Paginator(range(327), 50).page(2),
        "keys": [("D", "派遣"), ("A", "改派"), ("C", "改类"), ("M", "并案"), ("R", "不受理")],
        "town": _town(),
        "colours": COLOURS,
        "icons": ICONS,
    }


def _duties(now: datetime) -> list[SimpleNamespace]:
    def duty(due: timedelta, warn: timedelta) -> SimpleNamespace:
        return SimpleNamespace(due_at=now + due, warn_at=now + warn, state="open")

    hour = timedelta(hours=1)
    ended = SimpleNamespace(due_at=now, warn_at=now, state="discharged")
    stopped = SimpleNamespace(due_at=now + hour, warn_at=now, state="suspended")
    running = [(-2.25, -3), (0.45, -1), (3.7, 1), (30, 1), (144, 1)]
    return [*(duty(due * hour, warn * hour) for due, warn in running), ended, stopped]


def _groups(now: datetime) -> list[tuple[str, list[SimpleNamespace]]]:
    late, soon, go, _next_day, later, *_ended = _duties(now)

    def row(pk: int, what: str, where: str, duty: SimpleNamespace, source: str) -> SimpleNamespace:
        return SimpleNamespace(pk=pk, what=what, number=f"26-1122-{pk:04}", where=where, duty=duty, source=source)

    today = [row(352, "暴露垃圾", "样板道 16 号", soon, "巡查"), row(375, "垃圾满溢", "民主路 33 号", go, "市民随手拍")]
    return [
        ("已逾期", [row(318, "占道经营", "示例路步行街", late, "市民随手拍")]),
        ("今天到期", today),
        ("以后到期", [row(377, "乱贴广告", "城南一路", later, "热线")]),
    ]


def _entries(now: datetime) -> list[SimpleNamespace]:
    def entry(hours: float, what: str, who: str, note: str = "", photos: Any = ()) -> SimpleNamespace:
        return SimpleNamespace(at=now - timedelta(hours=hours), what=what, who=who, note=note, photos=photos)

    shot = _photo("before", "现场照片：垃圾桶满溢")
    return [
        entry(30, "收到上报", "市民随手拍", "桶满了两天没人收，路过很臭。", [(shot["url"], shot["alt"])]),
        entry(29, "立案", "受理员"),
        entry(28.5, "派遣", "指挥中心", "依据：权责清单第 12 条；近 30 日同类 96% 由其办结。"),
        entry(2, "回复：已清运", "第二街道环卫站"),
    ]


def _photo(name: str, alt: str) -> dict[str, Any]:
    return {"url": static(f"img/sample-{name}.svg"), "alt": alt, "at": timezone.now() - timedelta(hours=3)}


def _town() -> SafeString:
    return render_to_string("wm/_sample_town.svg")
