from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was told of a public place is never rewritten."""

    dependencies = [("territory", "0010_the_register_of_public_places")]
    operations = [append_only("territory_placeedition")]
