"""门前三包: the premises and their dossiers, the streets and who has which metre, matters, contracts, papers. Policy: 3.1-3.5."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.services.exporting import note_export
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.frontages import NewShopForm, ServiceForm, SignatureForm, WithdrawalForm
from wenming.desks.common.matters import AnswerForm, EndForm, LookForm, MatterForm
from wenming.desks.common.paging import CappedPages
from wenming.desks.common.plates import address_svg
from wenming.desks.common.toasts import say
from wenming.desks.common.uploads import claim, keep_photos
from wenming.evidence.serving import open_original
from wenming.refusals import BadInput, Refusal
from wenming.responsibilities.frontages import services
from wenming.responsibilities.frontages.ledger import reverse_entry
from wenming.responsibilities.frontages.selectors import (
    contracts_visible_to,
    differences_of_many,
    documents_visible_to,
    matters_visible_to,
    open_questions,
)
from wenming.responsibilities.models import FeeEntry, FrontageAgreement, FrontageMatter, ShopQuestion
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.territory.frontages import services as register
from wenming.territory.frontages.selectors import (
    faults_of,
    middle_line_proposals,
    premises_visible_to,
    sides_of,
    streets_visible_to,
)
from wenming.territory.models import Premises
from wenming.territory.rules.coordinates import Datum

from ..contract_page import contract_context
from ..exports import MOST_ROWS, table_file
from ..frontage_files import fault_rows, shop_rows
from ..frontages_page import (
    LISTED,
    SHOPS,
    HearingForm,
    NewContractForm,
    NewStreetForm,
    ReasonForm,
    ShopFilter,
    StepForm,
    detail_of,
    matter_page,
    shop_lines,
)
from ..point_map import ground_of, looked_up
from ..shop_money import FEES, MoneyLine, money_words
from ..street_drawing import street_svg
from ..thing_acts import ThingAct

office_desk = desk("office")
# More digits than any key of the database has.
MOST_DIGITS = 18


# --- premises --------------------------------------------------------------------------------------------------------


@require_safe
@office_desk("frontages.see")
def shops(request: HttpRequest) -> HttpResponse:
    """The register: filter, list, what each wants."""
    user, chosen = whoever(request), ShopFilter(request.GET)
    pages = CappedPages(chosen.narrow(premises_visible_to(user)), LISTED)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "page": page, "full": pages.full, "total": page.paginator.count,
        "lines": shop_lines(list(page), timezone.localdate()), "may_keep": user.may(services.MANAGE),
        "questions": open_questions(user).count(),
    }  # fmt: skip
    return render(request, "office/shops.html", context)


@require_safe
@office_desk("frontages.see")
def shops_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered register as csv or xlsx; the columns are those that the import reads."""
    user, now = whoever(request), timezone.now()
    found = ShopFilter(request.GET).narrow(premises_visible_to(user))
    rows = shop_rows(found, timezone.localdate(now), MOST_ROWS.get(kind, 0))
    file = table_file(rows, title=_("门前三包清单"), kind=kind, by=user, now=now)
    note_export(name="shops", kind=kind, asked=request.GET.dict(), rows=found.count(), by=user, now=now)
    return file


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("frontages.manage")
def shop_new(request: HttpRequest) -> HttpResponse:
    """登记一家."""
    form = NewShopForm(request.POST or None)
    if "look_up" in request.POST:
        form = NewShopForm(initial=looked_up(request.POST, whoever(request), "door"))
    elif request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        name, datum = given.pop("name"), Datum(given.pop("datum"))
        try:
            made = register.register_premises(name, **given, datum=datum, by=whoever(request), now=timezone.now())
            say(request, _("已登记 %(name)s，登记号 %(number)s") % {"name": made.name, "number": made.number})
            return redirect("office:shop", made.number)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "map": ground_of(form, whoever(request), "door")}
    return render(request, "office/shop_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@office_desk("frontages.see")
def shop(request: HttpRequest, shop: str) -> HttpResponse:
    """The dossier of one."""
    return _shop(request, _premises(request, shop))


def _shop(request: HttpRequest, found: Premises, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    context = detail_of(found, whoever(request), now, more.pop("acting", None), more.pop("form", None))
    context |= {"money_lines": [MoneyLine(one) for one in context["entries"]], "sums": money_words(context["balance"]), "now": now}
    return render(request, "office/shop.html", context | more, status=status)


def _again(request: HttpRequest, found: Premises, act: ThingAct[Premises], form: Any) -> HttpResponse:
    return _shop(request, found, 422, acting=act, form=form)


def _to_shop(number: str) -> str:
    return reverse("office:shop", args=[number])


ACT_ROUTES = [*SHOPS.routes("shops", _again, _to_shop), *FEES.routes("shops", _again, _to_shop)]


@require_safe
@office_desk("frontages.see")
def plate(request: HttpRequest, shop: str) -> HttpResponse:
    """门牌: the code of the shop's own page, to be printed and put at the door."""
    found = _premises(request, shop)
    url = request.build_absolute_uri(reverse("public:shop", args=[found.plate_code]))
    return render(request, "office/shop_plate.html", {"premises": found, "qr": address_svg(url), "url": url})


@require_POST
@office_desk("frontages.manage")
def matters(request: HttpRequest, shop: str) -> HttpResponse:
    """立门前事项, with photographs."""
    found, now, form = _premises(request, shop), timezone.now(), MatterForm(request.POST)
    kept = keep_photos(request, now)
    if form.is_valid() and not kept.refusals:
        try:
            with transaction.atomic():  # refused, the photographs are there to be sent again
                photos = claim(kept.tokens, now)
                made = services.open_matter(found, **form.cleaned_data, by=whoever(request), now=now, photos=photos)
            say(request, _("已立门前事项 %(number)s") % {"number": made.number})
            return redirect("office:matter", made.number)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    for why in kept.refusals:
        form.add_error(None, str(why))
    return _shop(request, found, 422, matter_form=form)


@require_POST
@office_desk("frontages.manage")
def signature(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """登记纸质签字, with its scan."""
    found, now, form = _premises(request, shop), timezone.now(), SignatureForm(request.POST)
    agreement = get_object_or_404(FrontageAgreement, pk=pk, premises=found)
    kept = keep_photos(request, now, most=1)
    if form.is_valid() and not kept.refusals:
        try:
            with transaction.atomic():
                scan = next(iter(claim(kept.tokens, now)), None)
                services.sign_agreement(
                    agreement, way="paper", signer=form.cleaned_data["signer"], by=whoever(request), now=now, scan=scan
                )
            say(request, _("责任书已签订"))
            return redirect("office:shop", found.number)
        except BadInput as bad:
            form.add_error(None, str(bad))
        except Refusal as refusal:
            return _shop(request, found, refusal.status, refusal=str(refusal))
    for why in kept.refusals:
        form.add_error(None, str(why))
    return _shop(request, found, 422, signature_form=form, signing=agreement.pk)


@require_POST
@office_desk("frontages.manage")
def withdrawal(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """作废一份没有签的责任书."""
    found, form = _premises(request, shop), WithdrawalForm(request.POST, auto_id="withdrawal_%s")
    agreement = get_object_or_404(FrontageAgreement, pk=pk, premises=found)
    if form.is_valid():
        try:
            services.withdraw_agreement(agreement, reason=form.cleaned_data["reason"], by=whoever(request), now=timezone.now())
            say(request, _("已作废，可以再起草一份"))
            return redirect("office:shop", found.number)
        except BadInput as bad:
            form.add_error(None, str(bad))
        except Refusal as refusal:
            return _shop(request, found, refusal.status, refusal=str(refusal))
    return _shop(request, found, 422, withdrawal_form=form, withdrawing=agreement.pk)


@require_POST
@office_desk("frontages.enforce")
def reversal(request: HttpRequest, shop: str, pk: int) -> HttpResponse:
    """冲正一笔."""
    found, form = _premises(request, shop), ReasonForm(request.POST, thing=None)
    entry = get_object_or_404(FeeEntry, pk=pk, premises=found)
    if not form.is_valid():
        return _shop(request, found, 422, refusal=_("冲正要写明原因。"))
    reverse_entry(entry, reason=form.cleaned_data["reason"], by=whoever(request), now=timezone.now())
    say(request, _("已冲正，原来的一笔留着"))
    return redirect("office:shop", found.number)


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("frontages.manage")
def questions(request: HttpRequest) -> HttpResponse:
    """What shops asked from their own pages, and answering it."""
    user, refused = whoever(request), {}
    if request.method == "POST":
        named = request.POST.get("question", "")
        key = int(named) if named.isascii() and named.isdigit() and len(named) < MOST_DIGITS else 0
        asked = get_object_or_404(ShopQuestion, pk=key, premises__in=premises_visible_to(user))
        form = AnswerForm(request.POST, auto_id=f"answer{key}_%s")
        if form.is_valid():
            services.answer_question(asked, text=form.cleaned_data["text"], by=user, now=timezone.now())
            say(request, _("已答复，门店在自己的页面上能看到"))
            return redirect("office:shop_questions")
        # What was wrong stands at the question that it was about.
        refused[key] = form
    lines = [(one, refused.get(one.pk) or AnswerForm(auto_id=f"answer{one.pk}_%s")) for one in open_questions(user)[:LISTED]]
    return render(request, "office/shop_questions.html", {"lines": lines}, status=422 if refused else 200)


# --- papers ----------------------------------------------------------------------------------------------------------


@require_safe
@office_desk("frontages.see")
def paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A document's PDF, as it was issued."""
    document = get_object_or_404(documents_visible_to(whoever(request)), pk=pk)
    served = open_original(document.paper)
    # Called by its number and title, as the paper in the folder is.
    name = f"{document.number} {document.title}.pdf"
    kept = {name: value for name, value in served.headers.items() if name != "Content-Disposition"}
    return FileResponse(served.file, as_attachment=True, filename=name, content_type="application/pdf", headers=kept)


@require_POST
@office_desk("frontages.manage")
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """登记送达."""
    document = get_object_or_404(documents_visible_to(whoever(request)), pk=pk)
    form, back = ServiceForm(request.POST), _where_it_belongs(document.pk)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.record_service(
                document, way=given["way"], served_at=given["served_at"], receiver=given["receiver"], witness=given["witness"],
                by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已登记送达：%(number)s") % {"number": document.number})
            return redirect(back[0])
        except BadInput as bad:
            form.add_error(None, str(bad))
    thing = back[1]
    if isinstance(thing, FrontageMatter):
        return _matter(request, thing, 422, service_form=form)
    return _shop(request, thing, 422, service_form=form, serving=document.pk)


def _where_it_belongs(pk: int) -> tuple[str, Any]:
    """(address of the page that shows a document, the thing it is about)."""
    step = FrontageMatter.objects.filter(steps__document=pk).select_related("premises").first()
    if step is not None:
        return reverse("office:matter", args=[step.number]), step
    premises = Premises.objects.filter(area_notices__document=pk).first() or Premises.objects.get(agreements__document=pk)
    return _to_shop(premises.number), premises


# --- matters ---------------------------------------------------------------------------------------------------------


@require_safe
@office_desk("frontages.see")
def matter(request: HttpRequest, matter: str) -> HttpResponse:
    """One matter: its story, what comes next, or why it does not yet."""
    return _matter(request, _found_matter(request, matter))


def _matter(request: HttpRequest, found: FrontageMatter, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "office/matter.html", matter_page(found, whoever(request), timezone.now(), **more), status=status)


@require_POST
@office_desk("frontages.manage")
def look(request: HttpRequest, matter: str) -> HttpResponse:
    """登记现场查看, with photographs."""
    found, now, form = _found_matter(request, matter), timezone.now(), LookForm(request.POST)
    kept = keep_photos(request, now)
    if form.is_valid() and not kept.refusals:
        mended, text = form.cleaned_data["mended"] == "yes", form.cleaned_data["text"]
        with transaction.atomic():
            photos = claim(kept.tokens, now)
            services.look_again(found, mended=mended, text=text, by=whoever(request), now=now, photos=photos)
        say(request, _("已了结") if mended else _("已登记现场查看"))
        return redirect("office:matter", found.number)
    for why in kept.refusals:
        form.add_error(None, str(why))
    return _matter(request, found, 422, look_form=form)


@require_POST
@office_desk("frontages.manage")
def ending(request: HttpRequest, matter: str) -> HttpResponse:
    """了结 what was not mended, with the reason."""
    found, form = _found_matter(request, matter), EndForm(request.POST)
    if form.is_valid():
        services.end_matter(found, reason=form.cleaned_data["reason"], by=whoever(request), now=timezone.now())
        say(request, _("已了结"))
        return redirect("office:matter", found.number)
    return _matter(request, found, 422, end_form=form)


@require_POST
@office_desk("frontages.enforce")
def step(request: HttpRequest, matter: str) -> HttpResponse:
    """走下一步: which one it is, the lawful order says; nobody chooses it."""
    found = _found_matter(request, matter)
    kind = matter_page(found, whoever(request), timezone.now())["facts"].next_kind
    if kind is None:
        raise services.StepNotLawful(services.WhyNot.ENDED)
    if request.POST.get("kind") not in {None, "", kind.value}:
        raise services.StepNotLawful(services.WhyNot.OUT_OF_ORDER)
    form = StepForm(request.POST, kind=StepKind(kind))
    if form.is_valid():
        try:
            taken = services.take_step(found, kind, **form.cleaned_data, by=whoever(request), now=timezone.now())
            say(request, _("已印发 %(number)s，送达后登记") % {"number": taken.document.number})
            return redirect("office:matter", found.number)
        except BadInput as bad:
            form.add_error(None, str(bad))
    return _matter(request, found, 422, step_form=form)


@require_POST
@office_desk("frontages.enforce")
def hearing(request: HttpRequest, matter: str) -> HttpResponse:
    """登记陈述申辩."""
    found, form = _found_matter(request, matter), HearingForm(request.POST)
    if form.is_valid():
        try:
            services.hear(found, **form.cleaned_data, by=whoever(request), now=timezone.now())
            say(request, _("已登记陈述申辩"))
            return redirect("office:matter", found.number)
        except BadInput as bad:
            form.add_error(None, str(bad))
    return _matter(request, found, 422, hearing_form=form)


# --- streets ---------------------------------------------------------------------------------------------------------


@require_safe
@office_desk("frontages.see")
def streets(request: HttpRequest) -> HttpResponse:
    """The managed streets, how much of each side has somebody, and every gap and overlap of the city."""
    user = whoever(request)
    found = list(streets_visible_to(user))
    sides = sides_of(found)
    rows = [(street, sides[2 * n], sides[2 * n + 1]) for n, street in enumerate(found)]
    faults = faults_of(sides)
    context = {
        "rows": rows, "faults": faults[:LISTED], "fault_count": len(faults), "listed": LISTED,
        "gap_m": sum(one.length_cm for one in faults if one.kind == "gap") / 100,
        "whole_m": sum(2 * street.length_cm for street in found) / 100, "may_keep": user.may(services.MANAGE),
    }  # fmt: skip
    return render(request, "office/streets.html", context)


@require_safe
@office_desk("frontages.see")
def faults_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every gap and overlap of the managed streets as csv or xlsx."""
    user, now = whoever(request), timezone.now()
    found = faults_of(sides_of(list(streets_visible_to(user))))
    file = table_file(fault_rows(found), title=_("门前三包空缺"), kind=kind, by=user, now=now)
    note_export(name="street gaps", kind=kind, asked={}, rows=len(found), by=user, now=now)
    return file


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("frontages.manage")
def street_new(request: HttpRequest) -> HttpResponse:
    """列入管理路段."""
    form = NewStreetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = register.manage_street(
                given["code"], given["name"], given["drawn"], town=given["town"], walls=form.walls(), on=given["on"], stretch=given["stretch"],
                run_by=given["run_by"], by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已列入管理：%(name)s") % {"name": made})
            return redirect("office:street", made.code)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "office/street_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@office_desk("frontages.see")
def street(request: HttpRequest, street: str) -> HttpResponse:
    """One street: its picture, who has which metre, what is missing, and the middle lines that could be drawn."""
    user = whoever(request)
    found = get_object_or_404(streets_visible_to(user), code=street)
    sides = sides_of([found])
    offers = []
    for side in sides:
        proposals = [(side.stretches[one.stretch.key], one, f"{one.stretch.key}:{one.from_cm}:{one.to_cm}")
                     for one in middle_line_proposals(found, side.side)]  # fmt: skip
        if proposals:
            offers.append((side, proposals))
    context = {
        "street": found, "sides": [(side, [(piece, side.holders(piece.keys)) for piece in side.tiling.pieces]) for side in sides],
        "picture": street_svg(sides), "faults": faults_of(sides), "offers": offers, "may_keep": user.may(services.MANAGE),
    }  # fmt: skip
    return render(request, "office/street.html", context)


@require_POST
@office_desk("frontages.manage")
def middle_lines(request: HttpRequest, street: str) -> HttpResponse:
    """同意取中线: those ticked, and no other."""
    user = whoever(request)
    found = get_object_or_404(streets_visible_to(user), code=street)
    made = register.accept_middle_lines(
        found, request.POST.get("side", ""), seen=request.POST.getlist("seen"), on=timezone.localdate(), by=user, now=timezone.now()
    )
    say(request, _("已按中线改好 %(count)d 段；新的责任段要重新书面告知") % {"count": len(made)})
    return redirect("office:street", found.code)


# --- contracts -------------------------------------------------------------------------------------------------------


@require_safe
@office_desk("frontages.see")
def contracts(request: HttpRequest) -> HttpResponse:
    """Contractors, their terms, and on how many frontages their lists and the register disagree."""
    user = whoever(request)
    shown = list(contracts_visible_to(user)[:LISTED])
    differing = differences_of_many(shown)
    rows = [(one, len(differing[one.pk])) for one in shown]
    return render(request, "office/contracts.html", {"rows": rows, "may_keep": user.may(services.MANAGE)})


@require_http_methods(["GET", "HEAD", "POST"])
@office_desk("frontages.manage")
def contract_new(request: HttpRequest) -> HttpResponse:
    """登记服务合同."""
    form = NewContractForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.make_contract(
                given["number"], given["contractor"], town_code=given["areas"][0].street.town.code, since=given["since"], to=given["to"],
                terms=given["terms"], promised_on_time_percent=given["promised_on_time_percent"], areas=given["areas"],
                listed=given["listed"].split(), by=whoever(request), now=timezone.now(),
            )  # fmt: skip
            say(request, _("已登记合同 %(number)s") % {"number": made.number})
            return redirect("office:contract", made.number)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "office/contract_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@office_desk("frontages.see")
def contract(request: HttpRequest, contract: str) -> HttpResponse:
    """One contract: area, list and register beside one another on the map, and its measured performance."""
    user = whoever(request)
    found = get_object_or_404(contracts_visible_to(user), number=contract)
    return render(request, "office/contract.html", contract_context(found, user))


def _premises(request: HttpRequest, number: str) -> Premises:
    return get_object_or_404(premises_visible_to(whoever(request)), number=number)


def _found_matter(request: HttpRequest, number: str) -> FrontageMatter:
    return get_object_or_404(matters_visible_to(whoever(request)), number=number)
