from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """Notices, agreements, fees and lawful steps are followed by others, never rewritten."""

    dependencies = [("responsibilities", "0016_what_frontages_owe")]
    operations = [
        append_only(
            "responsibilities_areanotice", "responsibilities_noticedstretch", "responsibilities_frontageagreement",
            "responsibilities_agreedduty", "responsibilities_agreementsignature", "responsibilities_feeentry",
            "responsibilities_frontagestep", "responsibilities_stepterm", "responsibilities_matternote",
        )
    ]
