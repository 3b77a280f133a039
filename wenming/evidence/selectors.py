"""Questions about evidence. None decides who may see what: a desk asks only about subjects its user may see."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from .models import Exhibit, Fingerprint, Original, PendingUpload, PublicCopy, Subject
from .rules.fingerprints import BANDS, bands, distance, neighbours, probe_radius


class Similar(NamedTuple):
    """An original that looks like the one asked about; 0 bits apart is as good as the same picture."""

    original: Original
    bits_apart: int


def standing() -> QuerySet[Exhibit]:
    """Exhibits that have not been withdrawn, oldest first, with everything needed to show them."""
    return Exhibit.objects.filter(withdrawal=None).select_related("original__public_copy").order_by("added_at", "pk")


def exhibits_of(subject: Subject, *, role: str | None = None) -> QuerySet[Exhibit]:
    """What is shown for one matter."""
    found = standing().filter(subject_type=subject.kind, subject_id=str(subject.id))
    return found.filter(role=role) if role else found


def exhibits_of_either(*about: tuple[str, Iterable[str] | QuerySet[Any, Any]]) -> QuerySet[Exhibit]:
    """What is shown for matters of several kinds. about: (kind, the matters' keys or the question for them)."""
    return standing().filter(reduce(or_, (Q(subject_type=kind, subject_id__in=ids) for kind, ids in about)))


def exhibits_of_many(kind: str, ids: Iterable[str]) -> dict[str, list[Exhibit]]:
    """What is shown for each of many matters of one kind, in one query; for lists."""
    shown: dict[str, list[Exhibit]] = defaultdict(list)
    for exhibit in standing().filter(subject_type=kind, subject_id__in=[str(id_) for id_ in ids]):
        shown[exhibit.subject_id].append(exhibit)
    return shown


def exhibit(public_id: uuid.UUID | str) -> Exhibit | None:
    """One standing exhibit by its public name; None when there is none, it is withdrawn, or the name is no name."""
    try:
        return standing().filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def public_file(public_id: uuid.UUID | str) -> PublicCopy | None:
    """The copy people may see of a standing exhibit; None for videos and documents, which have none."""
    shown = exhibit(public_id)
    return getattr(shown.original, "public_copy", None) if shown else None


def duplicates_of(shown: Exhibit) -> QuerySet[Exhibit]:
    """Other exhibits of the very same file, withdrawn ones included: reuse is a finding."""
    return Exhibit.objects.filter(original_id=shown.original_id).exclude(pk=shown.pk).order_by("added_at", "pk")


def similar_to(fingerprint: Fingerprint, *, max_distance: int = 10) -> list[Similar]:
    """Other originals whose fingerprint of the same kind differs in at most max_distance bits, nearest first.

    Looks candidates up by band, never through the whole table, and misses none (rules.fingerprints.probe_radius).
    """
    value = int(fingerprint.value, 16)
    apart = {
        original_id: distance(value, int(candidate, 16))
        for original_id, candidate in _candidates(fingerprint, probe_radius(max_distance))
    }
    near = {original_id: bits for original_id, bits in apart.items() if bits <= max_distance}
    originals = Original.objects.select_related("public_copy").in_bulk(near)
    return sorted((Similar(originals[key], bits) for key, bits in near.items()), key=lambda found: found.bits_apart)


def held_hashes(tokens: Iterable[str]) -> dict[str, str]:
    """SHA-256 of the early uploads that can still be claimed, by their token."""
    wanted = [token for token in tokens if _is_uuid(token)]
    held = PendingUpload.objects.filter(token__in=wanted).values_list("token", "facts") if wanted else []
    return {str(token): facts["sha256"] for token, facts in held}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _candidates(fingerprint: Fingerprint, radius: int) -> QuerySet[Fingerprint, tuple[int, str]]:
    own = bands(int(fingerprint.value, 16))
    shares_a_band = Q()
    for number in range(BANDS):
        shares_a_band |= Q(**{f"band_{number}__in": neighbours(own[number], radius)})
    return (
        Fingerprint.objects.filter(shares_a_band, algorithm=fingerprint.algorithm)
        .exclude(original_id=fingerprint.original_id).values_list("original_id", "value")
    )  # fmt: skip
