"""Exchanging work orders with another platform by a profile: data that a city may change, and no code of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.cases.models import Case, CaseMove
from wenming.cases.selectors import reports_of
from wenming.journal.models import Entry
from wenming.observations.models import Channel, Report
from wenming.observations.rules.contacts import without_contacts
from wenming.observations.rules.mapping import read_row
from wenming.observations.services import Receipt, Where, leave_contact, receive_report
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal
from wenming.territory.models import Area
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .rules.kinds import kind_of
from .rules.profiles import Profile, ProfileBroken, order_out, profile_of

SHIPPED = Path(__file__).parent / "data" / "profiles"
REPLIES = ("answer", "refuse")
EARLIEST = 1990


class OrderNotUnderstood(BadInput):
    """The order cannot come in as it is; every reason is named."""

    code = "exchange.order"


class OrderChanged(Refusal):
    """The number came in before with another content."""

    code = "exchange.other-content"

    def __init__(self, number: str) -> None:
        super().__init__(_("工单 %(number)s 以前交过，内容和这次不一样。补充内容请用新的工单编号交，或者和指挥中心联系。") % {"number": number})


@dataclass(frozen=True)
class Order:
    """An order that came in: its receipt, its number there, and what a person should know of how it was read."""

    receipt: Receipt
    source_number: str
    notes: list[str] = field(default_factory=list)


def profiles() -> dict[str, Profile]:
    """Every profile by its name: those that come with the house, and the city's own, which replace them.

    A file of the city's that cannot be read is left out here; `broken_profiles` says why.
    """
    return {found.name: found for found in _read().values() if isinstance(found, Profile)}


def broken_profiles() -> dict[str, str]:
    """{file name: what is wrong with it}."""
    return {name: found for name, found in _read().items() if isinstance(found, str)}


def _read() -> dict[str, Profile | str]:
    found: dict[str, Profile | str] = {}
    for path in [*sorted(SHIPPED.glob("*.yaml")), *sorted((settings.CITY.root / "profiles").glob("*.yaml"))]:
        found[path.name] = _parsed(path, path.stat().st_mtime_ns)
    return found


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed_at: int) -> Profile | str:
    """Each state of a file is read once: every message of a platform asks for its profile."""
    try:
        return profile_of(yaml.safe_load(path.read_text("utf-8")))
    except (ProfileBroken, yaml.YAMLError, UnicodeDecodeError) as error:
        return str(error)


def take_in(profile: Profile, given: Mapping[str, Any], *, by: Account, now: datetime) -> Order:
    """Receive one order of the platform, once however often it is sent.

    Raises OrderNotUnderstood with every reason, OrderChanged, and what `receive_report` raises.
    """
    if unknown := [name for name in given if name not in profile.known_fields]:
        raise OrderNotUnderstood(_("对照文件里没有这些字段：%(names)s。") % {"names": "、".join(unknown)[:300]})
    if not all(map(_is_plain, given.values())):
        raise OrderNotUnderstood(_("每个字段要填文字或数字。"))
    reading = read_row(given, profile.columns, zone=timezone.get_default_timezone(), now=now)
    if reading.refusals:
        raise OrderNotUnderstood("；".join(reading.refusals) + "。")
    values, number = reading.values, str(reading.values["source_number"])
    where = _where(profile, values, reading.notes)
    channel = values.get("channel") or Channel.HOTLINE
    if values["received_at"].year < EARLIEST:
        raise OrderNotUnderstood(_("受理时间看不懂，请写成 2026-11-16 08:30:00 这样。"))
    if len(number) > 80 or channel not in set(Channel):
        raise OrderNotUnderstood(_("工单编号太长，或者渠道没有对应项。"))
    with transaction.atomic():
        receipt = receive_report(
            channel=channel, client_id=_client_id(profile, number), where=where, now=now, seen_at=values["received_at"],
            text=values["text"], by=by, wish="never", source=profile.source, source_number=number,
        )  # fmt: skip
        if receipt.repeated and not _says_the_same(receipt.report, values):
            raise OrderChanged(number)
        if not receipt.repeated:
            _keep_contact(profile, given, receipt.report, now)
    return Order(receipt, number, reading.notes)


def orders_out(profile: Profile, entry: Entry, case: Case) -> list[dict[str, Any]]:
    """What the platform is told of an act, for each of its orders that the case answers; none for other people's cases."""
    kind = kind_of(entry.action) or ""
    if kind not in profile.status:
        return []
    numbers = reports_of(case).filter(source=profile.source).exclude(source_number="").values_list("source_number", flat=True)
    facts = {
        "number": case.number, "status": profile.status[kind], "kind": kind, "at": _time(profile, entry.at),
        "unit": case.unit.code if case.unit else None, "unit_name": case.unit.name if case.unit else None,
        "reply": _reply(case, entry) if kind in profile.reply_with else None, "due_at": _time(profile, case.due_at),
        "closed_at": _time(profile, case.closed_at), "sequence": entry.seq,
    }  # fmt: skip
    return [order_out(profile, {**facts, "source_number": number}) for number in numbers]


def _reply(case: Case, entry: Entry) -> str:
    """What the unit answered, or why it was not accepted: the words meant for the reporter, without telephone numbers."""
    until = Q(position__lte=entry.facts.get("move") or case.moves_count)
    last = CaseMove.objects.filter(until, case=case, act__in=REPLIES).order_by("-position").first()
    return without_contacts(last.reason, "…") if last else ""


def _is_plain(value: Any) -> bool:
    """A text or number that can be kept: no list, no NUL, no half of a letter, no infinity."""
    if isinstance(value, (dict, list)):
        return False
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in str(value) and str(value).strip().lower().lstrip("+-") not in {"inf", "infinity"}


def _where(profile: Profile, values: Mapping[str, Any], notes: list[str]) -> Where:
    address, named = values.get("address") or "", values.get("town")
    town = _town(str(named)) if named else None
    if named and town is None:
        notes.append(_("镇街“%(town)s”不是本市的镇街，归属留空") % {"town": str(named)[:20]})
    if values.get("longitude") is not None and values.get("latitude") is not None:
        return Where(values["longitude"], values["latitude"], Datum(profile.datum), "map", None, address, town)
    return Where(address=address, town=town)


def _town(name: str) -> Area | None:
    return towns().filter(Q(code=name[:12]) | Q(name=name) | Q(short_name=name)).first()


def _keep_contact(profile: Profile, given: Mapping[str, Any], report: Report, now: datetime) -> None:
    name, phone = (str(given.get(profile.contact.get(part, "")) or "").strip()[:60] for part in ("name", "phone"))
    if name or phone:
        leave_contact(report, name=name, phone=phone, now=now)


def _client_id(profile: Profile, number: str) -> str:
    return f"exchange:{hashlib.sha256(f'{profile.source} {number}'.encode()).hexdigest()[:48]}"


def _says_the_same(report: Report, values: Mapping[str, Any]) -> bool:
    return report.text == values["text"].strip() and report.seen_at == values["received_at"]


def _time(profile: Profile, at: datetime | None) -> str | None:
    return timezone.localtime(at).strftime(profile.time) if at else None
