"""Evidence checks inform people and never punish: what is found, what is not, who reads it, and that twice is once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image, ImageOps

from bench.street_scenes import Day, Street, View
from wenming.cases.models import Case
from wenming.cases.photo_checks.checking import check_photo, keep_findings, look_at_photo
from wenming.cases.photo_checks.selectors import TellHint, hints_about, may_judge
from wenming.cases.photo_checks.services import judge_photo_hint
from wenming.cases.selectors import photos_of
from wenming.cases.services import answer, collect, dispatch, establish, pass_verification
from wenming.evidence import reuse
from wenming.evidence.hints import hint_rates
from wenming.evidence.models import (
    CameraClaim,
    Exhibit,
    HintKind,
    HintVerdict,
    PhotoHint,
    PhotoSketch,
    PublicCopy,
    Role,
    SketchWord,
    Subject,
)
from wenming.evidence.reuse import sketch_older
from wenming.evidence.services import Prepared, attach, prepare
from wenming.journal.models import Entry, Reaction
from wenming.journal.worker import run_waiting
from wenming.refusals import BadInput, NotAllowed
from wenming.territory.models import Placement, Source

from .story import MONDAY, at

HERE = (113.38, 22.52)
TUESDAY = at("11-17 10:00")


def jpeg(image: Image.Image, quality: int = 85, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **({"exif": exif} if exif is not None else {}))
    return out.getvalue()


def taken(image: Image.Image, **options: Any) -> Prepared:
    return prepare(io.BytesIO(jpeg(image, **options)))


def camera(place: tuple[float, float] | None = None, moment: str = "") -> Image.Exif:
    """What a telephone writes: degrees as three numbers, time without an offset."""
    exif = Image.Exif()
    if place:
        longitude, latitude = place
        exif.get_ifd(0x8825).update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)})
    if moment:
        exif.get_ifd(0x8769)[0x9003] = moment
    return exif


@pytest.fixture(scope="module")
def street() -> Image.Image:
    """A street as somebody found it on Monday."""
    return Street(1, estate=1).photo(day=Day(passers_seed=5))


@pytest.fixture
def reported(report: Callable[..., Any]) -> Callable[..., Case]:
    """`reported(photo)`: a case from a report with that photograph, at a known place."""

    def open_case(*photos: Prepared, now: datetime = MONDAY) -> Case:
        case = collect(report(photos=list(photos), now=now).report, now=now)
        # This small city has no map; the place is known all the same.
        Placement.objects.filter(pk=case.placement_id).update(
            longitude=HERE[0], latitude=HERE[1], source=Source.GPS
        )
        return case

    return open_case


@pytest.fixture
def answered(small_city: SimpleNamespace) -> Callable[..., Case]:
    """`answered(case, photo)`: the sanitation department has put it right, with that photograph."""

    def work_on(case: Case, *photos: Prepared, now: datetime = TUESDAY) -> Case:
        case = establish(
            case, problem_type=small_city.overflow, rule=small_city.four_hours, by=small_city.dispatcher, now=MONDAY
        )
        case = dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=MONDAY)
        return answer(case, text="已清运", photos=photos, by=small_city.handler, now=now)

    return work_on


def hints_on(case: Case, reader: Any) -> list[TellHint]:
    photos = photos_of(case)
    return hints_about([*photos.before, *photos.after, *photos.verified], reader)


def kinds(case: Case, reader: Any) -> list[str]:
    run_waiting(TUESDAY)
    return [one.hint.kind for one in hints_on(case, reader)]


# -- used before --------------------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "the same file": lambda image: image,
    "a third of the size": lambda image: image.resize((320, 240), Image.Resampling.BICUBIC),
    "a quarter cut off": lambda image: image.crop((100, 60, 940, 690)),
    "mirrored": ImageOps.mirror,
    "mirrored and cut": lambda image: ImageOps.mirror(image).crop((40, 90, 900, 720)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_photo_of_another_case_is_known_again(reported, answered, small_city, street, change):
    first = reported(taken(street))
    case = answered(reported(now=MONDAY + timedelta(hours=1)), taken(change(street)))
    run_waiting(TUESDAY)

    (told,) = hints_on(case, small_city.dispatcher)
    assert told.hint.kind == HintKind.REUSED
    assert told.link == first
    assert f"和案件 {first.number} 的照片" in told.words
    assert "早 25 小时" in told.words
    assert ("左右翻转" in told.words) == (change in (CHANGES["mirrored"], CHANGES["mirrored and cut"]))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Street(1, estate=1).photo(View(east=0.05, tilt_deg=1.5), Day(passers_seed=9, light=0.9)), id="the same place on another day"),
        pytest.param(Street(2, estate=1).photo(day=Day(passers_seed=7)), id="the same houses, another street"),
        pytest.param(Image.new("RGB", (640, 480), "grey"), id="a wall"),
    ],
)  # fmt: skip
def test_another_photo_is_not(reported, small_city, street, other):
    reported(taken(street))
    assert kinds(reported(taken(other), now=TUESDAY), small_city.dispatcher) == []


def test_two_photos_of_one_sending_are_not_used_before(reported, small_city, street):
    assert kinds(reported(taken(street), taken(street, quality=60)), small_city.dispatcher) == []


def test_samples_of_the_house_may_be_used_by_everybody(reported, small_city, street):
    sample = taken(street)
    attach(sample, role=Role.ATTACHMENT, subject=Subject("demo", "album"), by=None, now=MONDAY)
    reported(sample)
    assert kinds(reported(sample, now=TUESDAY), small_city.dispatcher) == []


def test_the_one_looked_at_late_still_finds_the_later_one(reported, small_city, street):
    reported(taken(street))
    later = reported(taken(ImageOps.mirror(street)), now=TUESDAY)
    entries = list(Entry.objects.filter(action="evidence.attached").order_by("-seq"))
    for entry in entries:
        check_photo(entry, TUESDAY)

    assert [one.hint.kind for one in hints_on(later, small_city.dispatcher)] == [HintKind.REUSED]


# -- before and after ---------------------------------------------------------------------------------------------


def test_an_answer_with_the_photo_of_the_report_says_so(reported, answered, small_city, street):
    case = answered(reported(taken(street)), taken(street.crop((30, 20, 930, 700))))
    assert kinds(case, small_city.dispatcher) == [HintKind.UNCHANGED]


@pytest.mark.parametrize(
    "view", [pytest.param(View(east=0.02, tilt_deg=-0.8), id="by hand"), pytest.param(View(), id="from a fixed camera")]
)
def test_the_same_place_put_in_order_gives_no_hint(reported, answered, small_city, street, view):
    tidy = Street(1, estate=1).photo(view, Day(passers_seed=5, rubbish=False))
    assert kinds(answered(reported(taken(street)), taken(tidy)), small_city.dispatcher) == []


def test_another_place_is_told_with_its_figures(reported, answered, small_city, street):
    case = answered(reported(taken(street)), taken(Street(77, estate=9).photo()))
    assert kinds(case, small_city.dispatcher) == [HintKind.OTHER_SCENE]
    (told,) = hints_on(case, small_city.dispatcher)
    assert f"只对上 {told.hint.facts['matched']} 处" in told.words


def test_where_too_little_can_be_compared_it_says_that_it_is_not_sure(reported, answered, small_city, street):
    case = answered(reported(taken(street)), taken(Image.new("RGB", (640, 480), "grey")))
    assert kinds(case, small_city.dispatcher) == [HintKind.SCENE_UNSURE]


# -- place and time -----------------------------------------------------------------------------------------------

AWAY = (HERE[0] + 0.02, HERE[1])  # 2 km


@pytest.mark.parametrize(
    ("place", "moment", "expected"),
    [
        pytest.param(None, "", [], id="no camera data says nothing against anybody"),
        pytest.param(HERE, "2026:11:16 08:50:00", [], id="there and then"),
        pytest.param((HERE[0] + 0.0025, HERE[1]), "", [], id="across the square"),
        pytest.param((HERE[0] + 0.0054, HERE[1] - 0.0027), "", [], id="a telephone that writes GCJ-02"),
        pytest.param(AWAY, "", [HintKind.ELSEWHERE], id="two kilometres away"),
        pytest.param(None, "2026:11:11 09:00:00", [], id="five days ago"),
        pytest.param(None, "2026:10:01 09:00:00", [HintKind.OTHER_TIME], id="six weeks ago"),
        pytest.param(None, "2026:11:16 10:30:00", [], id="a clock an hour and a half fast"),
        pytest.param(None, "2027:01:01 00:00:00", [HintKind.OTHER_TIME], id="next year"),
    ],
)
def test_what_the_camera_wrote_is_compared_with_what_is_claimed(reported, small_city, street, place, moment, expected):
    case = reported(taken(street, exif=camera(place, moment)))
    assert kinds(case, small_city.dispatcher) == expected


def test_an_answer_photographed_before_the_dispatch(reported, answered, small_city, street):
    case = answered(reported(), taken(street, exif=camera(moment="2026:11:13 09:00:00")))
    assert kinds(case, small_city.dispatcher) == [HintKind.OTHER_TIME]
    assert "比派遣还早 3 天" in hints_on(case, small_city.dispatcher)[0].words


def test_hints_hold_no_coordinates_and_the_claim_may_go(reported, small_city, street):
    case = reported(taken(street, exif=camera(AWAY)))
    run_waiting(TUESDAY)
    (told,) = hints_on(case, small_city.dispatcher)
    assert told.hint.facts == {"metres": 1500, "tolerance_m": 300}  # read as GCJ-02, which is nearer
    assert "至少 1.5 公里" in told.words
    CameraClaim.objects.all().delete()
    assert [one.words for one in hints_on(case, small_city.dispatcher)] == [told.words]


# -- who reads it, and what people say ----------------------------------------------------------------------------


@pytest.fixture
def used_again(reported, answered, small_city, street) -> SimpleNamespace:
    """A unit answered with the photograph of a case of another unit."""
    first = reported(taken(street))
    case = answered(reported(now=MONDAY + timedelta(hours=1)), taken(street, quality=50))
    run_waiting(TUESDAY)
    return SimpleNamespace(first=first, case=case, hint=PhotoHint.objects.get())


def test_who_may_not_see_the_other_case_learns_only_that_there_is_one(used_again, small_city):
    (told,) = hints_on(used_again.case, small_city.handler)
    assert told.link is None
    assert "另一件案件" in told.words
    assert used_again.first.number not in told.words


def test_nothing_is_blocked(used_again, small_city):
    case = pass_verification(used_again.case, note="看过", by=small_city.supervisor, now=TUESDAY)
    assert case.state == "verified"


def test_the_word_of_whoever_looked_is_kept_and_counted(used_again, small_city):
    for sound in (True, False, False):
        judge_photo_hint(used_again.case, used_again.hint, sound=sound, by=small_city.supervisor, now=TUESDAY)

    assert list(HintVerdict.objects.order_by("pk").values_list("sound", flat=True)) == [True, False]
    rate = next(one for one in hint_rates(MONDAY, TUESDAY) if one.kind == HintKind.REUSED)
    assert (rate.found, rate.judged, rate.sound, rate.unsound) == (1, 1, 0, 1)


@pytest.mark.parametrize("who", ["handler", "sweeper", "leader", "api"])
def test_who_may_not_verify_may_not_judge(used_again, small_city, who):
    by = getattr(small_city, who)
    assert not may_judge(used_again.case, by)
    with pytest.raises(NotAllowed):
        judge_photo_hint(used_again.case, used_again.hint, sound=False, by=by, now=TUESDAY)


def test_a_hint_is_judged_on_its_own_case(used_again, small_city):
    with pytest.raises(BadInput):
        judge_photo_hint(used_again.first, used_again.hint, sound=True, by=small_city.dispatcher, now=TUESDAY)


# -- twice is once ------------------------------------------------------------------------------------------------


def test_looking_five_times_is_as_good_as_once(used_again, small_city):
    def standing() -> tuple[Any, ...]:
        hints = list(PhotoHint.objects.order_by("pk").values())
        return hints, SketchWord.objects.count(), Entry.objects.filter(action="evidence.hint-found").count()

    once = standing()
    for entry in list(Entry.objects.filter(action="evidence.attached")) * 4:
        check_photo(entry, TUESDAY + timedelta(hours=1))
    assert standing() == once


@pytest.mark.parametrize("order", sorted({"".join(each) for each in permutations("aabb")}))
def test_two_copies_looked_at_together_are_told_of_once(reported, small_city, street, order):
    """Each is looked at and then written of; between any two of these steps the other worker may take one of its own."""
    reported(taken(street))
    later = reported(taken(ImageOps.mirror(street)), now=TUESDAY)
    entries = dict(zip("ab", Entry.objects.filter(action="evidence.attached").order_by("seq"), strict=True))
    found: dict[str, list[Any]] = {}
    for one in order:
        if one in found:
            keep_findings(entries[one], TUESDAY, found[one])
        else:
            found[one] = look_at_photo(entries[one], TUESDAY)

    assert [each.hint.kind for each in hints_on(later, small_city.dispatcher)] == [HintKind.REUSED]
    assert PhotoHint.objects.count() == Entry.objects.filter(action="evidence.hint-found").count() == 1


def test_a_copy_that_comes_while_the_first_is_compared_is_told_of(reported, small_city, street, monkeypatch):
    reported(taken(street, quality=70))
    reported(taken(street), now=MONDAY + timedelta(hours=1))
    first, second = Entry.objects.filter(action="evidence.attached").order_by("seq")
    look_at_photo(first, MONDAY)
    compare, came = reuse.overlay, []

    def and_meanwhile(*pictures: Any) -> Any:
        if not came:
            came.append(reported(taken(ImageOps.mirror(street)), now=TUESDAY))
        return compare(*pictures)

    monkeypatch.setattr(reuse, "overlay", and_meanwhile)
    check_photo(second, TUESDAY)
    run_waiting(TUESDAY)

    assert [each.hint.kind for each in hints_on(came[0], small_city.dispatcher)] == [HintKind.REUSED]


def test_looking_writes_no_hint(used_again):
    before = PhotoHint.objects.count(), Entry.objects.count()
    found = [one for entry in Entry.objects.filter(action="evidence.attached") for one in look_at_photo(entry, TUESDAY)]

    assert [one.kind for one in found] and (PhotoHint.objects.count(), Entry.objects.count()) == before


def test_a_photo_from_before_there_were_sketches_is_sketched_when_it_is_looked_at(reported, small_city, street):
    reported(taken(street))
    PhotoSketch.objects.all().delete()
    assert kinds(reported(taken(ImageOps.mirror(street)), now=TUESDAY), small_city.dispatcher) == [HintKind.REUSED]
    assert Exhibit.objects.count() == PhotoSketch.objects.count() == 2


# -- photos from before there were checks ---------------------------------------------------------------------------


@pytest.fixture
def older(reported) -> Callable[[int], list[Image.Image]]:
    """`older(3)`: so many photos were handed in before anybody made sketches of them."""

    def hand_in(many: int) -> list[Image.Image]:
        streets = [Street(20 + number, estate=number).photo() for number in range(many)]
        for each in streets:
            reported(taken(each))
        Reaction.objects.update(done_at=MONDAY)
        PhotoSketch.objects.all().delete()
        return streets

    return hand_in


@pytest.mark.parametrize(("commands", "found"), [((), []), (("sketch_photos",), [HintKind.REUSED])], ids=["without it", "after it"])
def test_a_photo_from_before_the_checks_is_known_again_after_the_command(reported, older, small_city, commands, found):
    (street,) = older(1)
    for each in commands:
        call_command(each, stdout=io.StringIO())

    assert kinds(reported(taken(ImageOps.mirror(street)), now=TUESDAY), small_city.dispatcher) == found


def test_the_command_may_stop_anywhere_and_goes_on(older):
    older(3)
    first = next(sketch_older(at_once=1))
    assert (first.looked_at, first.made, PhotoSketch.objects.count()) == (1, 1, 1)

    said = io.StringIO()
    call_command("sketch_photos", after=first.last, batch=1, stdout=said)
    assert "看过 2 张，补做 2 张" in said.getvalue() and PhotoSketch.objects.count() == 3
    words = SketchWord.objects.count()
    assert [(each.looked_at, each.made) for each in sketch_older()] == [(3, 0)]
    assert SketchWord.objects.count() == words


def test_samples_and_photos_without_a_thumbnail_are_passed_over(older, street):
    older(1)
    attach(taken(street), role=Role.ATTACHMENT, subject=Subject("demo", "album"), by=None, now=MONDAY)
    PublicCopy.objects.exclude(original__exhibits__subject_type="demo").update(thumb_stored_name=f"public/00/00/{64 * '0'}")

    assert [(each.looked_at, each.made) for each in sketch_older()] == [(2, 0)]
