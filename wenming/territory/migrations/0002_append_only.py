from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """The history of homes is never rewritten."""

    dependencies = [("territory", "0001_initial")]
    operations = [append_only("territory_placementhoming")]
