"""Real exports through the shipped import: `python3 run.py bench real_input --fuzhou FILE --teddy FILE [--boston FILE]`.

The files are not part of this repository, and no row of them may become part of it; what is kept here is how their
columns are read (mappings/). For Fuzhou the real reply dates are replayed, and the product's on-time figure is held
against a count made here, by other code from another calendar.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django
import holidays
import pyarrow as arrow
import pyarrow.csv
import pyarrow.parquet
import yaml

HERE = Path(__file__).parent
LIMITS = (5, 10)
HEADER = "| file | rows | ready | with a note | refused | became reports | cases | rows/s |\n|---|---|---|---|---|---|---|---|"
IsWorkday = Callable[[date], bool]


def main() -> None:
    options = _options()
    django.setup()
    print(HEADER, flush=True)
    if options.fuzhou:
        _fuzhou(options.fuzhou, _workdays(options.calendar))
    if options.teddy:
        _bring_in(options.teddy.stem, _as_csv(options.teddy), _mapping("teddy"))
    if options.boston:
        _bring_in(options.boston.stem, _as_csv(options.boston, options.most), _mapping("boston"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench real_input")
    parser.add_argument("--fuzhou", type=Path, help="csv or csv.gz of the river complaints")
    parser.add_argument("--teddy", type=Path, help="parquet of the messages")
    parser.add_argument("--boston", type=Path, help="parquet of the Open311 requests")
    parser.add_argument("--most", type=int, default=20_000, help="so many rows of the Boston file (default 20,000)")
    parser.add_argument(
        "--calendar", type=Path, help="csv with date,is_off_day for the independent count; else `holidays`"
    )
    return parser.parse_args()


# --- Fuzhou: on time under two limits, counted twice -----------------------------------------------------------------


def _fuzhou(file: Path, is_workday: IsWorkday) -> None:
    content = file.read_bytes()
    plain = gzip.decompress(content) if file.suffix == ".gz" else content
    orders = list(csv.DictReader(io.StringIO(plain.decode("utf-8-sig"))))
    lines = []
    for days in LIMITS:
        mapping = _mapping("fuzhou")
        # The same orders under another limit are another source's orders, or they would be recognised.
        mapping |= {"source": f"{mapping['source']}-{days}", "name": f"{mapping['name']}，{days} 个工作日"}
        mapping["options"]["limit"]["amount"] = days
        batch = _bring_in(f"{file.stem}, {days} working days", plain, mapping)
        product, independent = _on_time(batch), sum(in_time(order, days, is_workday) for order in orders)
        verdict = "equal" if product == (len(orders), independent) else "**different**"
        lines.append(f"| {days} working days | {product[1]}/{product[0]} | {independent}/{len(orders)} | {verdict} |")
    print(
        "\n| limit | on time by the product | by the independent count | |\n|---|---|---|---|",
        *lines,
        sep="\n",
        flush=True,
    )


def _on_time(batch: Any) -> tuple[int, int]:
    """(how many count, how many were in time) as the product says of the batch's cases."""
    from django.utils import timezone

    from wenming.cases.models import Case
    from wenming.responsibilities.models import Duty
    from wenming.responsibilities.selectors import on_time

    cases = Case.objects.filter(case_reports__report__import_rows__batch=batch)
    handling = Duty.objects.filter(kind="case.handle", subject__in=[case.key for case in cases])
    figure = on_time(handling, now=timezone.now())
    return figure.counted, figure.on_time


def in_time(order: dict[str, str], limit_days: int, is_workday: IsWorkday) -> bool:
    """Whether the reply came no later than the limit's last working day; the day of receipt is day 0."""
    received = date.fromisoformat(order["date"])
    replied = received + timedelta(days=int(float(order["days_to_final_reply"])))
    last, left = received, limit_days
    while left:
        last += timedelta(days=1)
        left -= is_workday(last)
    return replied <= last


def _workdays(calendar: Path | None) -> IsWorkday:
    """Legal working days without the product's calendar."""
    if calendar is None:
        china = holidays.country_holidays("CN", years=range(2006, 2028))
        return lambda day: bool(china.is_working_day(day))
    with calendar.open() as file:
        off = {date.fromisoformat(row["date"]): row["is_off_day"] == "1" for row in csv.DictReader(file)}
    return lambda day: not off[day] if day in off else day.weekday() < 5


# --- any file --------------------------------------------------------------------------------------------------------


def _bring_in(name: str, content: bytes, mapping: dict[str, Any]) -> Any:
    """Preview, confirm, and work until nothing is left, as the page and the worker do; prints a row."""
    from django.utils import timezone

    from wenming.cases.models import Case
    from wenming.journal.services import acting_from
    from wenming.journal.worker import run_waiting
    from wenming.observations import batches, imports
    from wenming.organisations.models import Account

    by, began = Account.objects.get(username="dispatcher"), time.perf_counter()
    with acting_from("import"):
        saved = imports.save_mapping(**mapping, by=by, now=timezone.now())
        batch = imports.preview(content, f"{name}.csv", saved, by=by, now=timezone.now())
        verdicts = batches.verdicts(batch)
        imports.confirm(batch, by=by, now=timezone.now())
    while run_waiting():
        pass
    seconds, rows = time.perf_counter() - began, sum(verdicts.values())
    results = batches.verdicts(batch)
    cases = Case.objects.filter(case_reports__report__import_rows__batch=batch).count()
    print(
        f"| {name} | {rows:,} | {verdicts['ready']:,} | {verdicts['warned']:,} | {verdicts['refused']:,} "
        f"| {results['done']:,} | {cases:,} | {rows / seconds:.0f} |", flush=True,
    )  # fmt: skip
    for reason, count in _reasons(batch):
        print(f"|   {count:,} × {reason} | | | | | | | |", flush=True)
    return batch


def _reasons(batch: Any) -> Iterator[tuple[str, int]]:
    """Why rows were refused or noted, without what the rows say: quoted words are left out."""
    said = Counter(re.sub(r"“[^”]*”|：.*", "…", why) for row in batch.rows.exclude(reasons=[]) for why in row.reasons)
    yield from said.most_common(5)


def _mapping(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / "mappings" / f"{name}.yaml").read_text("utf-8"))
    return found


def _as_csv(file: Path, most: int | None = None) -> bytes:
    """A parquet table as the csv that an office would have exported."""
    table = pyarrow.parquet.read_table(file)
    table = table.slice(0, most) if most else table
    plain = {name: table[name].cast(arrow.large_string()) for name in table.column_names}
    out = io.BytesIO()
    pyarrow.csv.write_csv(arrow.table(plain), out)
    return out.getvalue()


if __name__ == "__main__":
    main()
