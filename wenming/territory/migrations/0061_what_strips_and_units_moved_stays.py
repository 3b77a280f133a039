from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """Where a placement lay is never rewritten."""

    dependencies = [("territory", "0060_what_strips_and_units_moved")]
    operations = [append_only("territory_overlayhoming")]
