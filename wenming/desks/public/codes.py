"""What a scanned plate leads to: the first letter of a code says of what kind it is, and whose page answers.

`P…` is a public place, `G…` a grid. Another kind joins by a line in CODES: a function of the request and the tidied code that
answers with a page, or None for a code that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timezone import localdate

from wenming.responsibilities.places.selectors import government_of, guides_of, pact_of, town_unit_of
from wenming.territory.grids.selectors import grids_in_force, placements_in
from wenming.territory.public_places.selectors import place_by_code
from wenming.territory.rules.place_numbers import GRID_LETTER, PLACE_LETTER

from .everybody import shown_to_everybody, without_traces

Answer = Callable[[HttpRequest, str], HttpResponse | None]
LATELY = 5


def place_page(request: HttpRequest, code: str) -> HttpResponse | None:
    """Who manages the place, what is promised, what was done lately, and the button to report. No person is named."""
    place = place_by_code(code)
    if place is None:
        return None
    today = localdate()
    done = list(shown_to_everybody(timezone.now()).filter(place=place)[:LATELY])
    # Of whoever guides there only the hours are told.
    hours = sorted({(tuple(one.weekdays), one.begins, one.ends) for one in guides_of(place, today) if one.since <= today})
    context = {
        "place": place, "pact": pact_of(place), "hours": hours, "town": town_unit_of(place, today),
        "done": without_traces(done) if done else [],
    }  # fmt: skip
    return render(request, "public/place.html", context)


def grid_page(request: HttpRequest, code: str) -> HttpResponse | None:
    """Which units answer in a grid, what was done there lately, and the button to report. No person is named. Policy: 7.5."""
    grid = grids_in_force().filter(code=code.removeprefix(GRID_LETTER)).first()
    if grid is None:
        return None
    today = localdate()
    done = list(shown_to_everybody(timezone.now()).filter(placement__in=placements_in(grid))[:LATELY])
    context = {
        "grid": grid, "community": government_of(grid.community.code, today), "town": government_of(grid.community.code[:9], today),
        "done": without_traces(done) if done else [],
    }  # fmt: skip
    return render(request, "public/grid.html", context)


CODES: dict[str, Answer] = {PLACE_LETTER: place_page, GRID_LETTER: grid_page}


def answer_of(request: HttpRequest, code: str) -> HttpResponse | None:
    """The page behind a code, None where nobody knows it. code: tidied, letters first."""
    answer = CODES.get(code[:1])
    return answer(request, code) if answer else None
