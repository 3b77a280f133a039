"""What was published of rosters is followed by new rows, never rewritten (law 4)."""

from django.db import migrations

from wenming.engine.append_only import append_only

TABLES = (
    "responsibilities_rosterterms", "responsibilities_rosteredition", "responsibilities_rosteramendment",
    "responsibilities_rostershift", "responsibilities_rosterremoval", "responsibilities_rosterrequeststep",
    "responsibilities_handover", "responsibilities_handovertaking",
)


class Migration(migrations.Migration):
    dependencies = [("responsibilities", "0004_rosters")]
    operations = [append_only(*TABLES)]
