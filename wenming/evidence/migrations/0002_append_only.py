from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was handed in, and what it was shown for, is not rewritten (law 4). Claims and copies may be replaced."""

    dependencies = [("evidence", "0001_initial")]
    operations = [append_only("evidence_original", "evidence_exhibit", "evidence_withdrawal")]
