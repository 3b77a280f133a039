"""What a phone on the street handed in, once: the receipt that lets it delete its own copy (回执)."""

from __future__ import annotations

from django.db import models

from wenming.organisations.models import Account


class HandedIn(models.Model):
    """One record received from somebody's phone, and how it was answered. Append-only.

    Written in the same transaction as what it brought about, so that it is there exactly when that is. It says what was
    received and when, never where the person was: no position, no track (7.4).
    """

    # Made by the phone before the first try: a repeated sending is answered, not repeated.
    client_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)
    number = models.CharField(max_length=40)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    # Of everything received, photographs by their own hashes; the phone has computed the same.
    content_hash = models.CharField(max_length=64)
    photo_count = models.PositiveSmallIntegerField(default=0)
    # When it was seen as the phone's clock says, and when it was received as ours says.
    seen_at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(number=""), name="what_was_handed_in_has_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
