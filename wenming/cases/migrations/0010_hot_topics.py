"""热点话题: topics, the messages that say so, what people decided, and the nights that gathered them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.cases.rules.topic_life
import wenming.engine.moments
from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_components_of_cases"),
        ("observations", "0006_files_about_components"),
        ("organisations", "0003_the_same_contact"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TopicRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", wenming.engine.moments.MomentField()),
                ("newest_report", models.BigIntegerField()),
                ("read", models.PositiveIntegerField()),
                ("joined", models.PositiveIntegerField()),
                ("founded", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=12, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "在列"), ("dismissed", "不列入"), ("merged", "已并入别的话题")],
                        default=wenming.cases.rules.topic_life.TopicState["OPEN"],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("named_by_hand", models.BooleanField(default=False)),
                ("place", models.CharField(blank=True, max_length=60)),
                ("proposed_at", wenming.engine.moments.MomentField(null=True)),
                ("found_at", wenming.engine.moments.MomentField()),
                ("moves_count", models.PositiveIntegerField(default=0)),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="took_in", to="cases.topic"
                    ),
                ),
                (
                    "shortest",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="observations.report",
                    ),
                ),
                (
                    "typical",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="observations.report",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="TopicMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.PositiveIntegerField(default=1)),
                ("at", wenming.engine.moments.MomentField()),
                ("joined_at", wenming.engine.moments.MomentField()),
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topic_message",
                        to="observations.report",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="cases.topic",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TopicMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("find", "发现"),
                            ("rename", "改名"),
                            ("merge", "并入别的话题"),
                            ("take_in", "并进一个话题"),
                            ("split", "拆出几条"),
                            ("split_off", "从别的话题拆出"),
                            ("dismiss", "不列入"),
                            ("restore", "重新列入"),
                            ("propose", "提请会商"),
                            ("withdraw", "撤回提请"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[("open", "在列"), ("dismissed", "不列入"), ("merged", "已并入别的话题")], max_length=10
                    ),
                ),
                ("at", wenming.engine.moments.MomentField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("facts", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="cases.topic"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("merged_into__isnull", False), ("state", wenming.cases.rules.topic_life.TopicState["MERGED"])
                    ),
                    models.Q(
                        models.Q(("state", wenming.cases.rules.topic_life.TopicState["MERGED"]), _negated=True),
                        ("merged_into", None),
                    ),
                    _connector="OR",
                ),
                name="a_merged_topic_says_where_it_went",
            ),
        ),
        migrations.AddIndex(
            model_name="topicmessage",
            index=models.Index(fields=["topic", "at"], name="messages_of_a_topic"),
        ),
        migrations.AddConstraint(
            model_name="topicmove",
            constraint=models.UniqueConstraint(fields=("topic", "position"), name="moves_of_a_topic_are_counted"),
        ),
        migrations.AddConstraint(
            model_name="topicmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act__in", ("dismiss", "restore", "withdraw")), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="acts_on_topics_that_need_a_reason_have_one",
            ),
        ),
        append_only("cases_topicmove", "cases_topicrun"),
    ]
