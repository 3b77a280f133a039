"""The checks of one photo, after it is stored: used before, taken elsewhere or at another time, not the same scene.

They inform whoever judges the case. They block nothing, score nobody, and a photo without camera data passes in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from wenming.evidence.hints import keep_hint
from wenming.evidence.models import CameraClaim, Exhibit, HintKind, Kind, Role
from wenming.evidence.reuse import Copy, copies_of, earlier_showing, is_sample, sketch_for
from wenming.evidence.rules.claims import LOOK_MAY_WAIT, PLACE_TOLERANCE_M, REPORT_MAY_WAIT, is_elsewhere, off_time
from wenming.evidence.rules.same_picture import UNCHANGED_LEAST
from wenming.evidence.rules.scenes import Scene, corners_in_common, same_scene
from wenming.journal.models import Entry
from wenming.journal.services import LookFirst
from wenming.observations.models import Report
from wenming.territory.models import Placement
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.rules.geometry import distance_m

from ..models import Case
from ..selectors import photos_of
from .behind import case_behind

MOST_BEFORE = 4


@dataclass(frozen=True)
class Finding:
    """A hint that is still to be written down."""

    exhibit: Exhibit
    kind: HintKind
    facts: Mapping[str, object]
    other: Exhibit | None = None


def look_at_photo(entry: Entry, _now: datetime) -> list[Finding]:
    """A photo was attached: what should be known of it, and of those that were looked at before it was there."""
    exhibit = Exhibit.objects.select_related("original__public_copy").get(pk=entry.about.split(":", 1)[1])
    if exhibit.original.kind != Kind.PHOTO or is_sample(exhibit.original):
        return []
    copies = copies_of(exhibit.original)
    found = [*_reuse(exhibit, copies), *_scene(exhibit), *_claims(exhibit)]
    later = Exhibit.objects.filter(original__in=[copy.original_id for copy in copies], added_at__gt=exhibit.added_at)
    for one in later.select_related("original__public_copy"):
        found += _reuse(one, copies_of(one.original))
    return found


def keep_findings(_entry: Entry, now: datetime, found: Iterable[Finding]) -> None:
    """Write down what was found; what is there already stays as it is."""
    for one in found:
        keep_hint(one.exhibit, one.kind, now=now, other=one.other, **one.facts)


# Pictures are decoded and compared for some tenths of a second: nobody who writes may wait for that.
check_photo = LookFirst(look_at_photo, keep_findings)


def _reuse(exhibit: Exhibit, others: Iterable[Copy]) -> Iterator[Finding]:
    copies = [Copy(exhibit.original_id, same_file=True), *others]
    # The same scene before is another finding than the same photo anywhere.
    before = {one.original_id: one for one in _photos_before(exhibit, case_behind(exhibit))}
    for copy in copies:
        if copy.original_id in before and copy.least_percent >= 100 * UNCHANGED_LEAST:
            yield _of_copy(exhibit, HintKind.UNCHANGED, copy, before[copy.original_id])
            break
    for copy in copies:
        if copy.original_id not in before and (shown := earlier_showing(copy.original_id, exhibit)):
            yield _of_copy(exhibit, HintKind.REUSED, copy, shown)
            break


def _of_copy(exhibit: Exhibit, kind: HintKind, copy: Copy, shown: Exhibit) -> Finding:
    facts = {
        "same_file": copy.same_file, "mirrored": copy.mirrored, "shown_percent": copy.shown_percent,
        "agreeing_percent": copy.agreeing_percent, "seconds": round((exhibit.added_at - shown.added_at).total_seconds()),
    }  # fmt: skip
    return Finding(exhibit, kind, facts, shown)


def _photos_before(exhibit: Exhibit, case: Case | None) -> list[Exhibit]:
    """How it was, for a photo that says how it is now."""
    if case is None or exhibit.role != Role.AFTER:
        return []
    return [one for one in photos_of(case).before if one.added_at < exhibit.added_at][:MOST_BEFORE]


def _scene(exhibit: Exhibit) -> Iterator[Finding]:
    before = [one for one in _photos_before(exhibit, case_behind(exhibit)) if not is_sample(one.original)]
    after = sketch_for(exhibit.original)
    sketches = [(one, sketch) for one in before if (sketch := sketch_for(one.original))]
    if after is None or not sketches:
        return
    compared = [(corners_in_common(after, sketch), one, sketch) for one, sketch in sketches]
    in_common, other, sketch = max(compared, key=lambda each: each[0])
    corners = min(len(after.corners), len(sketch.corners))
    said = same_scene(in_common, corners)
    if said != Scene.SAME:
        kind = HintKind.OTHER_SCENE if said == Scene.OTHER else HintKind.SCENE_UNSURE
        yield Finding(exhibit, kind, {"matched": in_common, "corners": corners}, other)


@dataclass(frozen=True)
class Claimed:
    """Where and when a photo is said to be taken. against: what the time is told relative to."""

    placement: Placement
    earliest: datetime
    latest: datetime
    reference: datetime
    against: str


def _claims(exhibit: Exhibit) -> Iterator[Finding]:
    camera = CameraClaim.objects.filter(original=exhibit.original_id).first()
    claimed = _claimed(exhibit) if camera else None
    if camera is None or claimed is None:
        return
    metres = _metres_off(camera, claimed.placement)
    if metres is not None and is_elsewhere(metres, claimed.placement.accuracy_m):
        # Rounded: the hint says that it was far away, not where somebody lives.
        tolerance = round(PLACE_TOLERANCE_M + (claimed.placement.accuracy_m or 0))
        yield Finding(exhibit, HintKind.ELSEWHERE, {"metres": round(metres, -2), "tolerance_m": tolerance})
    off = off_time(camera.taken_at, claimed.earliest, claimed.latest) if camera.taken_at else None
    if off and camera.taken_at:
        reference, against = (claimed.reference, claimed.against) if off.early else (claimed.latest, "handed-in")
        seconds = round(abs((camera.taken_at - reference).total_seconds()))
        yield Finding(exhibit, HintKind.OTHER_TIME, {"seconds": seconds, "early": off.early, "against": against})


def _claimed(exhibit: Exhibit) -> Claimed | None:
    if exhibit.subject_type == "report":
        report = Report.objects.select_related("placement").get(pk=exhibit.subject_id)
        return Claimed(report.placement, report.seen_at - REPORT_MAY_WAIT, report.received_at, report.seen_at, "seen")
    case = case_behind(exhibit)
    if case is None:
        return None
    if exhibit.role == Role.AFTER and exhibit.subject_type in {"case", "support"}:
        begun = _work_began(case)
        return Claimed(case.placement, begun, exhibit.added_at, begun, "begun")
    return Claimed(case.placement, exhibit.added_at - LOOK_MAY_WAIT, exhibit.added_at, exhibit.added_at, "handed-in")


def _work_began(case: Case) -> datetime:
    """When it was first dispatched; for what its finder put right on the spot, a shift before it was handed in."""
    first = case.moves.filter(act="dispatch").order_by("position").first()
    return first.at if first else case.opened_at - LOOK_MAY_WAIT


def _metres_off(camera: CameraClaim, placement: Placement) -> float | None:
    """How far from the place, in the reading of the camera's numbers that is nearer: some phones write GCJ-02."""
    if placement.point is None or camera.lon_wgs84 is None or camera.lat_wgs84 is None:
        return None
    readings = (to_cgcs2000(camera.lon_wgs84, camera.lat_wgs84, datum) for datum in (Datum.WGS84, Datum.GCJ02))
    return min(distance_m(placement.point, reading) for reading in readings)
