"""A published change of rules may be withdrawn before its day; the row that says so is never rewritten (law 4)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("standards", "0004_rule_drafts"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="RuleWithdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawal", to="standards.rulechange"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_withdrawal_of_rules_states_its_reason"
                    )
                ],
            },
        ),
        append_only("standards_rulewithdrawal"),
    ]
