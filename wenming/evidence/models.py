"""What shows it: originals under their hash, the copies people see, and what each is shown for (凭证)."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wenming.evidence.rules.fingerprints import BANDS


class Subject(NamedTuple):
    """The downstream row that evidence is about, named in words: evidence knows no room below it.

    kind: "report", "case", "duty"…; id: that row's public number.
    """

    kind: str
    id: str


class Kind(models.TextChoices):
    """What was handed in: decides the limits, and that only photos are ever shown inside a page."""

    PHOTO = "photo", _("照片")
    VIDEO = "video", _("视频")
    DOCUMENT = "document", _("文件")


class Role(models.TextChoices):
    """What an exhibit is shown for."""

    SCENE = "scene", _("现场")
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    ATTACHMENT = "attachment", _("附件")


class Original(models.Model):
    """A file exactly as it was handed in (原件): stored once under its hash, never changed, never shown as it is."""

    digest = models.CharField(max_length=71, unique=True)  # "sha256:<64 hex digits>": the algorithm is part of the name
    size_bytes = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=80)  # from the bytes; never what the sender said
    kind = models.CharField(max_length=10, choices=Kind)
    stored_name = models.CharField(max_length=100)  # under the city's blobs/; the sender's file name is not kept
    width_px = models.PositiveIntegerField(null=True)  # as the sensor wrote it, before any turning
    height_px = models.PositiveIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="original_is_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="original_kind_is_known"),
            models.CheckConstraint(condition=Q(digest__startswith="sha256:"), name="original_names_its_algorithm"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.PHOTO)
                # A comparison with NULL is not false, and a check that is not false holds: say it.
                | Q(width_px__isnull=False, height_px__isnull=False, width_px__gt=0, height_px__gt=0),
                name="original_photo_has_a_size",
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:19]

    @property
    def sha256(self) -> str:
        return self.digest.removeprefix("sha256:")


class CameraClaim(models.Model):
    """What the camera wrote about time and place (EXIF): a claim, not a fact; staff side only, and erasable.

    Purpose: check a photo against the reported place and time. A table of its own, because it can say where a
    reporter lives and must be able to go while the original's row stays.
    """

    original = models.OneToOneField(Original, on_delete=models.PROTECT, related_name="camera_claim")
    taken_at = models.DateTimeField(null=True)  # without an offset in the file: read as the city's local time
    lon_wgs84 = models.FloatField(null=True)  # EXIF defines WGS-84; some phones write another datum all the same
    lat_wgs84 = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lon_wgs84__isnull=True, lat_wgs84__isnull=True)
                | Q(lon_wgs84__isnull=False, lat_wgs84__isnull=False)
                & Q(lon_wgs84__range=(-180, 180), lat_wgs84__range=(-90, 90)),
                name="camera_claim_place_is_whole_and_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.original_id}"


class PublicCopy(models.Model):
    """What people see of a photo (公开件): drawn anew from the pixels at 1600 px, with nothing else in it."""

    original = models.OneToOneField(Original, on_delete=models.PROTECT, related_name="public_copy")
    digest = models.CharField(max_length=71)
    stored_name = models.CharField(max_length=100)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    thumb_digest = models.CharField(max_length=71)
    thumb_stored_name = models.CharField(max_length=100)
    thumb_width_px = models.PositiveIntegerField()
    thumb_height_px = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "public copies"
        constraints = [
            models.CheckConstraint(condition=Q(width_px__gt=0, height_px__gt=0), name="public_copy_has_a_size"),
        ]

    def __str__(self) -> str:
        return self.digest[:19]


class Fingerprint(models.Model):
    """How a photo looks, in 64 bits: photos that look alike differ in few of them. Cut in four bands for searching."""

    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="fingerprints")
    algorithm = models.CharField(max_length=20)  # "dhash64-v1", "phash64-v1": rules/fingerprints.py
    value = models.CharField(max_length=16)  # hex
    band_0 = models.IntegerField()
    band_1 = models.IntegerField()
    band_2 = models.IntegerField()
    band_3 = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["original", "algorithm"], name="one_fingerprint_per_algorithm"),
        ]
        indexes = [
            models.Index(fields=["algorithm", f"band_{n}"], name=f"fingerprint_by_band_{n}") for n in range(BANDS)
        ]

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class PhotoSketch(models.Model):
    """What a photo looks like in its parts (rules/sketches.py), so that a crop or a mirror image of it is known again."""

    original = models.OneToOneField(Original, on_delete=models.PROTECT, primary_key=True, related_name="sketch")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.original_id}"


class SketchWord(models.Model):
    """The index of the sketches: in which photo a corner with this word is. Made from them, and can be made again."""

    word = models.IntegerField()
    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "original"], name="a_word_of_a_photo_is_kept_once")]

    def __str__(self) -> str:
        return f"{self.word:06x}:{self.original_id}"


class Exhibit(models.Model):
    """One showing of one original for one matter (证据). The same photo may serve report, case and archive.

    public_id is the only name that leaves the house, and cannot be guessed or counted.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="exhibits")
    role = models.CharField(max_length=10, choices=Role)
    caption = models.CharField(max_length=200, blank=True, default="")
    subject_type = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=60)
    added_by = models.CharField(max_length=150, blank=True, default="")  # a username; empty: a citizen, unnamed here
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="exhibit_role_is_known"),
            models.CheckConstraint(condition=~Q(subject_type="") & ~Q(subject_id=""), name="exhibit_names_its_subject"),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="exhibit_by_subject")]

    def __str__(self) -> str:
        return str(self.public_id)

    # Django's own goes through all choices each time; lists ask for every photo.
    def get_role_display(self) -> str:  # type: ignore[no-redef]
        return str(Role(self.role).label)

    @property
    def subject(self) -> Subject:
        return Subject(self.subject_type, self.subject_id)


class Withdrawal(models.Model):
    """An exhibit is no longer shown (撤下). The exhibit and its original stay where they are."""

    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=200)
    withdrawn_by = models.CharField(max_length=150, blank=True, default="")
    withdrawn_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="withdrawal_gives_a_reason")]

    def __str__(self) -> str:
        return f"{self.exhibit_id}"


class PendingUpload(models.Model):
    """A photo that arrived before its form was sent (先传). The token claims it; after 24 hours it is let go.

    Not evidence yet: no original's row, no exhibit. It may be deleted.
    """

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    facts = models.JSONField()  # evidence.intake.Prepared as plain values
    client_id = models.CharField(max_length=64, blank=True, default="")  # whose browser or phone; for rate limits
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.token)


class PartialUpload(models.Model):
    """A photograph of which only the beginning may be here (断点续传); how much, its file says. It may be deleted."""

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=150)  # a username: only who began it may go on
    key = models.CharField(max_length=64, blank=True, default="")  # the sender's own name for it
    length_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")  # of the whole, as the sender promises it
    began_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(length_bytes__gt=0), name="partial_upload_is_not_empty")]
        indexes = [models.Index(fields=["owner", "key"], name="partial_upload_by_sender")]

    def __str__(self) -> str:
        return str(self.token)


class HintKind(models.TextChoices):
    """What a person should look at twice. None of these proves anything against anybody."""

    REUSED = "reused", _("照片以前用过")
    UNCHANGED = "unchanged", _("处置前后是同一张")
    OTHER_SCENE = "other-scene", _("处置前后不像同一处")
    SCENE_UNSURE = "scene-unsure", _("看不准前后是不是同一处")
    ELSEWHERE = "elsewhere", _("照片拍在别处")
    OTHER_TIME = "other-time", _("照片拍在别的时候")


class PhotoHint(models.Model):
    """Something about a photo that whoever judges it should know (提示). It blocks nothing and scores nobody.

    facts: the figures of its sentence; no coordinates. other: the photo it is compared with. Append-only.
    """

    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="hints", db_index=False)
    kind = models.CharField(max_length=14, choices=HintKind)
    other = models.ForeignKey(Exhibit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exhibit", "kind"], name="a_photo_has_one_hint_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=HintKind.values), name="hint_kind_is_known"),
        ]
        indexes = [models.Index(fields=["kind", "at"], name="hints_by_kind_and_time")]

    def __str__(self) -> str:
        return f"{self.exhibit_id} {self.kind}"

    @property
    def journal_key(self) -> str:
        return str(self.pk)

    @property
    def asks_to_look(self) -> bool:
        """Not when it only says that nothing can be said."""
        return self.kind != HintKind.SCENE_UNSURE


class HintVerdict(models.Model):
    """What somebody who looked made of a hint; the newest counts. Kept so that false alarms can be counted. Append-only."""

    hint = models.ForeignKey(PhotoHint, on_delete=models.PROTECT, related_name="verdicts")
    sound = models.BooleanField()  # 有道理 or 无关
    judged_by = models.CharField(max_length=150)
    judged_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hint_id} {self.sound}"
