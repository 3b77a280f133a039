"""Django's SQLite backend with two promises added, and moments that can be counted with (engine/moments).

1. The durability settings are read back when a connection opens. Switching to WAL can fail without an exception and
   leave the process in another journal mode (measured); a city that runs so must not start.
2. Writing transactions of one process queue in order of arrival. SQLite's own lock is not fair.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import _sqlite_format_dtdelta

from wenming.engine.fair_lock import FairLock

# What must hold for "a receipt means it is safe". Values as SQLite reports them: synchronous 2 is FULL.
PROMISED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
WRITE_QUEUE = FairLock()
WAIT_SECONDS = 20.0


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection; holds the process's write queue from BEGIN IMMEDIATE to COMMIT or ROLLBACK."""

    _in_queue = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function("django_format_dtdelta", 3, _later, deterministic=True)
        if not self.is_in_memory_db():
            _read_back(connection)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_queue_when_idle()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_queue_when_idle()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _enter_queue(self) -> None:
        if not self._in_queue:
            if not WRITE_QUEUE.acquire(WAIT_SECONDS):
                raise OperationalError("database is locked: the write queue did not move for 20 s")
            self._in_queue = True

    def _leave_queue_when_idle(self) -> None:
        # A COMMIT that failed leaves the transaction open: the rollback that follows gives the turn back.
        if self.connection is None or not self.connection.in_transaction:
            self._leave_queue()

    def _leave_queue(self) -> None:
        if self._in_queue:
            self._in_queue = False
            WRITE_QUEUE.release()


def _later(connector: str, moment: Any, span: Any) -> Any:
    """`F("at") + timedelta(…)`: Django's own would take a moment kept as microseconds for a span, and answer in words."""
    if isinstance(moment, int) and isinstance(span, int) and connector in {"+", "-"}:
        return moment + span if connector == "+" else moment - span
    return _sqlite_format_dtdelta(connector, moment, span)


def _read_back(connection: Any) -> None:
    for name, wanted in PROMISED.items():
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != wanted:
            raise ImproperlyConfigured(
                f"数据库没有接受设置 {name}={wanted}（现在是 {found}），已停止启动以免丢失已回执的数据。"
                "请检查数据文件夹是否在本地磁盘上、磁盘是否已满。"
            )
