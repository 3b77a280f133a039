"""POST requests: a report from any client of the standard. Policy: 4.2.

The words and the place become a report; how to reach the reporter goes into the vault; what only follows people about
(device_id, account_id) is taken and not kept. A picture at somebody else's address is never fetched: asking our server
to open an address is how the inside of a network is looked at from outside.
"""

from __future__ import annotations

from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence.services import Prepared, prepare
from wenming.observations.models import Channel, Report
from wenming.observations.places import place_in_words
from wenming.observations.services import TEXT_LIMIT, Receipt, Where, leave_contact
from wenming.standards.models import ProblemType, PublicCategory
from wenming.territory.models import Area, Level
from wenming.territory.selectors import resolve_code

from ..callers import knock_at
from ..handing_in import MOST_PHOTOS, Sending, TooManyPhotos, hand_in
from ..places import place_by_point
from .answering import NotUnderstood
from .parameters import degrees, words
from .services import Service, service_by_code

TAKES = frozenset({
    "service_code", "lat", "long", "address_string", "address_id", "email", "device_id", "account_id", "first_name",
    "last_name", "phone", "description", "media_url",
})  # fmt: skip
LONGEST_NAME, LONGEST_CONTACT, LONGEST_KEY = 40, 120, 64


def file_request(request: HttpRequest) -> dict[str, Any]:
    """Take one service request in. The number in the answer opens its progress: it is the reporter's to keep."""
    now, given = timezone.now(), request.POST
    service = _service(given)
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isascii() or (key and len(key) < 8):
        raise NotUnderstood(_("Idempotency-Key 要 8 到 64 个英文字母或数字。请改好后再交。"))
    sending = Sending(
        channel=Channel.OPEN311, key=key, where=_where(given), text=words(given, "description", TEXT_LIMIT),
        category=service if isinstance(service, PublicCategory) else None,
        problem_type=service if isinstance(service, ProblemType) else None, photos=_photos(request),
    )  # fmt: skip
    contact = _contact(given)
    receipt = hand_in(sending, request, now)
    _keep_contact(receipt.report, contact)
    return {"service_request_id": receipt.number, "service_notice": _notice(given, receipt), "account_id": None}


def _service(given: QueryDict) -> Service:
    code = words(given, "service_code", 40)
    service = service_by_code(code) if code else None
    if service is None:
        raise NotUnderstood(_("service_code 没有填，或者没有这一项。请从 services 列表里选一个。"))
    if any(name.startswith("attribute[") for name in given):
        raise NotUnderstood(_("这一项没有要填的 attribute。请去掉后再交。"))
    return service


def _where(given: QueryDict) -> Where:
    longitude, latitude = degrees(given, "long"), degrees(given, "lat")
    address, town = words(given, "address_string", 200), _town(words(given, "address_id", 20))
    if longitude is not None and latitude is not None:
        return place_by_point(longitude, latitude, address=address)
    if not address and town is None:
        raise NotUnderstood(_("还不知道在哪里。请给 lat 和 long，或者用 address_string 写明地点。"))
    return place_in_words(address, town)


def _town(code: str) -> Area | None:
    """address_id is an administrative code of the town or community, of any year."""
    if not code:
        return None
    area = resolve_code(code, timezone.localdate()) if code.isascii() else None
    if area is None or area.level == Level.CITY:
        raise NotUnderstood(_("address_id 要填镇街的区划代码。请改好，或者用 address_string 写明地点。"))
    return area if area.level == Level.TOWN else area.parent


def _photos(request: HttpRequest) -> list[Prepared]:
    """Our extension: pictures as files in the form, under `media`."""
    files = cast("list[UploadedFile]", request.FILES.getlist("media"))
    if len(files) > MOST_PHOTOS:
        raise TooManyPhotos
    for _file in files:
        knock_at("photo", request, timezone.now())
    return [prepare(file) for file in files]


def _contact(given: QueryDict) -> tuple[str, str]:
    """(name, how to reach)."""
    first, last = words(given, "first_name", LONGEST_NAME), words(given, "last_name", LONGEST_NAME)
    reach = words(given, "phone", LONGEST_CONTACT) or words(given, "email", LONGEST_CONTACT)
    return " ".join(part for part in (first, last) if part), reach


def _keep_contact(report: Report, contact: tuple[str, str]) -> None:
    """Into the vault, once; a repeated sending finds it there."""
    if any(contact) and report.identity_id is None:
        leave_contact(report, name=contact[0], phone=contact[1], now=timezone.now())


def _notice(given: QueryDict, receipt: Receipt) -> str:
    if given.get("media_url", "").strip():
        return _("已收到，凭编号查进度。media_url 的图片不会去下载；要附照片，请用 multipart 表单的 media 上传。")
    if receipt.photo_count:
        return _("已收到，附照片 %(count)d 张。请保存编号，凭它查进度。") % {"count": receipt.photo_count}
    return _("已收到。请保存编号，凭它查进度。")
