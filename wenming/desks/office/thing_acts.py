"""Acts on the things that this desk keeps beside the cases (黑点, 话题, 部件): one table for each kind of thing.

What can be done to a case is the table in acts.py: its acts ask the lifecycle, can be taken back and have keys.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wenming.desks.common.access import View, desk, whoever
from wenming.desks.common.forms import ThingForm
from wenming.desks.common.toasts import say
from wenming.organisations.models import Account
from wenming.refusals import BadInput

Thing = TypeVar("Thing", bound=Model)
office_desk = desk("office")


@dataclass(frozen=True)
class ThingAct(Generic[Thing]):
    """One act: its noun in the address, its form, its service, the words on the button and afterwards.

    do: may give back the thing that the page goes on to; None stays with this one. note: said above the form.
    """

    noun: str
    step: str
    words: str | Promise
    form: type[ThingForm]
    do: Callable[[Thing, Any, Account, datetime], Thing | None]
    said: str | Promise
    note: str | Promise = ""
    danger: bool = False

    def filled(self, thing: Thing, data: Any = None) -> ThingForm:
        return self.form(data, thing=thing, auto_id=f"{self.step}_%s")


@dataclass(frozen=True)
class OpenThingAct(Generic[Thing]):
    """An act this person may take now, with its form and its address; leads: it carries the thing on."""

    act: ThingAct[Thing]
    form: Any
    address: str
    leads: bool


@dataclass(frozen=True)
class Things(Generic[Thing]):
    """One kind of thing: its name in addresses, the field that tells one from another, who sees and who changes it."""

    name: str
    key: str
    visible_to: Callable[[Account], QuerySet[Thing]]
    permission: str
    acts: tuple[ThingAct[Thing], ...]

    def key_of(self, thing: Thing) -> str:
        return str(getattr(thing, self.key))

    def url_name(self, act: ThingAct[Thing]) -> str:
        return f"{self.name}_{act.step}"

    def open_acts(
        self, thing: Thing, user: Account, steps: Collection[str], leading: Collection[str] = (),
        acting: ThingAct[Thing] | None = None, form: Any = None,
    ) -> list[OpenThingAct[Thing]]:  # fmt: skip
        """What this person may do with the thing, of the steps that are open. acting, form: an act that came back to be mended."""
        if not user.may(self.permission):
            return []
        return [
            OpenThingAct(
                act, form if acting is act else act.filled(thing),
                reverse(f"office:{self.url_name(act)}", args=[self.key_of(thing)]), act.step in leading,
            )
            for act in self.acts
            if act.step in steps
        ]  # fmt: skip

    def routes(
        self, under: str, again: Callable[[HttpRequest, Thing, ThingAct[Thing], Any], HttpResponse],
        page: Callable[[str], str],
    ) -> list[URLPattern]:  # fmt: skip
        """An address for each act. again: the thing's page with the form to be mended; page: its address by the thing's key."""
        return [
            path(f"{under}/<str:{self.name}>/{act.noun}/", self._view_of(act, again, page), name=self.url_name(act))
            for act in self.acts
        ]

    def _view_of(
        self, act: ThingAct[Thing], again: Callable[[HttpRequest, Thing, ThingAct[Thing], Any], HttpResponse],
        page: Callable[[str], str],
    ) -> View:  # fmt: skip
        """The view of one act: find, parse, one service, back to the page."""

        @require_POST
        @office_desk(self.permission)
        def take(request: HttpRequest, **named: str) -> HttpResponseBase:
            by, key = whoever(request), named[self.name]
            found = get_object_or_404(self.visible_to(by), **{self.key: key})
            form = act.filled(found, request.POST)
            if not form.is_valid():
                return again(request, found, act, form)
            try:
                done = act.do(found, form, by, timezone.now()) or found
            except BadInput as bad:
                form.add_error(None, str(bad))
                return again(request, found, act, form)
            say(request, _("%(said)s：%(number)s") % {"said": act.said, "number": key})
            return redirect(page(self.key_of(done)))

        return take
