"""上报: photos first, then the report; a receipt that means it is safe, and later where it stands. Policy: 4.2."""

from __future__ import annotations

from typing import Annotated, TypeVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Body, Header, Status

from wenming.cases.rules.lifecycle import ENDED, STATE_NAMES_ZH, State
from wenming.cases.selectors import case_of
from wenming.evidence.refusals import EmptyFile
from wenming.evidence.services import hold_upload
from wenming.observations.models import Channel, Report
from wenming.observations.models.reports import Wish
from wenming.observations.places import place_in_words
from wenming.observations.selectors import report_by_receipt
from wenming.observations.services import Where
from wenming.refusals import BadInput
from wenming.standards.models import ProblemType, PublicCategory
from wenming.standards.selectors import type_by_full_code
from wenming.territory.models import Area
from wenming.territory.selectors import towns

from ..callers import caller, knock_at
from ..handing_in import MOST_PHOTOS, Sending, TooManyPhotos, hand_in
from ..places import place_by_point
from .frame import ANYBODY, NotFound, api
from .shapes import KEY_PATTERN, Held, NewReport, Progress, Receipt, Refused

T = TypeVar("T")
LOST = {400: Refused, 409: Refused, 410: Refused, 413: Refused, 415: Refused, 422: Refused, 429: Refused, 503: Refused}
PHOTO_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object", "required": ["photo"],
                    "properties": {"photo": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}  # fmt: skip


class NotKnownHere(BadInput):
    """A code of ours that we do not have."""

    code = "report.code-unknown"


@api.post(
    "/photos", auth=ANYBODY, response={201: Held, **LOST}, tags=[gettext_noop("上报")],
    summary=gettext_noop("先传一张照片"), openapi_extra=PHOTO_FORM,
)  # fmt: skip
def photos(request: HttpRequest) -> Status:
    """Hold one photograph (field `photo` of a multipart form) for 24 hours; its token goes into the report."""
    now = timezone.now()
    knock_at("photo", request, now)
    file = request.FILES.get("photo")
    if not isinstance(file, UploadedFile):
        raise EmptyFile
    by = caller(request)
    held = hold_upload(file, now=now, client_id=by.username if by else "")
    return Status(201, {"token": str(held.token), "received_at": held.received_at})


@api.post(
    "/reports", auth=ANYBODY, response={200: Receipt, 201: Receipt, **LOST}, tags=[gettext_noop("上报")],
    summary=gettext_noop("交一件上报"),
)  # fmt: skip
def new_report(
    request: HttpRequest,
    given: Annotated[NewReport, Body()],
    idempotency_key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", pattern=KEY_PATTERN, description="the same key again: the same receipt, 200"),
    ] = None,
) -> Status:
    """Hand a report in; the same `Idempotency-Key` again gives the same receipt, with another content it is refused."""
    now = timezone.now()
    sending = Sending(
        channel=Channel.API, key=idempotency_key or given.client_id or "", where=_where(given), text=given.text,
        category=_category(given.category), problem_type=_problem_type(given.problem_type), seen_at=given.seen_at,
        upload_tokens=[*given.photos, *_photos_beside(request, given)],
        wish=Wish.NEVER if given.keep_private else Wish.WHEN_CLOSED,
    )  # fmt: skip
    receipt = hand_in(sending, request, now)
    return Status(
        200 if receipt.repeated else 201,
        {
            "receipt": receipt.number, "received_at": receipt.received_at, "content_hash": receipt.content_hash,
            "photo_count": receipt.photo_count, "repeated": receipt.repeated,
            "status_url": request.build_absolute_uri(reverse("api:progress", args=[receipt.number])),
        },
    )  # fmt: skip


@api.get(
    "/reports/{receipt}", auth=ANYBODY, response={200: Progress, 404: Refused, 429: Refused},
    tags=[gettext_noop("上报")], summary=gettext_noop("凭受理编号查进度"),
)  # fmt: skip
def progress(request: HttpRequest, receipt: str) -> dict[str, object]:
    """Where a report stands. Knowing the number is the permission; unknown numbers all get the same answer."""
    knock_at("look-up", request, timezone.now())
    report = report_by_receipt(receipt)
    if report is None:
        raise NotFound
    return progress_of(report)


def progress_of(report: Report) -> dict[str, object]:
    """What anybody who knows the receipt may read: units, never persons; never what others wrote."""
    case = case_of(report)
    return {
        "receipt": report.receipt,
        "received_at": report.received_at,
        "status": "closed" if case and case.ended else "open",
        "state": case.state if case else "received",
        "state_name": _(STATE_NAMES_ZH[State(case.state)]) if case else _("已收到"),
        "title": case.title if case else "",
        "unit": case.unit.short_name if case and case.unit else "",
        "due_at": case.due_at if case and State(case.state) not in ENDED else None,
        "closed_at": case.closed_at if case else None,
        "photo_count": report.photo_count,
    }


def _where(given: NewReport) -> Where:
    town = _town(given.town)
    if given.longitude is not None and given.latitude is not None:
        return place_by_point(
            given.longitude, given.latitude, datum=given.datum, address=given.address, accuracy_m=given.accuracy_m
        )
    if given.longitude is not None or given.latitude is not None:
        raise BadInput(_("经度和纬度要一起给。请补上另一个，或者两个都去掉、用 address 写明地点。"))
    return place_in_words(given.address, town)


def _photos_beside(request: HttpRequest, given: NewReport) -> list[str]:
    """Photographs that came in the same form are held like those sent ahead."""
    files = cast("list[UploadedFile]", request.FILES.getlist("photos"))
    if len(files) + len(given.photos) > MOST_PHOTOS:
        raise TooManyPhotos
    return [str(hold_upload(file, now=timezone.now()).token) for file in files]


def _category(code: str) -> PublicCategory | None:
    found = PublicCategory.objects.filter(code=code).first() if code else None
    return _known(found, code, "/api/v1/categories")


def _problem_type(code: str) -> ProblemType | None:
    return _known(type_by_full_code(code) if code else None, code, "/api/v1/problem-types")


def _town(code: str) -> Area | None:
    return _known(towns().filter(code=code).first() if code else None, code, "/api/v1/towns")


def _known(found: T | None, code: str, listed_at: str) -> T | None:
    if code and found is None:
        raise NotKnownHere(_("没有“%(code)s”这个编码。请从 %(list)s 里选。") % {"code": code, "list": listed_at})
    return found
