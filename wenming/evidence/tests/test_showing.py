"""Finding exhibits, claiming early uploads, withdrawing, and what a browser is told about the bytes."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from PIL import Image

from wenming.evidence import refusals, selectors
from wenming.evidence.models import Exhibit, Fingerprint, PublicCopy, Subject
from wenming.evidence.rules.fingerprints import DHASH, bands
from wenming.evidence.services import attach, claim_upload, hold_upload, take_in, withdraw
from wenming.evidence.serving import open_original, open_public
from wenming.journal.models import Entry

from .drawings import NOW, REPORT, encoded, scene, upload

pytestmark = pytest.mark.django_db
OTHER_REPORT = Subject("report", "R-9QQ2")


def hand_in(data: bytes, subject: Subject = REPORT, role: str = "scene", kind: str = "photo") -> Exhibit:
    return take_in(upload(data, "x.pdf"), role=role, subject=subject, by=None, now=NOW, kind=kind)


# -- early uploads -----------------------------------------------------------------------------------------------


def test_a_photo_uploaded_early_is_claimed_by_its_token(photo):
    pending = hold_upload(upload(photo), now=NOW, client_id="phone-1")
    prepared = claim_upload(str(pending.token), now=NOW + timedelta(minutes=3))
    exhibit = attach(prepared, role="scene", subject=REPORT, by=None, now=NOW)
    assert exhibit.original.public_copy.width_px == 800


def test_a_token_is_good_once(photo):
    token = hold_upload(upload(photo), now=NOW).token
    claim_upload(token, now=NOW)
    with pytest.raises(refusals.UploadGone):
        claim_upload(token, now=NOW)


def test_a_token_is_good_again_when_the_form_was_rolled_back(photo):
    token = hold_upload(upload(photo), now=NOW).token
    with transaction.atomic():
        claim_upload(token, now=NOW)
        transaction.set_rollback(True)  # the form was refused
    assert claim_upload(token, now=NOW)


@pytest.mark.parametrize("token", ["", "no token", uuid.uuid4(), "'; DROP TABLE"])
def test_a_token_never_given_out_is_refused(token):
    with pytest.raises(refusals.UploadGone):
        claim_upload(token, now=NOW)


def test_a_token_is_refused_after_a_day(photo):
    token = hold_upload(upload(photo), now=NOW).token
    with pytest.raises(refusals.UploadGone):
        claim_upload(token, now=NOW + timedelta(hours=24))


def test_what_waits_for_its_form_is_the_same_as_what_came_at_once(photo):
    early = claim_upload(hold_upload(upload(photo), now=NOW).token, now=NOW)
    attach(early, role="scene", subject=REPORT, by=None, now=NOW)
    again = claim_upload(hold_upload(upload(photo), now=NOW).token, now=NOW)
    assert again == early


# -- finding -----------------------------------------------------------------------------------------------------


def test_a_list_of_matters_costs_one_query(photo, django_assert_num_queries):
    hand_in(photo)
    hand_in(encoded(scene(2)), OTHER_REPORT, role="before")
    with django_assert_num_queries(1):
        shown = selectors.exhibits_of_many("report", [REPORT.id, OTHER_REPORT.id, "R-NONE"])
        assert [exhibit.original.public_copy.width_px for exhibit in shown[OTHER_REPORT.id]] == [800]
    assert "R-NONE" not in shown


def test_before_and_after_are_asked_for_by_role(photo):
    hand_in(photo, role="before")
    after = hand_in(encoded(scene(2)), role="after")
    assert list(selectors.exhibits_of(REPORT, role="after")) == [after]


def test_a_used_photo_used_again_is_found(photo):
    first, again = hand_in(photo), hand_in(photo, OTHER_REPORT, role="after")
    assert list(selectors.duplicates_of(again)) == [first]


def test_a_resized_and_recompressed_copy_is_found_and_a_stranger_is_not(photo):
    first = hand_in(photo)
    hand_in(encoded(scene(5)))
    image = scene()
    copy = hand_in(encoded(image.resize((500, 375)), quality=50), OTHER_REPORT)

    [found] = selectors.similar_to(copy.original.fingerprints.get(algorithm=DHASH))
    assert found.original == first.original
    assert found.bits_apart <= 10


def test_looking_for_similar_photos_uses_the_band_indexes(photo):
    value = 0x0123456789ABCDEF
    candidates = selectors._candidates(
        Fingerprint(original_id=0, algorithm=DHASH, value=f"{value:016x}",
                    **{f"band_{n}": band for n, band in enumerate(bands(value))}),
        radius=1,
    )  # fmt: skip
    assert "SCAN" not in candidates.explain()
    assert "Seq Scan" not in candidates.explain()


# -- withdrawing -------------------------------------------------------------------------------------------------


def test_a_withdrawn_exhibit_is_no_longer_shown_but_stays(photo):
    exhibit = hand_in(photo)
    withdraw(exhibit, reason="照片里有路人的脸", by=None, now=NOW)

    assert not selectors.exhibits_of(REPORT).exists()
    assert selectors.public_file(exhibit.public_id) is None
    assert Exhibit.objects.get() == exhibit
    assert Entry.objects.filter(action="evidence.withdrawn").count() == 1


def test_it_is_withdrawn_once_and_with_a_reason(photo):
    exhibit = hand_in(photo)
    with pytest.raises(refusals.ReasonMissing):
        withdraw(exhibit, reason="  ", by=None, now=NOW)
    withdraw(exhibit, reason="重复", by=None, now=NOW)
    with pytest.raises(refusals.AlreadyWithdrawn):
        withdraw(exhibit, reason="重复", by=None, now=NOW)


# -- handing out -------------------------------------------------------------------------------------------------


def test_the_public_copy_is_shown_inline_and_cached_by_its_hash(photo):
    exhibit = hand_in(photo)
    served = open_public(exhibit)
    with served.file as file:
        assert Image.open(file).size == (800, 600)
    assert served.content_type == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Disposition"].startswith('inline; filename="evidence-')
    assert "immutable" in served.headers["Cache-Control"]
    assert served.etag.strip('"') in exhibit.original.public_copy.digest


def test_the_thumbnail_is_small(photo):
    with open_public(hand_in(photo), thumb=True).file as file:
        assert Image.open(file).size == (320, 240)


def test_an_original_is_only_ever_a_download_that_runs_nothing():
    served = open_original(hand_in(b"%PDF-1.7 not really", kind="document"))
    served.file.close()
    assert served.content_type == "application/octet-stream"
    assert served.headers["Content-Disposition"].startswith('attachment; filename="evidence-')
    assert served.headers["Content-Disposition"].endswith('.pdf"')
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Cache-Control"] == "private, no-store"


def test_a_document_has_nothing_to_show_inline():
    with pytest.raises(PublicCopy.DoesNotExist):
        open_public(hand_in(b"%PDF-1.7 not really", kind="document"))


@pytest.mark.parametrize("public_id", ["1", "", uuid.uuid4()])
def test_a_name_that_is_no_exhibit_shows_nothing(public_id):
    assert selectors.exhibit(public_id) is None
    assert selectors.public_file(public_id) is None
