"""A list of 100 cases, for a unit that sees its own and for the command centre that sees all."""

from __future__ import annotations

from statistics import median

from wenming.cases.models import Case
from wenming.desks.office.views import queue as office_queue
from wenming.desks.unit.views import cases as unit_cases
from wenming.organisations.models import Account
from wenming.standards.models import ProblemType

from .acting import empty_view, in_process, logged_in, queries_of
from .client import Client, client_of, request
from .figures import Goal, duration, tell, tell_value
from .inside import Effort
from .paired import percentile
from .stack import Stack, stack

ROWS = 100
LISTS = {
    "unit, open cases": ("handler", "/unit/cases/"),
    "unit, every case": ("handler", "/unit/cases/?state=all"),
    "unit, one word": ("handler", "/unit/cases/?state=all&q=%E5%9E%83%E5%9C%BE"),
    "command centre, to do": ("dispatcher", "/office/cases/"),
    "command centre, every case": ("dispatcher", "/office/cases/?state=all"),
    "town, every case": ("shiqi", "/unit/cases/?state=all"),
}
QUERIES = Goal(12)


def measure(effort: Effort) -> None:
    types = ProblemType.objects.filter(scheme__is_current=True).count()
    tell("the city", f"{Case.objects.count():,} cases", f"{types} problem types in use")
    with stack() as web, client_of(web.port) as client:
        for name, (username, path) in LISTS.items():
            account = Account.objects.get(username=username)
            _speed(name, web, client, account, path, effort)
            _queries(name, account, path)


def _speed(name: str, web: Stack, client: Client, account: Account, path: str, effort: Effort) -> None:
    """One reader after another, an empty view between them: what a person waits for, not what the machine can bear."""
    asked = request("GET", path, headers=logged_in(account))
    client.send([asked] * 4, connections=2, expect=200)  # both web processes have read their pages once
    ours: list[float] = []
    empty: list[float] = []
    cpu = 0.0
    for _ in range(effort.pairs):
        before = web.cpu_seconds()
        ours += client.send([asked] * max(2, effort.block // 5), connections=1, expect=200).latencies
        cpu += web.cpu_seconds() - before
        empty += client.send([empty_view()] * 20, connections=1, expect=200).latencies
    p95 = percentile(ours, 0.95)
    words = f"p50 {duration(median(ours))}, p95 {duration(p95)}, processor {duration(cpu / len(ours))}"
    ratio = f"{median(ours) / median(empty):.0f}"
    tell(name, words, f"empty view {duration(median(empty))}", ratio, Goal(150, " ms p95"), p95 * 1000)


def _queries(name: str, account: Account, path: str) -> None:
    """The same number for 25 rows as for 100."""
    counts = {rows: _with_rows(rows, account, path) for rows in (25, ROWS)}
    tell_value(f"– queries ({name})", counts[ROWS], " SQL", QUERIES, note=f"{counts[25]} with 25 rows")


def _with_rows(rows: int, account: Account, path: str) -> int:
    browser = in_process()
    browser.force_login(account, backend="wenming.organisations.passwords.Accounts")
    browser.get(path)  # the first visit of a session writes it
    was = office_queue.PAGE_ROWS
    office_queue.PAGE_ROWS = unit_cases.PAGE_ROWS = rows
    try:
        return queries_of(lambda: browser.get(path)).queries
    finally:
        office_queue.PAGE_ROWS = unit_cases.PAGE_ROWS = was
