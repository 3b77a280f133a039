"""What happened: an append-only, hash-chained journal, and how far each reaction to it has come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wenming.engine.hexadecimal import HexField
from wenming.engine.moments import MomentField

from .fields import FactsField


class Entry(models.Model):
    """One act, written in the transaction of the act (日志). Never changed: the database refuses (0002_append_only)."""

    seq = models.BigAutoField(primary_key=True)
    # Two clocks: when it happened, as the act says, and when it was written here. An import of last year's orders
    # states the first; nobody states the second, so what was entered afterwards can always be told.
    at = MomentField()
    recorded_at = MomentField()
    action = models.CharField(max_length=64)
    # Text, not foreign keys: the journal outlives accounts, and it stands above every other room.
    by = models.CharField(max_length=150, blank=True)
    origin = models.CharField(max_length=32, blank=True)
    about = models.CharField(max_length=96, blank=True)
    facts = FactsField(default=dict)
    algorithm = models.PositiveSmallIntegerField()
    hash = HexField()

    class Meta:
        # One index beside the key: the journal is the largest table, and everything else is asked of it rarely.
        indexes = [models.Index(fields=["about"], name="entries_about_one_thing")]
        constraints = [models.CheckConstraint(condition=Q(seq__gte=1), name="entry_seq_starts_at_one")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.about}"


class Head(models.Model):
    """The last entry's number and hash: the row that writers queue on, and what official notices print."""

    seq = models.BigIntegerField(default=0)
    hash = HexField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="journal_has_one_head")]

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class Reaction(models.Model):
    """What must still follow from an entry. The row is written with the entry, so no crash can forget it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="reactions", db_index=False)
    name = models.CharField(max_length=80)
    due_at = MomentField()
    done_at = MomentField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="an_entry_wakes_a_reaction_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="reactions_still_to_do")]

    def __str__(self) -> str:
        return f"{self.name} after {self.entry_id}"
