"""From here on the database itself refuses to rewrite these records (law 4)."""

from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [append_only("journal_entry")]
