"""值班组 that ends, pauses or begins again, people who leave it, people whom only paper reaches, a published shift in other hands.

What a change opens is shown first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import offer_undo, say
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.models import RosterEdition, RosterGroup, RosterMember
from wenming.responsibilities.rosters import changes, lives, services
from wenming.responsibilities.rosters.what_if import Standing, WouldOpen

from ..roster_opening_page import LastDayForm, OfficeLeaveForm, PaperForm, PauseForm, shown
from ..roster_page import ChangeForm, evenness_of, shifts_ever
from ..roster_settings_page import settings_of

office_desk = desk("office")
# The rhythm of every roster shows within four weeks.
LOOKED_AT = timedelta(days=28)


@dataclass(frozen=True)
class Words:
    """How a change is told on its page."""

    title: str
    what: str
    act: str


def _changing(
    request: HttpRequest, group: RosterGroup, form: Form, words: Words, would: Callable[[dict[str, Any]], dict[str, Any]],
    do: Callable[[dict[str, Any]], None], back: str = "",
) -> HttpResponse:  # fmt: skip
    """The one page of such changes: asked by GET it shows what would open (`would`), by POST it does it and goes `back`."""
    back = back or reverse("office:roster_settings", args=[group.code])
    shown_with: dict[str, Any] = {"group": group, "form": form, "words": words, "back": back}
    status = 200
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                do(form.cleaned_data)
                return redirect(back)
            shown_with |= would(form.cleaned_data)
        except Refusal as refusal:
            shown_with["refused"], status = str(refusal), refusal.status
    elif form.is_bound:
        status = 422
    return render(request, "office/roster_change.html", shown_with, status=status)


def _opens(found: WouldOpen) -> dict[str, Any]:
    return {"opening": shown(found)}


def _given(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else request.GET or None


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def ending(request: HttpRequest, group: str) -> HttpResponse:
    """结束一组: its last day, and what that leaves without anybody."""
    found, today = _group(group), localdate()
    words = Words(
        _("结束%(group)s") % {"group": found},
        _("这一天以后不再排班，已发布的班也不再算数。记录都留着，可以撤销。"),
        _("结束这一组"),
    )

    def would(given: dict[str, Any]) -> dict[str, Any]:
        return _opens(Standing(given["last"] + timedelta(days=1), given["last"] + LOOKED_AT).with_end(found, given["last"]))

    def do(given: dict[str, Any]) -> None:
        lives.end_group(found, given["last"], by=whoever(request), now=timezone.now())
        offer_undo(
            request,
            _("%(group)s 到 %(day)s 结束") % {"group": found, "day": given["last"].isoformat()},
            reverse("office:roster_reopening", args=[group]),
        )

    return _changing(
        request, found, LastDayForm(_given(request), initial={"last": today}, today=today), words, would, do
    )


@require_POST
@office_desk("rosters.manage")
def reopening(request: HttpRequest, group: str) -> HttpResponse:
    """撤销结束."""
    try:
        lives.reopen_group(_group(group), by=whoever(request), now=timezone.now())
        say(request, _("这一组继续值班，已发布的班照旧"))
    except Refusal as refusal:
        say(request, str(refusal))
    return redirect("office:roster_settings", group=group)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def pausing(request: HttpRequest, group: str) -> HttpResponse:
    """暂停一组 for some days."""
    found, today = _group(group), localdate()
    words = Words(
        _("暂停%(group)s") % {"group": found},
        _("这几天没有人值班，列在没有人的时段里。已发布的班不会丢，恢复就照旧。"),
        _("暂停这一组"),
    )

    def would(given: dict[str, Any]) -> dict[str, Any]:
        pause = lives.pause_to_be(found, given["first"], given["last"], given["reason"])
        return _opens(Standing(given["first"], given["last"]).with_edition(pause))

    def do(given: dict[str, Any]) -> None:
        made = lives.pause_group(
            found, given["first"], given["last"], reason=given["reason"], by=whoever(request), now=timezone.now()
        )
        offer_undo(
            request,
            _("%(group)s 已暂停") % {"group": found},
            reverse("office:roster_resumption", args=[group, made.number]),
        )

    initial = {"first": today + timedelta(days=1), "last": today + timedelta(days=1)}
    return _changing(request, found, PauseForm(_given(request), initial=initial, today=today), words, would, do)


@require_POST
@office_desk("rosters.manage")
def resumption(request: HttpRequest, group: str, pause: int) -> HttpResponse:
    """恢复: what held before the pause holds again from today."""
    paused = get_object_or_404(
        RosterEdition.objects.select_related("group", "terms"), group__code=group, number=pause, method="pause"
    )
    try:
        lives.resume_group(paused, on=localdate(), by=whoever(request), now=timezone.now())
        say(request, _("已恢复，原来的班照旧；暂停期间请了假的人除外"))
    except Refusal as refusal:
        say(request, str(refusal))
    return redirect("office:roster_settings", group=group)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def departure(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """出组: somebody's last day in the group, and what their shifts leave open."""
    member = get_object_or_404(
        RosterMember.objects.select_related("group__unit", "account"), pk=pk, group__code=group, valid_to=None
    )
    today = localdate()
    words = Words(
        _("%(person)s 出组") % {"person": member.account},
        _("这一天以后的班会空出来，列在没有人的时段里，请接着补人。"),
        _("出组"),
    )

    def would(given: dict[str, Any]) -> dict[str, Any]:
        return _opens(Standing(given["last"], given["last"] + LOOKED_AT).with_departure(member, given["last"]))

    def do(given: dict[str, Any]) -> None:
        services.leave_group(member, on=given["last"], by=whoever(request), now=timezone.now())
        say(
            request,
            _("%(day)s 是 %(person)s 在这一组的最后一天；之后的班要补人")
            % {"day": given["last"].isoformat(), "person": member.account},
        )

    initial = max(today, member.valid_from)
    return _changing(
        request, member.group, LastDayForm(_given(request), initial={"last": initial}, today=today), words, would, do
    )


@require_POST
@office_desk("rosters.manage")
def paper(request: HttpRequest, group: str) -> HttpResponse:
    """Somebody without an account joins."""
    found, form = _group(group), PaperForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            lives.join_on_paper(
                found, given["name"], on=given["on"], skills=tuple(given["skills"].split()), no_nights=given["no_nights"], by=whoever(request),
                now=timezone.now(),
            )  # fmt: skip
            say(request, _("已加进来。排班照算；班表打印后当面告诉本人"))
            return redirect("office:roster_settings", group=group)
        except BadInput as refusal:
            form.add_error("name", str(refusal))
    return render(request, "office/roster_settings.html", settings_of(found, paper=form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def office_leave(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """登记请假 for somebody without an account: entered and approved by the office in one act."""
    member = get_object_or_404(
        RosterMember.objects.select_related("group__unit", "account"), pk=pk, group__code=group, valid_to=None
    )
    words = Words(
        _("登记 %(person)s 请假") % {"person": member.account},
        _("只填日子，不用写原因。登记后这几天的班会空出来，请接着补人。"),
        _("登记请假"),
    )

    def would(given: dict[str, Any]) -> dict[str, Any]:
        return _opens(_leave_opens(member, given["starts_on"], given["ends_on"]))

    def do(given: dict[str, Any]) -> None:
        changes.enter_leave(member, given["starts_on"], given["ends_on"], by=whoever(request), now=timezone.now())
        say(request, _("已登记 %(person)s 请假") % {"person": member.account})

    return _changing(request, member.group, OfficeLeaveForm(_given(request)), words, would, do)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("rosters.manage")
def changing(request: HttpRequest, group: str) -> HttpResponse:
    """直接调整: a published shift in other hands at once, with the reason; what that opens and how even it leaves the roster is shown first."""
    found, today = _group(group), localdate()
    form = ChangeForm(_given(request), group=found, shifts=shifts_ever(found), initial={"day": today})
    words = Words(
        _("直接调整已发布的班"),
        _("先看这样改会空出什么、合不合规则、还均不均衡，再确定。原来的安排留在记录里，请告诉换下和换上的人。"),
        _("确定调整"),
    )
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    back = f"{reverse('office:roster')}?group={group}&first={chosen.get('day', today).isoformat()}"

    def would(given: dict[str, Any]) -> dict[str, Any]:
        change = changes.shift_change_to_be(found, given["day"], given["shift"], out=given["out"], into=given["into"])
        opening = Standing(given["day"] - timedelta(days=1), change.last).with_shift(change)
        return {**_opens(opening), "evenness": evenness_of(change)}

    def do(given: dict[str, Any]) -> None:
        changes.change_shift(
            found, given["day"], given["shift"], out=given["out"], into=given["into"], reason=given["reason"], by=whoever(request),
            now=timezone.now(),
        )  # fmt: skip
        say(request, _("已调整，原来的安排留在记录里"))

    return _changing(request, found, form, words, would, do, back)


def _leave_opens(member: RosterMember, first: date, last: date) -> WouldOpen:
    return Standing(first - timedelta(days=1), last + timedelta(days=1)).with_leave(
        member.group, member.account_id, first, last
    )


def _group(code: str) -> RosterGroup:
    return get_object_or_404(RosterGroup.objects.select_related("unit", "lead"), code=code)
