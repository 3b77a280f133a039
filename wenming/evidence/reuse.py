"""Was this photo here before (以前用过)? The same file, or the same picture cut, mirrored, made smaller, stamped.

    sketch ──▶ words ──▶ index: who has two of them ──▶ corners lie alike ──▶ laid over one another, pixel by pixel
     stored      45          some 1,400 look-ups            at most 12              at most 3, in the sandbox

No step goes through all photos. Called by a reaction, never while somebody waits for a receipt, and outside of any
transaction: only the photo's own words are written here, in a short one, before anything is looked up. So of two copies
that are looked at together, the one whose words came last finds the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count
from PIL import Image, ImageOps

from wenming.engine.inserting import insert_all

from .blob_store import city_blobs
from .intake import grey_picture
from .models import Exhibit, Kind, Original, PhotoSketch, SketchWord
from .rules.alignment import Alignment, align
from .rules.same_picture import is_copy, overlay
from .rules.sketches import Sketch, sketch_of
from .sandbox.host import darkroom

# What the house itself hands out for trying things: everybody may use it as often as they like.
SAMPLES = "demo"
# A word that so many photos have (the same date stamp on all of them) tells nothing; it is not kept for any more.
MOST_WITH_A_WORD = 200
WORDS_AT_ONCE = 500
CORNERS_IN_INDEX = 2
CORNERS_ALIGNED = 6
MOST_ALIGNED = 12
MOST_LAID_OVER = 3


class Copy(NamedTuple):
    """Another original that shows the same picture, and how the one asked about lies in it."""

    original_id: int
    same_file: bool = False
    mirrored: bool = False
    shown_percent: int = 100  # how much of the other picture the one asked about shows
    agreeing_percent: int = 100
    least_percent: int = 100  # of the part that agrees least


class _Alike(NamedTuple):
    original_id: int
    mirrored: bool
    alignment: Alignment


def is_sample(original: Original) -> bool:
    """A picture that the house itself supplied."""
    return original.exhibits.filter(subject_type=SAMPLES).exists()


def sketch_for(original: Original) -> Sketch | None:
    """The stored sketch; made now for a photo that came before there were any. None for what is no photo."""
    kept = PhotoSketch.objects.filter(original=original).first()
    if kept is None and (grey := _grey_of(original)):
        kept, _new = PhotoSketch.objects.get_or_create(original=original, defaults={"content": sketch_of(grey).as_bytes()})
    return Sketch.from_bytes(bytes(kept.content)) if kept else None


class Sketched(NamedTuple):
    """One batch of older photos: how many were looked at, how many were not in the index yet, and the key of the last."""

    looked_at: int
    made: int
    last: int


def sketch_older(*, after: int = 0, at_once: int = 200) -> Iterator[Sketched]:
    """Put every photo into the index that is not in it, batch by batch in the order in which they came.

    Each photo is one short transaction, made once: it may be stopped anywhere, and begun again with `after` or from the
    beginning. What the house supplied for trying things stays out, and so does a photo whose thumbnail is gone.
    """
    photos = Original.objects.filter(kind=Kind.PHOTO).select_related("public_copy").order_by("pk")
    while batch := list(photos.filter(pk__gt=after)[:at_once]):
        after = batch[-1].pk
        yield Sketched(len(batch), sum(_enter_older(original) for original in batch), after)


def _enter_older(original: Original) -> bool:
    sketch = None if is_sample(original) else sketch_for(original)
    return sketch is not None and _enter(sketch, original.pk)


def copies_of(original: Original) -> list[Copy]:
    """Other originals that show the same picture, the likeliest first; this one is in the index before they are looked up."""
    sketch = sketch_for(original)
    if sketch is None or not len(sketch.corners):
        return []
    _enter(sketch, original.pk)
    alike = sorted(_alike(sketch, original.pk), key=lambda each: -each.alignment.matched)
    return [copy for one in alike[:MOST_LAID_OVER] if (copy := _laid_over(original, one))]


def _alike(sketch: Sketch, own: int) -> Iterator[_Alike]:
    straight, mirrored = _who_has(sketch, own), _who_has(sketch.mirrored(), own)
    likeliest = sorted(
        ((hits, key, turned) for turned, found in ((False, straight), (True, mirrored)) for key, hits in found.items()),
        key=lambda each: (-each[0], each[1], each[2]),
    )[:MOST_ALIGNED]
    sketches = PhotoSketch.objects.in_bulk([key for _hits, key, _turned in likeliest])
    for _hits, key, turned in likeliest:
        other = Sketch.from_bytes(bytes(sketches[key].content)) if key in sketches else None
        found = align(sketch.mirrored() if turned else sketch, other) if other else None
        if found and found.matched >= CORNERS_ALIGNED:
            yield _Alike(key, turned, found)


def _who_has(sketch: Sketch, own: int) -> dict[int, int]:
    """{original: corners of this sketch that the index finds in it}."""
    probes = sketch.probes()
    words, corners = list(probes), defaultdict(set)
    for start in range(0, len(words), WORDS_AT_ONCE):
        rows = SketchWord.objects.filter(word__in=words[start : start + WORDS_AT_ONCE]).exclude(original=own)
        for word, original_id in rows.values_list("word", "original_id"):
            corners[original_id].add(probes[word])
    return {key: len(found) for key, found in corners.items() if len(found) >= CORNERS_IN_INDEX}


def _enter(sketch: Sketch, own: int) -> bool:
    """Put the photo into the index, once; whether it was not there."""
    words = sketch.words()
    kept = SketchWord.objects.filter(word__in=words)
    if not words or kept.filter(original=own).exists():
        return False
    with transaction.atomic():
        # Two workers take turns, or both would count and both would write. Not FOR UPDATE: exhibits need not wait.
        Original.objects.select_for_update(no_key=True).order_by("pk").first()
        if kept.filter(original=own).exists():
            return False
        counts = dict(kept.order_by().values_list("word").annotate(photos=Count("pk")))
        insert_all([SketchWord(word=w, original_id=own) for w in words if counts.get(w, 0) < MOST_WITH_A_WORD])
    return True


def _laid_over(original: Original, one: _Alike) -> Copy | None:
    other = Original.objects.get(pk=one.original_id)
    grey, other_grey = _grey_of(original), _grey_of(other)
    if grey is None or other_grey is None or is_sample(other):
        return None
    found = overlay(ImageOps.mirror(grey) if one.mirrored else grey, other_grey, one.alignment)
    if not is_copy(found):
        return None
    width, height = grey.size
    shown = found.shared * width * height * found.scale**2 / (other_grey.width * other_grey.height)
    return Copy(
        other.pk, mirrored=one.mirrored, shown_percent=min(100, round(100 * shown)),
        agreeing_percent=round(100 * found.agreeing), least_percent=round(100 * found.least),
    )  # fmt: skip


def _grey_of(original: Original) -> Image.Image | None:
    """The photo in grey, from its thumbnail: our own drawing, and decoded in the sandbox all the same."""
    copy = getattr(original, "public_copy", None)
    if copy is None or not city_blobs().holds(copy.thumb_stored_name):
        return None
    with city_blobs().open(copy.thumb_stored_name) as thumb:
        return grey_picture(darkroom().develop(thumb.fileno(), "image/jpeg").likeness)


def earlier_showing(original_id: int, than: Exhibit) -> Exhibit | None:
    """The first showing of a picture before another exhibit; what came with it in one act is not before it."""
    before = Exhibit.objects.filter(original=original_id, added_at__lt=than.added_at)
    return before.order_by("added_at", "pk").first()
