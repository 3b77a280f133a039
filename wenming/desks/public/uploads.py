"""Photos of somebody without an account: held like everybody's, but each one knocks at the door first."""

from __future__ import annotations

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from wenming.desks.common import uploads
from wenming.evidence.models import PendingUpload
from wenming.evidence.services import hold_upload

from .visitors import knock_at


def keep_photos(request: HttpRequest, now: datetime) -> uploads.Kept:
    """Hold every photo of a posted report, as `common.uploads.keep_photos` does."""

    def hold(file: UploadedFile) -> PendingUpload:
        knock_at("photo", request, now)
        return hold_upload(file, now=now)

    return uploads.keep_photos(request, now, hold=hold)
