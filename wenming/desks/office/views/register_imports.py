"""导入一本台账: a file, what each row means, what it asks, and then the register. Nothing comes in unseen. Policy: 2.1, 3.1.

Components, public places and premises come in by the same steps; what differs is stated below, once for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.desks.common import toasts
from wenming.desks.common.access import desk, whoever
from wenming.observations import component_imports, place_imports, premises_imports
from wenming.observations import selectors as observations
from wenming.observations.models import ImportBatch, ImportRow
from wenming.organisations.models import Account
from wenming.refusals import Refusal
from wenming.territory.rules.coordinates import Datum

from .. import component_imports_page, place_imports_page, shop_imports_page
from ..component_imports_page import STATES, datum_label
from ..imports import DECIDED, annotated_file, batch_shown
from ..place_imports_page import SAME

office_desk = desk("import")


@dataclass(frozen=True)
class RegisterImports:
    """The pages and acts of one register's imports.

    route: the beginning of their url names and templates; related: what a row became; hand_in: keeps what the upload form
    took and gives the batch; services: judge_again, decide, confirm, undo, and `same` where a row may be a known thing.
    """

    route: str
    related: str
    permission: str
    file_name: str
    services: ModuleType
    batches_visible_to: Callable[[Account], QuerySet[ImportBatch]]
    hand_in: Callable[[dict[str, Any], Account, datetime], ImportBatch]
    upload_form: type[forms.Form]
    columns_form: type[Any]
    decision_form: type[Any]
    shown: Callable[[list[ImportRow]], list[dict[str, Any]]]
    judging: Any
    undoing: Any

    def routes(self, beginning: str) -> tuple[URLPattern, ...]:
        """Their addresses under `beginning` ("places/imports/"), each behind the register's own permission."""
        may, one = office_desk(self.permission), f"{beginning}<int:pk>/"
        return (
            path(beginning, may(require_http_methods(["GET", "HEAD", "POST"])(self.imports)), name=f"{self.route}s"),
            path(one, may(require_safe(self.batch)), name=self.route),
            path(f"{one}columns/", may(require_POST(self.columns)), name=f"{self.route}_columns"),
            path(f"{one}decisions/", may(require_POST(self.decisions)), name=f"{self.route}_decisions"),
            path(f"{one}confirmation/", may(require_POST(self.confirmation)), name=f"{self.route}_confirmation"),
            path(f"{one}withdrawal/", may(require_POST(self.withdrawal)), name=f"{self.route}_withdrawal"),
            path(f"{one}annotated.xlsx", may(require_safe(self.annotated)), name=f"{self.route}_file"),
        )

    def imports(self, request: HttpRequest) -> HttpResponse:
        """Earlier batches, and the first step of a new one."""
        form = self.upload_form(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                batch = self.hand_in(form.cleaned_data, whoever(request), timezone.now())
                return self._to(batch.pk)
            except Refusal as refusal:
                form.add_error("file", str(refusal))
        page = Paginator(self.batches_visible_to(whoever(request)), 20).get_page(request.GET.get("page"))
        context = {"form": form, "page": page}
        return render(request, f"office/{self.route}s.html", context, status=422 if form.is_bound else 200)

    def batch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The second step before it is confirmed, the result afterwards."""
        return self._batch_page(request, self._found(request, pk))

    def columns(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another choice of columns: every row is judged again."""
        found = self._found(request, pk)
        form = self.columns_form(request.POST, batch=found)
        if not form.is_valid():
            return self._batch_page(request, found, form)
        self.services.judge_again(found, form.columns(), by=whoever(request), now=timezone.now())
        toasts.say(request, str(self.judging))
        return self._to(pk)

    def decisions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rows that asked come in, stay out, or tell of the thing beside them."""
        found, by, now = self._found(request, pk), whoever(request), timezone.now()
        form = self.decision_form(request.POST, batch=found)
        if not form.is_valid():
            toasts.say(request, _("有的行已经定过了，没有改动。请看最新情况。"))
            return self._to(pk)
        answer = form.cleaned_data["answer"]
        if answer == SAME:
            count = self.services.same(found, rows=form.positions or [], by=by, now=now)
            words = _("%(count)d 行认定是同一个")
        else:
            count = self.services.decide(found, accept=answer == "accept", rows=form.positions, by=by, now=now)
            words = _("已接受 %(count)d 行") if answer == "accept" else _("%(count)d 行不导入")
        toasts.say(request, words % {"count": count} if count else _("还没有选行。请先在左边勾选。"))
        return self._to(pk)

    def confirmation(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From here on the worker brings the rows in."""
        self.services.confirm(self._found(request, pk), by=whoever(request), now=timezone.now())
        toasts.say(request, _("开始导入，可以离开这一页"))
        return self._to(pk)

    def withdrawal(self, request: HttpRequest, pk: int) -> HttpResponse:
        """撤销整批."""
        self.services.undo(self._found(request, pk), by=whoever(request), now=timezone.now())
        toasts.say(request, str(self.undoing))
        return self._to(pk)

    def annotated(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file again as a workbook, with a verdict and its reasons on each row."""
        return annotated_file(self._found(request, pk), self.file_name)

    def _found(self, request: HttpRequest, pk: int) -> ImportBatch:
        return get_object_or_404(self.batches_visible_to(whoever(request)), pk=pk)

    def _to(self, pk: int) -> HttpResponse:
        return redirect(f"office:{self.route}", pk=pk)

    def _batch_page(self, request: HttpRequest, found: ImportBatch, form: Any = None) -> HttpResponse:
        told = batch_shown(
            request, found, route=self.route, related=self.related, states=STATES, shown=self.shown, more_nouns=DECIDED
        )
        context = {**told, "form": form or self.columns_form(batch=found), "datum": datum_label(found)}
        return render(request, f"office/{self.route}.html", context, status=422 if form is not None else 200)


# --- the registers ---------------------------------------------------------------------------------------------------


def _components(given: dict[str, Any], by: Account, now: datetime) -> ImportBatch:
    content, name = given["file"].read(), given["file"].name
    datum = Datum(given["datum"])
    return component_imports.preview(content, name, datum=datum, scheme=given["scheme"], by=by, now=now)


def _places(given: dict[str, Any], by: Account, now: datetime) -> ImportBatch:
    return place_imports.hand_in(given["file"].read(), given["file"].name, datum=Datum(given["datum"]), by=by, now=now)


def _shops(given: dict[str, Any], by: Account, now: datetime) -> ImportBatch:
    return premises_imports.hand_in(
        given["file"].read(), given["file"].name, datum=Datum(given["datum"]), depth_m=given["depth_m"],
        boundary=given["boundary"], by=by, now=now,
    )  # fmt: skip


COMPONENTS = RegisterImports(
    route="component_import", related="component", permission="components.manage", file_name="components-import",
    services=component_imports, batches_visible_to=observations.component_batches_visible_to, hand_in=_components,
    upload_form=component_imports_page.ComponentUploadForm, columns_form=component_imports_page.ComponentColumnsForm,
    decision_form=component_imports_page.DecisionForm, shown=component_imports_page.shown,
    judging=gettext_lazy("已按新的对应重新检查"), undoing=gettext_lazy("正在撤销，之后有人改过的部件会留下"),
)  # fmt: skip
PLACES = RegisterImports(
    route="place_import", related="place", permission="places.manage", file_name="places-import",
    services=place_imports, batches_visible_to=observations.place_batches_visible_to, hand_in=_places,
    upload_form=place_imports_page.PlaceUploadForm, columns_form=place_imports_page.PlaceColumnsForm,
    decision_form=place_imports_page.PlaceDecisionForm, shown=place_imports_page.shown,
    judging=gettext_lazy("正在按新的对应重新检查，可以离开这一页"), undoing=gettext_lazy("正在撤销，之后有人改过的场所会留下"),
)  # fmt: skip
SHOPS = RegisterImports(
    route="shop_import", related="premises", permission="frontages.manage", file_name="shops-import",
    services=premises_imports, batches_visible_to=observations.premises_batches_visible_to, hand_in=_shops,
    upload_form=shop_imports_page.ShopUploadForm, columns_form=shop_imports_page.ShopColumnsForm,
    decision_form=shop_imports_page.ShopDecisionForm, shown=shop_imports_page.shown,
    judging=gettext_lazy("正在按新的对应重新检查，可以离开这一页"), undoing=gettext_lazy("正在撤销；已经告知、签约、立过事项或者改过的会留下"),
)  # fmt: skip
