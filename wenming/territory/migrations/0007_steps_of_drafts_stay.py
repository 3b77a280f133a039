from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """Who drew what, and who signed for which fault, is never rewritten."""

    dependencies = [("territory", "0006_drafts_of_grids")]
    operations = [append_only("territory_draftstep", "territory_signedfault")]
