"""One worker in a process of its own, told by one verb what to do: what the drills of slow reactions share."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from tests.faults.city import set_up

Verb = Callable[..., dict[str, Any]]


def in_minutes(minutes: int) -> datetime:
    from django.utils import timezone

    return timezone.now() + timedelta(minutes=minutes)


def work_at(minute: int) -> None:
    """What waits in so many minutes is done."""
    from wenming.journal.worker import run_waiting

    run_waiting(in_minutes(minute))


def killed(at: ModuleType, name: str, minute: int, *, after: bool = False) -> dict[str, Any]:
    """The worker works and is killed when it comes to this function of that module; after: when it has run."""
    run = getattr(at, name)

    def struck(*given: Any, **more: Any) -> None:
        if after:
            run(*given, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(at, name, struck)
    work_at(minute)
    return {"survived": True}


def told(verbs: Mapping[str, Verb]) -> None:
    """Do what the command line says; the answer is JSON."""
    set_up()
    verb, *arguments = sys.argv[1:]
    json.dump(verbs[verb](*arguments), sys.stdout, ensure_ascii=False)
