"""A proof is kept as it was made: the database itself refuses to rewrite it (law 4)."""

from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("responsibilities", "0007_closure_reports")]
    operations = [append_only("responsibilities_closurereport")]
