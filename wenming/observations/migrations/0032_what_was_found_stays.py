from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was found on the street, and what the office made of it, is never rewritten."""

    dependencies = [("observations", "0031_places_found_on_the_street")]
    operations = [append_only("observations_placeproposal", "observations_proposalend")]
