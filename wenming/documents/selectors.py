"""What the registers of numbers say. Whose papers somebody may see is decided by the rooms that issue them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Document, NumberRegister


@dataclass(frozen=True)
class Register:
    """发文登记: one agency's numbers of one year, and those among them under which no paper is kept."""

    name: str
    last: int
    missing: tuple[int, ...]


def registers(keys: Iterable[int]) -> list[Register]:
    """These registers, newest year first. A missing number would mean that a paper was taken out of the database."""
    taken: dict[int, set[int]] = {}
    found = list(NumberRegister.objects.filter(pk__in=keys).order_by("-year", "mark"))
    for register, serial in Document.objects.filter(register__in=found).values_list("register_id", "serial"):
        taken.setdefault(register, set()).add(serial)
    return [
        Register(str(one), one.last_serial, tuple(sorted(set(range(1, one.last_serial + 1)) - taken.get(one.pk, set()))))
        for one in found
    ]
