"""A worker that is watched, or killed, while it compares photographs; in a process of its own.

python -m tests.faults.looker hand-in             two reports with the same picture, encoded differently
python -m tests.faults.looker watch               the worker works; somebody writes while it lays pixels over pixels
python -m tests.faults.looker kill WHERE MINUTE   it is killed while comparing, or after writing and before the commit
python -m tests.faults.looker finish MINUTE       it works to the end
"""

from __future__ import annotations

import io
import threading
import uuid
from typing import Any

from tests.faults.one_worker import Verb, in_minutes, killed, told, work_at

PATIENCE_SECONDS = 3.0


def hand_in() -> dict[str, Any]:
    from bench.street_scenes import Street
    from wenming.evidence.services import prepare
    from wenming.observations.models import Channel
    from wenming.observations.services import Where, receive_report

    street = Street(4, estate=2).photo()
    for hours_ago, quality in ((2, 85), (1, 60)):
        file = io.BytesIO()
        street.save(file, "JPEG", quality=quality)
        file.seek(0)
        receive_report(
            channel=Channel.WEB, client_id=str(uuid.uuid4()), where=Where(address="民权路 33 号"), text=f"桶满了 {quality}",
            photos=[prepare(file)], now=in_minutes(-60 * hours_ago),
        )  # fmt: skip
    return {}


def watch() -> dict[str, Any]:
    from wenming.evidence import reuse

    compare, waited = reuse.overlay, []

    def watched(*pictures: Any) -> Any:
        writer = threading.Thread(target=_write)
        writer.start()
        writer.join(PATIENCE_SECONDS)
        waited.append(writer.is_alive())
        return compare(*pictures)

    reuse.overlay = watched
    work_at(0)
    return {"waited": waited, **_found()}


def kill(where: str, minute: int) -> dict[str, Any]:
    from wenming.cases.photo_checks import checking
    from wenming.evidence import reuse

    if where == "comparing":
        return killed(reuse, "overlay", minute)
    return killed(checking, "keep_hint", minute, after=True)


def finish(minute: int) -> dict[str, Any]:
    work_at(minute)
    return _found()


def _found() -> dict[str, Any]:
    from tests.faults.invariants import violations
    from wenming.evidence.models import PhotoHint
    from wenming.journal.models import Entry, Reaction

    return {
        "hints": PhotoHint.objects.count(), "told": Entry.objects.filter(action="evidence.hint-found").count(),
        "wrote": Entry.objects.filter(action="drill.wrote").count(), "waiting": Reaction.objects.filter(done_at=None).count(),
        "wrong": violations(),
    }  # fmt: skip


def _write() -> None:
    """Somebody else's act, by a connection of its own."""
    from django.db import connections, transaction

    from wenming.journal import services as journal

    try:
        with transaction.atomic():
            journal.record("drill.wrote", by=None, about=None, now=in_minutes(0))
    finally:
        connections.close_all()


VERBS: dict[str, Verb] = {
    "hand-in": hand_in,
    "watch": watch,
    "kill": lambda where, minute: kill(where, int(minute)),
    "finish": lambda minute: finish(int(minute)),
}


if __name__ == "__main__":
    told(VERBS)
