from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was not in order when somebody looked is never rewritten."""

    dependencies = [("cases", "0040_findings_at_public_places")]
    operations = [append_only("cases_placefinding")]
