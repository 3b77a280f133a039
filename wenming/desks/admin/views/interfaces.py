"""对接系统: who is told of cases, how the messages fare, and the keys by which other systems come in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.exchange import services as exchange
from wenming.exchange.keys import end_key, issue_key
from wenming.exchange.models import Receiver
from wenming.exchange.profiles import broken_profiles, profiles
from wenming.exchange.rules.kinds import KIND_NAMES_ZH, PING
from wenming.exchange.selectors import deliveries_visible_to, keys_visible_to, receivers_visible_to
from wenming.refusals import Refusal

from ..interface_forms import KeyForm, ReceiverChangeForm, ReceiverForm

admin_desk = desk("admin")
MOST_SHOWN = 50


@require_safe
@admin_desk("interfaces.manage")
def interfaces(request: HttpRequest) -> HttpResponse:
    """Every receiver and how it fares."""
    return _page(request)


@require_POST
@admin_desk("interfaces.manage")
def receivers(request: HttpRequest) -> HttpResponse:
    """Register another system; its secret is shown this once."""
    form, status = ReceiverForm(request.POST), 422
    if form.is_valid():
        try:
            made, secret = exchange.register_receiver(**form.cleaned_data, by=whoever(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error("url" if isinstance(refusal, exchange.AddressNotTaken) else None, str(refusal))
            status = refusal.status
        else:
            return shown_once(request, _("签名密钥"), secret, made.name)
    return _page(request, status, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_desk("interfaces.manage")
def receiver(request: HttpRequest, pk: int) -> HttpResponse:
    """One receiver: its last messages, its address, and what it is told of."""
    found, status = _receiver(request, pk), 200
    form = ReceiverChangeForm(request.POST or None, initial={"url": found.url, "kinds": found.kinds})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                exchange.change_receiver(found, **form.cleaned_data, by=whoever(request), now=timezone.now())
            except Refusal as refusal:
                form.add_error("url", str(refusal))
            else:
                toasts.say(request, _("已保存%(name)s。") % {"name": found.name})
                return redirect("admin:receiver", pk=pk)
    deliveries = list(deliveries_visible_to(whoever(request)).filter(receiver=found)[:MOST_SHOWN])
    for one in deliveries:
        one.words = _("测试消息") if one.kind == PING else _(KIND_NAMES_ZH.get(one.kind, one.kind))  # type: ignore[attr-defined]
    kinds = [_(KIND_NAMES_ZH[kind]) for kind in KIND_NAMES_ZH if kind in found.kinds]
    context = {"receiver": found, "form": form, "deliveries": deliveries, "kinds": kinds, "now": timezone.now()}
    return render(request, "admin/receiver.html", context, status=status)


@require_POST
@admin_desk("interfaces.manage")
def pings(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message."""
    exchange.ping(_receiver(request, pk), by=whoever(request), now=timezone.now())
    toasts.say(request, _("测试消息马上发出，几秒后刷新看对方怎么答复。"))
    return redirect("admin:receiver", pk=pk)


@require_POST
@admin_desk("interfaces.manage")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Send nothing more for now."""
    found = _receiver(request, pk)
    exchange.stop_receiver(found, by=whoever(request), now=timezone.now())
    toasts.say(request, _("已停用%(name)s。恢复时从停下的地方接着推送。") % {"name": found.name})
    return redirect("admin:receiver", pk=pk)


@require_POST
@admin_desk("interfaces.manage")
def resumption(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where it stopped."""
    found = _receiver(request, pk)
    exchange.resume_receiver(found, by=whoever(request), now=timezone.now())
    toasts.say(request, _("已恢复%(name)s，积压的按先后发出。") % {"name": found.name})
    return redirect("admin:receiver", pk=pk)


@require_POST
@admin_desk("interfaces.manage")
def secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this once."""
    found = _receiver(request, pk)
    fresh = exchange.renew_secret(found, by=whoever(request), now=timezone.now())
    return shown_once(request, _("签名密钥"), fresh, found.name)


@require_POST
@admin_desk("interfaces.manage")
def attempts(request: HttpRequest, key: str) -> HttpResponse:
    """Send a message again that was laid aside."""
    delivery = get_object_or_404(deliveries_visible_to(whoever(request)), key=key)
    exchange.send_again(delivery, by=whoever(request), now=timezone.now())
    toasts.say(request, _("已安排重发，几秒后刷新看结果。"))
    return redirect("admin:receiver", pk=delivery.receiver_id)


@require_POST
@admin_desk("interfaces.manage")
def keys(request: HttpRequest) -> HttpResponse:
    """Issue a key to another system; shown this once."""
    form, status = KeyForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            key_id, secret = issue_key(
                given["key_account"], name=given["key_name"], signs=given["signs"] == "yes", by=whoever(request),
                now=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            return shown_once(request, _("对接密钥"), secret, given["key_name"], key_id)
    return _page(request, status, key_form=form)


@require_POST
@admin_desk("interfaces.manage")
def key_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key at once."""
    key = get_object_or_404(keys_visible_to(whoever(request)), pk=pk)
    end_key(key, by=whoever(request), now=timezone.now())
    toasts.say(request, _("已停用密钥%(name)s。") % {"name": key.name})
    return redirect("admin:interfaces")


def shown_once(request: HttpRequest, title: str, secret: str, name: str, key_id: str = "") -> HttpResponse:
    """A secret on a page that no browser keeps."""
    context = {"title": title, "secret": secret, "name": name, "key_id": key_id}
    response = render(request, "admin/secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "receivers": receivers_visible_to(whoever(request)), "now": timezone.now(),
        "form": forms.get("form") or ReceiverForm(), "key_form": forms.get("key_form") or KeyForm(),
        "profiles": profiles().values(), "broken": broken_profiles().items(),
        "keys": keys_visible_to(whoever(request))[:MOST_SHOWN],
    }  # fmt: skip
    return render(request, "admin/interfaces.html", context, status=status)


def _receiver(request: HttpRequest, pk: int) -> Receiver:
    return get_object_or_404(receivers_visible_to(whoever(request)), pk=pk)
