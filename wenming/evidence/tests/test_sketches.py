"""A changed copy of a photo is known by its corners and lies exactly over it; another photo of the same place does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from bench.street_scenes import Day, Street, View
from wenming.evidence.rules.alignment import align
from wenming.evidence.rules.same_picture import Overlay, is_copy, overlay
from wenming.evidence.rules.scenes import Scene, corners_in_common, same_scene
from wenming.evidence.rules.sketches import LONG_EDGE, UNITS, Sketch, sketch_of

from .drawings import encoded, upload

STREETS = [Street(seed, estate=seed // 2) for seed in (1, 2, 5)]


def likeness(image: Image.Image) -> Image.Image:
    """As the sandbox draws it, by way of a thumbnail."""
    small = image.convert("L")
    small.thumbnail((320, 320))
    scale = LONG_EDGE / max(small.size)
    return small.resize((round(small.width * scale), round(small.height * scale)), Image.Resampling.BICUBIC)


def again(image: Image.Image, quality: int = 70) -> Image.Image:
    return Image.open(upload(encoded(image, quality=quality)))


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    return [street.photo(day=Day(passers_seed=street.seed)) for street in STREETS]


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "quality 40": lambda image: again(image, 40),
    "a quarter of the size": lambda image: again(image.resize((240, 180), Image.Resampling.BICUBIC)),
    "20 % cut off": lambda image: again(image.crop((90, 50, 950, 693))),
    "40 % cut off": lambda image: again(image.crop((110, 90, 854, 648))),
    "mirrored": lambda image: again(ImageOps.mirror(image)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_copy_is_found_by_its_words_and_lies_over_the_first(photos, change):
    for photo in photos:
        first, copy = likeness(photo), likeness(change(photo))
        mirrored = change is CHANGES["mirrored"]
        kept, asked = sketch_of(first), sketch_of(copy).mirrored() if mirrored else sketch_of(copy)

        assert len({corner for word, corner in asked.probes().items() if word in set(kept.words())}) >= 2
        placed = align(asked, kept)
        assert placed is not None
        assert is_copy(overlay(ImageOps.mirror(copy) if mirrored else copy, first, placed))


def test_another_photo_of_the_same_place_has_its_corners_and_is_no_copy(photos):
    for street, photo in zip(STREETS, photos, strict=True):
        later = street.photo(View(east=0.03, zoom=1.04, tilt_deg=1.2), Day(passers_seed=90, light=0.85, rubbish=False))
        first, second = likeness(photo), likeness(later)
        placed = align(sketch_of(second), sketch_of(first))

        assert placed is not None
        assert same_scene(placed.matched, 40) == Scene.SAME
        assert not is_copy(overlay(second, first, placed))


def test_streets_with_the_same_houses_are_told_apart(photos):
    twins = sketch_of(likeness(photos[1])), sketch_of(likeness(Street(3, estate=1).photo()))
    assert same_scene(corners_in_common(*twins), 40) == Scene.OTHER


@pytest.mark.parametrize(
    ("in_common", "corners", "said"),
    [(8, 45, Scene.SAME), (4, 45, Scene.OTHER), (5, 45, Scene.UNSURE), (0, 19, Scene.UNSURE), (9, 12, Scene.SAME)],
)
def test_not_sure_is_an_answer(in_common, corners, said):
    assert same_scene(in_common, corners) == said


@pytest.mark.parametrize(
    ("agreeing", "turn", "copy"), [(0.95, 0.1, True), (0.89, 0.0, False), (1.0, 0.5, False)],
    ids=["alike and straight", "too much differs", "held askew"],
)  # fmt: skip
def test_a_copy_agrees_and_is_not_turned(agreeing, turn, copy):
    assert is_copy(Overlay(agreeing, 1.0, turn, 1.0)) is copy


def test_a_wall_has_no_corners():
    assert len(sketch_of(Image.new("L", (LONG_EDGE, 192), 120)).corners) == 0
    assert len(sketch_of(Image.new("L", (LONG_EDGE, 1), 120)).corners) == 0


def test_it_is_stored_and_read_back(photos):
    sketch = sketch_of(likeness(photos[0]))
    read = Sketch.from_bytes(sketch.as_bytes())
    assert (read.width, read.height) == (UNITS, UNITS * 3 // 4)
    assert np.array_equal(read.corners, sketch.corners)
    with pytest.raises(ValueError, match="version 2"):
        Sketch.from_bytes(b"\2\0" + sketch.as_bytes()[2:])


def test_mirroring_twice_is_nothing(photos):
    sketch = sketch_of(likeness(photos[0]))
    assert np.array_equal(sketch.mirrored().mirrored().corners, sketch.corners)


WORDS = [489082, 687679, 877324, 1150640, 1451295, 1481660, 2930326, 3113774]


def test_the_words_never_change():
    # Millions of stored words stand on this: a change of the arithmetic needs a new version.
    noise = np.random.default_rng(1).integers(0, 256, (48, 64)).astype(np.uint8)
    words = sketch_of(Image.fromarray(noise).resize((256, 192), Image.Resampling.BICUBIC)).words()
    # A sign that stands on the edge may fall otherwise on another processor.
    assert len(set(words) & set(WORDS)) >= len(WORDS) - 2
