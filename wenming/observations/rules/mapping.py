"""Reading one row of another system's export by a saved mapping. Pure: cells in, meaning and reasons out.

A mapping says for each field which column holds it, how it is read, and what to take when it is empty:

    {"source_number": {"column": "id"}, "received_at": {"column": "date", "time": "09:00"},
     "text": {"columns": ["title", "body"]}, "channel": {"column": "渠道", "values": {"电话": "hotline"}, "default": "hotline"}}

Nothing is guessed silently: what could not be read is a reason on the row, what was filled in by a default is a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FIELDS: dict[str, str] = {
    "source_number": "原系统编号",
    "received_at": "受理时间",
    "text": "内容",
    "address": "地点",
    "town": "镇街",
    "problem_type": "问题小类",
    "channel": "渠道",
    "unit": "承办单位",
    "replied_at": "答复时间",
    "reply_days": "答复用时（自然日）",
    "reply": "答复内容",
    "hand_overs": "转办次数",
    "longitude": "经度",
    "latitude": "纬度",
}
# What other systems call them; the first that a file has is proposed, and a person looks at it before anything comes in.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "source_number": ("工单编号", "编号", "工单号", "受理编号", "诉求编号", "案件编号", "id", "message_id"),
    "received_at": ("受理时间", "来电时间", "受理日期", "诉求时间", "创建时间", "日期", "time", "date"),
    "text": ("标题", "主题", "内容", "诉求内容", "问题描述", "详情", "title", "body", "text"),
    "address": ("地点", "地址", "事发地点", "位置", "address"),
    "town": ("镇街", "镇区", "街道", "属地", "区域", "district"),
    "channel": ("渠道", "来源", "诉求来源", "channel"),
    "unit": ("承办单位", "责任单位", "办理单位", "主办单位"),
    "replied_at": ("答复时间", "办结时间", "回复时间", "reply_time"),
    "reply": ("答复内容", "回复内容", "办理结果", "reply"),
    "longitude": ("经度", "longitude", "lng", "lon", "long"),
    "latitude": ("纬度", "latitude", "lat"),
}
# Other systems' words for our channels; what is not here came by the hotline, and the row says so.
CHANNEL_WORDS = {
    "网站": "web", "网页": "web", "app": "web", "微信": "wechat", "公众号": "wechat", "小程序": "wechat", "电话": "hotline",
    "热线": "hotline", "12345": "hotline", "来电": "hotline", "窗口": "staff", "来访": "staff", "巡查": "field",
    "web": "web", "wechat": "wechat", "hotline": "hotline", "staff": "staff", "field": "field",
}  # fmt: skip
SEVERAL = frozenset({"text", "address"})
NEEDED = ("source_number", "received_at", "text")
TEXT_LIMIT = 5000
_DATES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
# Excel counts days from here; the day that never was (1900-02-29) is before any order we meet.
_EXCEL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True)
class Reading:
    """What was understood of a row: values by field, why it cannot come in, what a person should know."""

    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_row(cells: Mapping[str, Any], mapping: Mapping[str, Any], *, zone: ZoneInfo, now: datetime) -> Reading:
    """Understand one row. cells: {column name: value as the file holds it}."""
    reading = Reading()
    for name in FIELDS:
        rule = mapping.get(name)
        if rule is not None:
            _read_field(name, rule, cells, reading, zone)
    for name in NEEDED:
        if reading.values.get(name) in (None, ""):
            reading.refusals.append(f"缺少{FIELDS[name]}")
    _check_times(reading, now)
    _check_text(reading)
    return reading


def proposed_columns(header: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A first mapping for a file nobody has described yet, by the usual names of columns."""
    found: dict[str, dict[str, Any]] = {}
    for name, usual in USUAL_NAMES.items():
        columns = [column for wanted in usual for column in header if column.strip().lower() == wanted.lower()]
        if columns:
            found[name] = {"columns": columns} if name in SEVERAL else {"column": columns[0]}
    return found


def unknown_columns(mapping: Mapping[str, Any], header: Sequence[str]) -> list[str]:
    """Columns that the mapping names and the file does not have."""
    named = [column for rule in mapping.values() for column in _columns(rule)]
    return sorted({column for column in named if column not in header})


def parse_moment(value: Any, zone: ZoneInfo, at: time) -> datetime | None:
    """A date or time as spreadsheets hold it: a date, a number of days, or text in any common Chinese form."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, at, zone)
    text = str(value).strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        moment = datetime.combine(_EXCEL_ZERO, time(0), zone) + timedelta(days=float(text))
        return moment if "." in text and float(text) % 1 else datetime.combine(moment.date(), at, zone)
    text = re.sub(r"\.\d+$", "", text) if re.search(r":\d\d\.\d+$", text) else text
    for form in _DATES:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        return datetime.combine(moment.date(), moment.time() if "%H" in form else at, zone)
    return None


def _read_field(name: str, rule: Mapping[str, Any], cells: Mapping[str, Any], reading: Reading, zone: ZoneInfo) -> None:
    raw = [cells.get(column) for column in _columns(rule)]
    texts = [text for value in raw if (text := _text(value))]
    if not texts:
        if "default" in rule:
            reading.values[name] = rule["default"]
        return
    if name in {"received_at", "replied_at"}:
        moment = parse_moment(raw[0], zone, time.fromisoformat(rule.get("time", "09:00")))
        if moment is None:
            reading.refusals.append(f"{FIELDS[name]}看不懂：{texts[0][:20]}")
        reading.values[name] = moment
    elif name in {"reply_days", "hand_overs", "longitude", "latitude"}:
        reading.values[name] = _number(name, texts[0], reading)
    else:
        if name == "channel":
            rule = {"values": CHANNEL_WORDS, "default": "hotline", **rule}
        reading.values[name] = _translated(name, rule, "\n".join(dict.fromkeys(texts)), reading)


def _translated(name: str, rule: Mapping[str, Any], text: str, reading: Reading) -> str:
    values = rule.get("values")
    if not values:
        return text
    if text in values:
        return str(values[text])
    if "default" in rule:
        reading.notes.append(f"{FIELDS[name]}“{text[:20]}”没有对应项，按“{rule['default']}”处理")
        return str(rule["default"])
    reading.refusals.append(f"{FIELDS[name]}“{text[:20]}”没有对应项")
    return ""


def _number(name: str, text: str, reading: Reading) -> float | None:
    try:
        return float(text)
    except ValueError:
        reading.refusals.append(f"{FIELDS[name]}要填数字，现在是“{text[:20]}”")
        return None


def _check_times(reading: Reading, now: datetime) -> None:
    received, replied = reading.values.get("received_at"), reading.values.get("replied_at")
    if received and replied is None and reading.values.get("reply_days") is not None:
        # The source counts whole days by date only, so the reply is placed on that day at the hour of receipt.
        replied = reading.values["replied_at"] = received + timedelta(days=int(reading.values["reply_days"]))
    if received and received > now:
        reading.refusals.append("受理时间在今天之后")
    if received and replied and replied < received:
        reading.refusals.append("答复时间在受理时间之前")


def _check_text(reading: Reading) -> None:
    text = reading.values.get("text") or ""
    if len(text) > TEXT_LIMIT:
        reading.notes.append(f"内容有 {len(text)} 字，只保留前 {TEXT_LIMIT} 字；原文在导入行里")
        reading.values["text"] = text[:TEXT_LIMIT]


def _columns(rule: Mapping[str, Any]) -> list[str]:
    return list(rule.get("columns") or ([rule["column"]] if rule.get("column") else []))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text.lower() in {"nan", "nat", "null"} else text
