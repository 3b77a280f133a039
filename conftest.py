"""What holds for every test: nothing leaves this machine, and what was left out is said aloud.

The city and the engine a test runs on are chosen in tests/settings.py; cities with real processes come from
tests/running_city.py.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

import pytest

from tests import settings

pytest_plugins = [
    "tests.running_city", "tests.migrated", "tests.chromium", "wenming.cases.tests.story", "wenming.desks.common.tests.sitting",
    "wenming.responsibilities.tests.streets",
]


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise RuntimeError(f"a test tried to reach {address[0]}: tests talk to this machine only")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# An audit hook, because it also sees the connections that libraries open behind our backs.
sys.addaudithook(_stay_on_this_machine)


def pytest_report_header() -> str:
    return f"wenming: engine {settings.ENGINE}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where nothing may be missing (CI), a test that was skipped for a missing tool has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "not installed" in reason or "not reachable" in reason:
            report.outcome, report.longrepr = "failed", f"{item.nodeid}: {reason} – and CI=true allows no gaps"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no database answers alike on every engine, and has answered on SQLite."""
    if settings.ENGINE == "sqlite":
        return
    asks = {item: _asks_the_database(item) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not asks[item]])
    items[:] = [item for item in items if asks[item]]


def _asks_the_database(item: pytest.Item) -> bool:
    needed = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(needed & {"db", "transactional_db", "migrated_database"})
