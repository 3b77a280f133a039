"""What may be sent, and what is answered. A field that is not here is refused, never dropped in silence (T22)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils.timezone import get_default_timezone, is_naive, make_aware
from ninja import Field, Schema
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from wenming.observations.services import TEXT_LIMIT
from wenming.territory.rules.coordinates import Datum

EARLIEST, LATEST = 1990, 2100
KEY_PATTERN = r"^[A-Za-z0-9._:\-]{8,64}$"
UPLOAD_PATTERN = r"^[0-9a-fA-F-]{32,36}$"


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("the character NUL is not taken")
    return text


def _of_our_time(moment: datetime) -> datetime:
    """Years outside a human life are mistakes, and overflow when a time zone is applied to them."""
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"the year lies between {EARLIEST} and {LATEST}")
    return make_aware(moment, get_default_timezone()) if is_naive(moment) else moment


def _empty_as_missing(value: Any) -> Any:
    """A form sends its empty fields too."""
    return None if value == "" else value


Text = Annotated[str, AfterValidator(_without_nul)]
Moment = Annotated[datetime, AfterValidator(_of_our_time)]
Missing = BeforeValidator(_empty_as_missing)
Degrees = Annotated[float | None, Field(allow_inf_nan=False), Missing]


class Given(BaseModel):
    """Everything that comes in."""

    model_config = ConfigDict(extra="forbid")


class NewReport(Given):
    """A report. Say or show something: `text`, `category`, `problem_type` or `photos`; the place as well as you know it."""

    text: Text = Field("", max_length=TEXT_LIMIT)
    category: Text = Field("", max_length=20, description="GET /api/v1/categories")
    problem_type: Text = Field("", max_length=40, description="`GB30428:E0192`, GET /api/v1/problem-types")
    longitude: Degrees = Field(None, description="degrees, with `latitude`")
    latitude: Degrees = None
    datum: Datum = Field(Datum.WGS84, description="the datum of the two numbers")
    accuracy_m: Annotated[float | None, Field(ge=0, le=100_000, allow_inf_nan=False), Missing] = None
    address: Text = Field("", max_length=200)
    town: Text = Field("", max_length=12, description="the code of a town, GET /api/v1/towns")
    seen_at: Annotated[Moment | None, Missing] = Field(None, description="without an offset it is the city's own time")
    photos: list[Annotated[str, Field(pattern=UPLOAD_PATTERN)]] = Field(
        [], max_length=4, description="tokens from POST /api/v1/photos"
    )
    keep_private: bool = Field(False, description="never show it to everybody, not even when it is solved")
    client_id: Annotated[str | None, Field(pattern=KEY_PATTERN), Missing] = Field(
        None, description="the idempotency key, where the header cannot be set"
    )


class Refused(Schema):
    """Every refusal: a stable code, and a sentence for people."""

    code: str
    message: str
    fields: list[dict[str, Any]] | None = None


class Receipt(Schema):
    """It is safe. The number opens the report's progress for whoever knows it: keep it, show it to the reporter only."""

    receipt: str
    received_at: datetime
    content_hash: str
    photo_count: int
    repeated: bool
    status_url: str


class OrderReceipt(Schema):
    """A work order is safe. `notes` say what was read otherwise than it was written."""

    receipt: str
    received_at: datetime
    source_number: str
    repeated: bool
    notes: list[str]
    status_url: str


class Held(Schema):
    """A photograph that is safe for 24 hours and waits for its report."""

    token: str
    received_at: datetime


class Progress(Schema):
    """Where a report stands, in the words that citizens read."""

    receipt: str
    received_at: datetime
    status: str = Field(description="`open` or `closed`")
    state: str
    state_name: str
    title: str
    unit: str
    due_at: datetime | None
    closed_at: datetime | None
    photo_count: int


class Health(Schema):
    status: str
    interface: str
    journal_entries: int


class Category(Schema):
    code: str
    name: str
    hint: str


class SchemeShown(Schema):
    code: str
    version: int
    name: str
    source: str
    confidence: str
    is_current: bool
    published_at: datetime | None


class Rule(Schema):
    position: int
    condition: str
    close_condition: str
    limit_amount: int
    limit_unit: str
    urgent: bool


class ProblemTypeShown(Schema):
    code: str = Field(alias="full_code")
    kind: str
    name: str
    group: str = Field(alias="big_name")
    category: str | None
    confidence: str
    rules: list[Rule]

    @staticmethod
    def resolve_category(shown: Any) -> str | None:
        return shown.public_category.code if shown.public_category else None

    @staticmethod
    def resolve_rules(shown: Any) -> list[Any]:
        return list(shown.rules.all())


class AreaShown(Schema):
    code: str
    name: str
    short_name: str
    level: str
    parent: str | None
    valid_from: Any
    label_longitude: float | None = Field(alias="label_lon")
    label_latitude: float | None = Field(alias="label_lat")

    @staticmethod
    def resolve_parent(shown: Any) -> str | None:
        return shown.parent.code if shown.parent else None


class Place(Schema):
    longitude: float | None
    latitude: float | None
    address: str
    town: str | None
    community: str | None
    grid: str | None


class CaseLine(Schema):
    """One case of a list."""

    number: str
    state: str
    state_name: str
    title: str
    channel: str
    problem_type: str | None
    unit: str | None
    unit_name: str | None
    place: Place
    urgent: bool
    reporters: int
    photo_count: int
    opened_at: datetime
    moved_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    url: str


class CasePage(Schema):
    """A page of cases, the newest first; `next` is the cursor of the page after it."""

    cases: list[CaseLine]
    next: str | None


class Move(Schema):
    """One act: which unit, never which person."""

    position: int
    act: str
    act_name: str
    at: datetime
    from_state: str
    to_state: str
    by_unit: str | None
    unit: str | None
    reason: str
    due_at: str | None


class DutyShown(Schema):
    kind: str
    title: str
    owner: str
    state: str
    lateness: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    provisional: bool
    acknowledged_at: datetime | None
    answered_at: datetime | None
    answered_on_time: bool | None
    ended_at: datetime | None


class PhotoShown(Schema):
    at: datetime
    role: str
    url: str
    large_url: str


class CaseWhole(CaseLine):
    establish_condition: str | None
    texts: list[str]
    photos: list[PhotoShown]
    moves: list[Move]
    duties: list[DutyShown]


class UnitAndPost(Schema):
    code: str
    name: str
    post: str = Field(description="the post that answers; empty where none was set up")


class RuleShown(Schema):
    """A line of the matrix."""

    number: int
    basis: str


class Finding(Schema):
    kind: str = Field(description="`outside`, `gap`, `conflict`, `vacant`")
    why: str
    what_to_do: str


class WhoShown(Schema):
    """Who answers. `accountable` is null exactly where a finding says why."""

    longitude: float
    latitude: float
    at: datetime
    problem_type: str
    town: str | None
    community: str | None
    grid: str | None
    component: str | None
    accountable: UnitAndPost | None
    supporting: list[UnitAndPost]
    rule: RuleShown | None
    why: str
    works_then: bool | None
    findings: list[Finding]
