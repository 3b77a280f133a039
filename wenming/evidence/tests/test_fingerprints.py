"""Photos that look alike have near fingerprints, and searching by bands misses none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from wenming.evidence.rules.fingerprints import (
    DHASH,
    GREY_SIDE,
    PHASH,
    bands,
    distance,
    fingerprints,
    grey_from_bytes,
    neighbours,
    probe_radius,
)

from .drawings import encoded, scene, upload

SIXTY_FOUR_BITS = st.integers(0, 2**64 - 1)


def prints(image: Image.Image) -> dict[str, int]:
    grey = image.convert("L").resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX)
    return fingerprints(grey_from_bytes(grey.tobytes()))


CHANGES = {
    "resized to a third": lambda image: image.resize((image.width // 3, image.height // 3)),
    "recompressed at 40": lambda image: Image.open(upload(encoded(image, quality=40))),
    "brighter by a quarter": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "as a PNG in grey": lambda image: image.convert("L"),
    "squeezed a little": lambda image: image.resize((image.width, int(image.height * 0.95))),
}


@pytest.mark.parametrize("algorithm", [DHASH, PHASH])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("seed", range(6))
def test_a_changed_copy_stays_within_ten_bits(seed, change, algorithm):
    image = scene(seed)
    assert distance(prints(image)[algorithm], prints(change(image))[algorithm]) <= 10


@pytest.mark.parametrize("algorithm", [DHASH, PHASH])
def test_different_scenes_are_far_apart(algorithm):
    values = [prints(scene(seed))[algorithm] for seed in range(12)]
    apart = [distance(one, other) for n, one in enumerate(values) for other in values[:n]]
    assert min(apart) > 10
    assert np.mean(apart) > 20


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_flat_picture_has_no_fingerprint(grey):
    assert fingerprints(np.full((GREY_SIDE, GREY_SIDE), float(grey))) == {}


def test_the_values_never_change():
    # Millions of stored fingerprints stand on this: a change of the arithmetic needs a new algorithm name.
    row, column = np.mgrid[0:GREY_SIDE, 0:GREY_SIDE]
    pattern = (row * row * 7 + column * column * 3 + row * column * 5) % 97 * 2.5
    assert fingerprints(pattern) == {DHASH: 0xF69622A4D6EBEA29, PHASH: 0x9C4D5D815E889FA9}


def test_a_grey_picture_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="1024 bytes"):
        grey_from_bytes(b"\0" * 1023)


@given(SIXTY_FOUR_BITS)
def test_bands_put_together_are_the_value(value):
    first, second, third, fourth = bands(value)
    assert first << 48 | second << 32 | third << 16 | fourth == value


@given(SIXTY_FOUR_BITS, st.sets(st.integers(0, 63), max_size=11))
def test_searching_by_bands_misses_nothing_within_the_distance(value, flipped):
    other = value
    for bit in flipped:
        other ^= 1 << bit
    radius = probe_radius(len(flipped))
    pairs = zip(bands(value), bands(other), strict=True)
    assert any(theirs in neighbours(ours, radius) for ours, theirs in pairs)


def test_neighbours_are_counted_once():
    assert [len(neighbours(0xBEEF, radius)) for radius in (0, 1, 2)] == [1, 17, 137]
