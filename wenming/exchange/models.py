"""Which other systems are told what, and how far every message has come."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from wenming.engine.moments import MomentField
from wenming.organisations.models import Account, ApiKey


class Receiver(models.Model):
    """Another system that is told of cases (推送). It learns of those cases that its account may see, and no others."""

    name = models.CharField(max_length=60, unique=True)
    url = models.CharField(max_length=500)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="receivers")
    kinds = models.JSONField()
    # The name of an exchange profile, whose words and fields its messages take; empty for our own.
    profile = models.CharField(max_length=40, blank=True)
    # Encrypted with the city's key: signing needs the secret itself, so a hash would not do.
    sealed_secret = models.BinaryField()
    created_at = MomentField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    # The last journal entry that was read for it. It stands still while the receiver is stopped, so nothing is lost.
    read_to = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    # After a failure of its own the receiver rests until then; its messages wait in their order.
    rests_until = MomentField(null=True)
    stopped_at = MomentField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="a_receiver_has_a_name"),
            models.CheckConstraint(condition=Q(read_to__gte=0), name="a_receiver_reads_from_the_beginning_or_later"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_key(self) -> str:
        return str(self.pk)


class Delivery(models.Model):
    """One message to one receiver, as it was written; its key is what the receiver knows a repetition by."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    kind = models.CharField(max_length=24)
    # The journal entry behind it; none for a test message.
    seq = models.BigIntegerField(null=True)
    # The case's number: messages about one case leave in their order.
    about = models.CharField(max_length=16, blank=True)
    body = models.TextField()
    written_at = MomentField()
    due_at = MomentField()
    try_until = MomentField()
    # Whoever sends it now has it until then; a killed sender's time runs out and another sends it again.
    leased_until = MomentField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    done_at = MomentField(null=True)
    laid_aside_at = MomentField(null=True)
    last_tried_at = MomentField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receiver", "seq"], name="a_receiver_is_told_of_an_entry_once"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(laid_aside_at=None), name="what_arrived_is_not_laid_aside"
            ),
        ]
        indexes = [
            models.Index(
                fields=["receiver", "about", "seq"], condition=Q(done_at=None, laid_aside_at=None),
                name="deliveries_under_way",
            ),
            models.Index(fields=["receiver", "-written_at"], name="deliveries_of_a_receiver"),
            models.Index(fields=["done_at"], condition=~Q(done_at=None), name="deliveries_that_arrived"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.key)

    @property
    def journal_key(self) -> str:
        return str(self.key)


class SigningKey(models.Model):
    """What makes a key one that signs instead of being sent: its number for others, and its secret, sealed.

    The key itself is a row of `ApiKey` like every other (account, name, since when, until when), whose hash opens nothing.
    """

    api_key = models.OneToOneField(ApiKey, on_delete=models.PROTECT, related_name="signing")
    key_id = models.CharField(max_length=24, unique=True)
    sealed_secret = models.BinaryField()

    def __str__(self) -> str:
        return self.key_id


class UsedNonce(models.Model):
    """A signed request was taken: the same one again is refused. Kept for as long as its time could be claimed."""

    signing_key = models.ForeignKey(SigningKey, on_delete=models.CASCADE, related_name="nonces", db_index=False)
    nonce = models.CharField(max_length=64)
    used_at = MomentField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signing_key", "nonce"], name="a_signed_request_is_taken_once")]

    def __str__(self) -> str:
        return self.nonce
