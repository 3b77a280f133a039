from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """In front of whose door somebody said that a case is, is never rewritten."""

    dependencies = [("cases", "0014_before_whose_door")]
    operations = [append_only("cases_casefrontage")]
