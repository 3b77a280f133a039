from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was told of a component is never rewritten."""

    dependencies = [("territory", "0003_the_register_of_components")]
    operations = [append_only("territory_componentedition")]
