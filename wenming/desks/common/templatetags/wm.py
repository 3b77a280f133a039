"""The components that every page is built from. README.md of this desk shows one line of use for each.

The library is a template builtin: no `{% load %}` is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput, FileInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Account
from wenming.organisations.rules.permissions import Role
from wenming.responsibilities.rules.clock import Limit

from .. import drawing, marks, wording
from ..navigation import url_of
from ..toasts import UNDO

register = template.Library()

STATUS_WORDS = {
    "late": gettext_lazy("逾期"),
    "soon": gettext_lazy("临期"),
    "go": gettext_lazy("办理中"),
    "done": gettext_lazy("已办结"),
    "hold": gettext_lazy("已暂停"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite; always beside a word, so it is hidden from screen readers."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def look_url(context: template.Context, **choice: str) -> str:
    """The address that changes the look (theme, mode, size, language) and comes back to this page."""
    request = context.get("request")
    here = request.get_full_path() if request else "/"
    return f"{url_of('look')}?{urlencode(choice | {'next': here})}"


@register.simple_tag
def demo_accounts() -> list[Account]:
    """One account per role for one-click log-in; none outside a demo city."""
    if not settings.DEMO:
        return []
    first: dict[str, Account] = {}
    for account in Account.objects.filter(is_active=True).exclude(role=Role.API).select_related("unit").order_by("pk"):
        first.setdefault(account.role, account)
    return [first[role] for role in Role if role in first]


@register.inclusion_tag("wm/button.html")
def button(
    words: str, kind: str = "", key: str = "", icon: str = "", href: str = "", **attributes: Any
) -> dict[str, Any]:
    """按钮. kind: any of primary, danger, text, small, block, huge, joined by spaces; key: its keyboard letter.

    Further arguments become attributes, `_` read as `-`: name, value, type, disabled, data_…, aria_…, hx_….
    """
    return {
        "words": words,
        "classes": " ".join(["button", *(f"button-{one}" for one in kind.split())]),
        "key": key,
        "icon_name": icon,
        "href": href,
        "attributes": _attributes({"type": "submit"} | attributes if not href else attributes),
    }


@register.simple_tag
def status(state: str, words: str = "") -> SafeString:
    """状态签: shape, word and colour. state: late, soon, go, done or hold; words default to the state's own."""
    state = state if state in STATUS_WORDS else "go"
    return marks.status(state, words or str(STATUS_WORDS[state]))


@register.simple_tag(takes_context=True)
def clock(
    context: template.Context, duty: Any, now: datetime | None = None, left: timedelta | None = None, words: str = ""
) -> SafeString:
    """时限钟 of anything with due_at (and warn_at, state, paused, done_at): “剩 3 时 40 分（18:06 前）”.

    now: defaults to the page's `now`, else to this moment. left: remaining working time, when known; a line that
    knows its own (`duty.left`) is asked, so that a list and the page behind it say the same.
    words: replaces the first part, keeping shape and colour.
    """
    moment = now or context.get("now") or timezone.now()
    left = left if left is not None else getattr(duty, "left", None)
    return marks.clock(wording.clock_face(duty, moment, left), words, getattr(duty, "due_at", None))


@register.filter
def moment(value: datetime | None, now: datetime | None = None) -> str:
    """“14:06” today, “11 月 22 日 14:06” this year."""
    return wording.moment_words(value, now or timezone.now()) if value else ""


@register.filter
def lasting(value: timedelta | None) -> str:
    """A duration in words: “6 时 05 分”."""
    return wording.duration(value) if value is not None else ""


@register.filter
def limit_words(limit: Limit) -> str:
    """“4 个工作时” for a limit."""
    return wording.limit_words(limit)


@register.filter
def weekdays(days: Sequence[int]) -> str:
    """“周一至周五”, “周六、周日” for days of the week as ISO counts them."""
    return wording.weekday_words(days)


@register.inclusion_tag("wm/field.html")
def field(bound: BoundField, hint: str = "", reason: str = "") -> dict[str, Any]:
    """表单域: label, 可不填 mark, hint (help_text), refusal, control. reason: why it is asked, for required fields."""
    widget = bound.field.widget
    return {
        "field": bound,
        "hint": hint or bound.help_text,
        "reason": reason,
        "check": isinstance(widget, CheckboxInput),
        "group": bool(getattr(widget, "use_fieldset", False)),
        "file": isinstance(widget, FileInput),
    }


@register.inclusion_tag("wm/chips.html")
def chips(bound: BoundField, inline: bool = False) -> dict[str, Any]:
    """选项片 of a choice field whose widget is RadioSelect or CheckboxSelectMultiple."""
    return {"field": bound, "inline": inline, "choices": [one for one in bound if one.data.get("value") != ""]}


@register.inclusion_tag("wm/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """错误汇总 on top of a form: what to mend, each linked to its field. Empty when the form is sound."""
    lines = [(bound.id_for_label or bound.auto_id, bound.label, error) for bound in form for error in bound.errors]
    return {"form": form, "lines": lines, "count": len(lines) + len(form.non_field_errors())}


@register.inclusion_tag("wm/photo_picker.html", takes_context=True)
def photo_picker(
    context: template.Context,
    name: str = "photos",
    label: str = "",
    hint: str = "",
    most: int = 4,
    upload_url: str = "",
    required: bool = False,
    bound: BoundField | None = None,
    ghost: str = "",
) -> dict[str, Any]:
    """照片上传格: camera and album as two inputs, both posting files under `name`.

    With the script, photos shrink to 1600 px and 350 KB before they leave; with `upload_url` they are sent (as `photo`)
    while the form is still being read, and the ids answered, {"id": …}, go with the form as hidden `<name>_ids`.
    With `ghost`, the address of an earlier photo, that one lies over the camera, for the same viewpoint.
    """
    return {
        "name": name,
        "label": label or _("照片"),
        "hint": hint,
        "most": most,
        "upload_url": upload_url,
        "ghost": ghost,
        "required": required,
        "errors": bound.errors if bound else [],
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("wm/place_picker.html")
def place_picker(
    longitude: Any = "",
    latitude: Any = "",
    address: str = "",
    accuracy_m: Any = "",
    map_svg: str = "",
    bounds: Sequence[float] | None = None,
    errors: Iterable[str] = (),
    prefix: str = "",
    map_url: str = "",
    auto: bool = False,
    form: BaseForm | None = None,
    words: str = "address",
) -> dict[str, Any]:
    """位置选择: inputs longitude, latitude, accuracy_m, address (`prefix` before each), a drawn map and a movable pin.

    bounds: (west, south, east, north) in degrees of what `map_svg` shows, when the <svg> does not say so itself in
    `data-bounds`; without either the pin cannot be placed by sight and the address does the work.
    map_url: GET with ?longitude=&latitude= answers a fresh <svg data-bounds="…" data-address="…">. auto: ask the phone
    for its position at once. Values may be bound fields or plain values.
    form: of a desk that registers, with fields longitude, latitude and datum: the numbers stand there to be typed, what
    its field `words` says is looked up, the map comes closer; `map_url` then also answers ?address=, &zoom= and &datum=.
    """
    written = form[words] if form is not None else None
    if form is not None and written is not None:
        longitude, latitude, address, errors = form["longitude"], form["latitude"], written, written.errors  # type: ignore[assignment]
    value = {"longitude": longitude, "latitude": latitude, "address": address, "accuracy_m": accuracy_m}
    return {
        "value": {name: _plain(one) for name, one in value.items()},
        "map_svg": map_svg,
        "bounds": ",".join(f"{edge:.6f}" for edge in bounds) if bounds else "",
        "errors": list(errors),
        "prefix": prefix,
        "map_url": map_url,
        "auto": auto,
        "form": form,
        "written": written,
    }


@register.inclusion_tag("wm/map.html")
def interactive_map(
    points: str = "",
    shapes: str = "",
    tiles: str = "",
    credit: str = "",
    drawn: str = "",
    label: str = "",
    eager: bool = False,
) -> dict[str, Any]:
    """交互地图: a drawn map first, OpenLayers when asked for (at once with eager).

    points, shapes: addresses of GeoJSON in degrees; points carry `state`, `url`, areas `name`. tiles: an {z}/{x}/{y}
    address the city may use, with its credit line (审图号).
    """
    return {
        "points": points, "shapes": shapes, "tiles": tiles, "credit": credit, "drawn": drawn,
        "label": label or _("地图"), "eager": eager,
    }  # fmt: skip


@register.inclusion_tag("wm/unit_picker.html")
def unit_picker(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """单位/区划选择: a select that can be searched by part of the name or the initials in `data-initials`."""
    return {"field": bound, "hint": hint or bound.help_text}


@register.inclusion_tag("wm/queue.html", takes_context=True)
def queue(
    context: template.Context,
    groups: Iterable[Any],
    columns: Sequence[str],
    row: str,
    caption: str = "",
    bulk: str = "",
    actions: Iterable[Any] = (),
    total: int | None = None,
) -> dict[str, Any]:
    """队列 (archetype A): one table, groups as <tbody>.

    groups: (title, rows) pairs; empty groups are left out. columns: head words. row: template of one row's <td>s,
    with `row` in its context; give each <td> data-label for phones (`columns.1` is the second head word). bulk: name of
    the checkbox (rows need .pk) shows the bulk bar with `actions`, (value, label, key) triples posted as `act`; wrap the tag in a <form>.
    """
    shown = [(title, list(rows)) for title, rows in groups]
    around: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
    count = sum(len(rows) for _title, rows in shown)
    return {
        **around,
        "groups": [(title, rows) for title, rows in shown if rows],
        "columns": [str(column) for column in columns],
        "row_template": row,
        "caption": caption,
        "bulk": bulk,
        "actions": actions,
        "count": count,
        "total": count if total is None else total,
        "width": len(columns) + bool(bulk),
    }


@register.inclusion_tag("wm/filter_bar.html", takes_context=True)
def filter_bar(context: template.Context, form: BaseForm, clear_url: str = "") -> dict[str, Any]:
    """筛选条与已选标签: a GET form; filter and search combine; each applied filter is a tag that one press removes.

    A form field called `q` is the search box.
    """
    request = context.get("request")
    return {"form": form, "clear_url": clear_url or getattr(request, "path", ""), "applied": _applied(form, request)}


@register.inclusion_tag("wm/detail_head.html", takes_context=True)
def detail_head(
    context: template.Context,
    title: str,
    place: str = "",
    number: str = "",
    state: str = "",
    state_words: str = "",
    duty: Any = None,
    back: str = "",
    back_words: str = "",
) -> dict[str, Any]:
    """详情头: what, where, number, state, clock, and the way back."""
    return {
        "title": title, "place": place, "number": number, "state": state, "state_words": state_words,
        "duty": duty, "now": context.get("now"), "back": back, "back_words": back_words,
    }  # fmt: skip


@register.inclusion_tag("wm/timeline.html", takes_context=True)
def timeline(context: template.Context, entries: Iterable[Any], newest_first: bool = False) -> dict[str, Any]:
    """时间线. Entries have at, what, and may have who, note, photos ((url, alt) pairs). The newest is marked."""
    lines = list(entries)
    return {"entries": lines, "newest_first": newest_first, "now": context.get("now"), "last": len(lines)}


@register.inclusion_tag("wm/before_after.html")
def before_after(before: Any = None, after: Any = None, small: bool = False) -> dict[str, Any]:
    """前后对比图. Each side has url, alt and may have at, large_url; None draws a waiting frame. small: for lists."""
    return {"before": before, "after": after, "small": small}


@register.simple_tag
def photo(url: str, alt: str, large_url: str = "", large: bool = False) -> SafeString:
    """One photo that opens large by click, Enter or Space; without script it opens as a picture."""
    return marks.photo(url, alt, large_url or url, large=large)


@register.inclusion_tag("wm/steps.html")
def steps(current: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """导入四步 (上传、预览、确认、结果): current counts from 1."""
    return {"current": current, "names": names or (_("上传"), _("预览"), _("确认"), _("结果"))}


@register.inclusion_tag("wm/target_bar.html")
def target_bar(value: float, target: float | None = None, full: float = 100, unit: str = "") -> dict[str, Any]:
    """靶条图: one bar with its target line; the number itself stands beside it in the table."""
    return {"bar": drawing.target_bar(value, target, full), "value": value, "target": target, "unit": unit}


@register.inclusion_tag("wm/target_bars.html")
def target_bars(rows: Iterable[Mapping[str, Any]], caption: str, full: float = 100, unit: str = "") -> dict[str, Any]:
    """A table of 靶条图: rows with label, value, target and, so that the figure can be traced, url."""
    return {"rows": rows, "caption": caption, "full": full, "unit": unit}


@register.inclusion_tag("wm/sparkline.html")
def sparkline(values: Sequence[float | None], label: str, names: Sequence[str] = (), unit: str = "") -> dict[str, Any]:
    """小折线: the last values, newest marked, with the figures behind 看表格 when `names` of the points are given."""
    points, newest = drawing.sparkline(values)
    return {
        "points": points,
        "newest": newest,
        "label": label,
        "latest": next((one for one in reversed(values) if one is not None), None),
        "table": list(zip(names, values, strict=False)),
        "unit": unit,
    }


@register.inclusion_tag("wm/empty.html")
def empty(kind: str, title: str = "", words: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """空态. kind: none (还没有, says how to start), nothing-found (没找到, url clears filters), all-done (办完了)."""
    defaults = {
        "none": (_("还没有"), "", ""),
        "nothing-found": (_("没找到"), _("没有符合这些筛选条件的内容。"), _("清除筛选")),
        "all-done": (_("办完了"), _("现在没有要办的事。"), ""),
    }
    own_title, own_words, own_action = defaults.get(kind, defaults["none"])
    return {"title": title or own_title, "words": words or own_words, "url": url, "action": action or own_action}


@register.inclusion_tag("wm/pages.html", takes_context=True)
def pages(context: template.Context, page: Page) -> dict[str, Any]:
    """分页: “第 2 页，共 7 页，327 条”; keeps the other parts of the address."""
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("wm/keys_dialog.html")
def keys_dialog(keys: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The list behind the `?` key: (key, what it does) pairs, the general ones added."""
    general = (("J / K", _("下一条 / 上一条")), ("Enter", _("打开")), (_("空格"), _("放大照片")), ("X", _("选中")))
    return {"keys": [*keys, *general, ("Z", _("撤销")), ("F", _("筛选")), ("/", _("搜索")), ("?", _("快捷键"))]}


@register.filter
def undo_url(message: Any) -> str:
    """The address that takes the act of this message back, or ""."""
    tags = getattr(message, "extra_tags", "") or ""
    return tags[len(UNDO) :] if tags.startswith(UNDO) else ""


def _attributes(pairs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name.replace("_", "-"), value) for name, value in pairs.items() if value not in (None, False, "")]


def _plain(value: Any) -> Any:
    plain = value.value() if isinstance(value, BoundField) else value
    return "" if plain is None else plain


def _applied(form: BaseForm, request: Any) -> list[tuple[str, str]]:
    """(words, address without it) of every filter asked for; what a form fills in by itself is not a choice to undo."""
    if request is None:
        return []
    found, colon = [], _("：")
    for bound in form:
        value = form.data.get(bound.html_name, "") if form.is_bound and bound.html_name in request.GET else ""
        if value:
            rest = request.GET.copy()
            rest.pop(bound.html_name, None)
            rest.pop("page", None)
            names = {str(key): str(words) for key, words in getattr(bound.field, "choices", [])}
            found.append((f"{bound.label}{colon}{names.get(value, value)}", f"?{rest.urlencode()}"))
    return found
