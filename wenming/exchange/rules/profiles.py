"""An exchange with one kind of platform as data: which fields of theirs mean what, coming in and going out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wenming.observations.rules.mapping import FIELDS, NEEDED

from .kinds import KINDS

FACTS = frozenset(
    {"source_number", "number", "status", "kind", "at", "unit", "unit_name", "reply", "due_at", "closed_at", "sequence"}
)
CONFIDENCES = ("official", "agreed", "reconstructed")
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_NAME = re.compile(r"^[a-z0-9-]{1,40}$")


class ProfileBroken(ValueError):
    """The file does not say what a profile must say; the sentence names the place."""


@dataclass(frozen=True)
class Profile:
    """What a profile file says. confidence: official, agreed (with the platform), or reconstructed (a sample)."""

    name: str
    title: str
    confidence: str
    source: str
    columns: Mapping[str, Any]
    datum: str
    contact: Mapping[str, str] = field(default_factory=dict)
    not_kept: frozenset[str] = frozenset()
    status: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    reply_with: frozenset[str] = frozenset()
    time: str = "%Y-%m-%d %H:%M:%S"

    @property
    def known_fields(self) -> frozenset[str]:
        """Every field of theirs that may come in."""
        named = {one for rule in self.columns.values() for one in rule.get("columns") or [rule.get("column")]}
        return frozenset(filter(None, named)) | frozenset(self.contact.values()) | self.not_kept


def profile_of(said: Any) -> Profile:
    """A profile from a parsed file. Raises ProfileBroken, naming what is wrong, so that no typing error is dropped."""
    said = _section(said, "", {"name", "title", "confidence", "source", "in", "out"})
    given = _section(said.get("in"), "in", {"columns", "datum", "contact", "not_kept"})
    sent = _section(said.get("out"), "out", {"status", "fields", "reply_with", "time"})
    columns = _section(given.get("columns"), "in.columns", set(FIELDS))
    for name, rule in columns.items():
        if not isinstance(rule, Mapping) or not (rule.get("column") or rule.get("columns")):
            raise ProfileBroken(f"in.columns.{name}: column or columns")
    _need(set(NEEDED) <= set(columns), f"in.columns: {', '.join(NEEDED)}")
    _need(bool(_NAME.match(str(said.get("name", "")))), "name: a-z 0-9 -")
    _need(said.get("confidence") in CONFIDENCES, f"confidence: {', '.join(CONFIDENCES)}")
    _need(0 < len(str(said.get("source", ""))) <= 32, "source: 1-32")
    _need(given.get("datum", "wgs84") in DATUMS, f"in.datum: {', '.join(DATUMS)}")
    status = _section(sent.get("status", {}), "out.status", set(KINDS))
    fields = _section(sent.get("fields", {}), "out.fields", None)
    _need(set(fields.values()) <= FACTS, f"out.fields: {', '.join(sorted(set(map(str, fields.values())) - FACTS))}")
    _need(set(sent.get("reply_with", [])) <= set(KINDS), "out.reply_with")
    _need(not status or "source_number" in fields.values(), "out.fields: source_number")
    return Profile(
        name=said["name"], title=str(said.get("title", said["name"])), confidence=said["confidence"], source=said["source"],
        columns=columns, datum=given.get("datum", "wgs84"),
        contact=_section(given.get("contact", {}), "in.contact", {"name", "phone"}),
        not_kept=frozenset(given.get("not_kept", [])), status=status, fields=fields,
        reply_with=frozenset(sent.get("reply_with", [])), time=str(sent.get("time", Profile.time)),
    )  # fmt: skip


def order_out(profile: Profile, facts: Mapping[str, Any]) -> dict[str, Any]:
    """One order's fields in the platform's words; what is not known is empty, never left out."""
    return {theirs: facts.get(ours) if facts.get(ours) is not None else "" for theirs, ours in profile.fields.items()}


def _section(said: Any, where: str, known: set[str] | None) -> dict[str, Any]:
    _need(isinstance(said, Mapping), f"{where or 'file'}: a mapping")
    unknown = [str(name) for name in said if known is not None and name not in known]
    _need(not unknown, f"{where or 'file'}: {', '.join(unknown)}")
    return dict(said)


def _need(holds: bool, place: str) -> None:
    if not holds:
        raise ProfileBroken(place)
