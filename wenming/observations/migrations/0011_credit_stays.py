from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What a shop reported stays credited to it."""

    dependencies = [("observations", "0010_shops_report_too")]
    operations = [append_only("observations_frontagereport")]
