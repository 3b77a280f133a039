"""The colours keep their promises: readable text in every theme, states that nobody confuses."""

from __future__ import annotations

import itertools
import re

import pytest

from wenming.desks.common.management.commands.assemble_styles import STATIC
from wenming.desks.common.tests import colour

TOKENS = (STATIC / "css" / "tokens.css").read_text()
STATES = ("late", "soon", "go", "done", "hold")


def block(selector: str) -> dict[str, str]:
    """The colour tokens that one block sets."""
    body = re.search(rf"^\s*{re.escape(selector)} \{{(.*?)\n\s*\}}", TOKENS, re.S | re.M)
    assert body, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{3,6});", body[1]))


LIGHT = block(":root")
THEMES = {"light": LIGHT, "dark": LIGHT | block("[data-theme=dark]"), "sun": LIGHT | block("[data-theme=sun]")}
TEXTS = ("ink", "ink-2", "ink-3", "brand", "late-ink", "soon-ink", "go-ink", "done-ink", "hold-ink")


@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("theme", "least"), [("light", 4.5), ("dark", 4.5), ("sun", 7)])
def test_text_is_readable_on_every_ground(theme, least, text, ground):
    tokens = THEMES[theme]

    assert colour.contrast(tokens[text], tokens[ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_a_status_tag_is_readable_on_its_own_tint(theme, state):
    tokens = THEMES[theme]

    assert colour.contrast(tokens[f"{state}-ink"], tokens[f"{state}-tint"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_the_main_button_are_readable(theme):
    tokens = THEMES[theme]

    assert colour.contrast(tokens["on-brand"], tokens["brand"]) >= 4.5
    assert colour.contrast(tokens["on-brand"], tokens["brand-hover"]) >= 4.5


@pytest.mark.parametrize("ground", ["paper", "surface"])
@pytest.mark.parametrize("mark", ["line-strong", "focus"])
@pytest.mark.parametrize("theme", THEMES)
def test_the_edges_of_controls_and_the_focus_are_seen(theme, mark, ground):
    tokens = THEMES[theme]

    assert colour.contrast(tokens[mark], tokens[ground]) >= 3


@pytest.mark.parametrize("vision", colour.VISIONS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_two_states_look_alike_to_anybody(theme, vision):
    fills = {state: colour.lab(colour.seen_by(vision, THEMES[theme][state])) for state in STATES}

    nearest = min(colour.distance(fills[a], fills[b]) for a, b in itertools.combinations(STATES, 2))

    assert round(nearest, 1) >= 19.9


def test_the_automatic_dark_is_the_chosen_dark():
    assert block("[data-theme=auto]") == block("[data-theme=dark]")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425, id="blue, near hue 275"),
        pytest.param((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0, id="blue, rotated"),
        pytest.param((50, 2.5, 0), (50, 0, -2.5), 4.3065, id="hues 90 degrees apart"),
        pytest.param((50, 2.5, 0), (73, 25, -18), 27.1492, id="far apart"),
        pytest.param((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082, id="near black"),
    ],
)
def test_the_distance_agrees_with_the_published_pairs(one, other, expected):
    assert colour.distance(one, other) == pytest.approx(expected, abs=0.0001)
