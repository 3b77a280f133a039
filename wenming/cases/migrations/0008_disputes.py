"""归属争议 and 裁定: two more acts, one more state, and what was ruled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.cases.rules.lifecycle
import wenming.engine.coding
import wenming.engine.moments
from wenming.engine.append_only import append_only, lift


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_supports"),
        ("organisations", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Arbitration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "clock",
                    models.CharField(
                        choices=[("anew", "时限从裁定起重新算"), ("continues", "时限接着原来的算，争议期间不算")],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("at", wenming.engine.moments.MomentField()),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ground",
                    models.CharField(choices=[("matrix", "与权责清单不一致"), ("again", "第二次退回")], max_length=8),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("matrix_why", models.CharField(blank=True, max_length=1000)),
                ("at", wenming.engine.moments.MomentField()),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        # SQLite makes a table anew when its constraint changes, and the triggers are gone with the old one.
        migrations.RunPython(lambda _apps, editor: lift(editor, ["cases_casemove"]), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="casemove",
            name="acts_that_need_a_reason_have_one",
        ),
        migrations.AlterField(
            model_name="case",
            name="state",
            field=models.CharField(
                choices=[
                    ("collected", "待受理"),
                    ("verifying", "待核实"),
                    ("established", "待派遣"),
                    ("disputed", "待裁定"),
                    ("dispatched", "办理中"),
                    ("suspended", "挂账"),
                    ("answered", "待核查"),
                    ("verified", "待结案"),
                    ("closed", "已结案"),
                    ("not_accepted", "不予受理"),
                    ("merged", "已并案"),
                    ("void", "作废"),
                ],
                default=wenming.cases.rules.lifecycle.State["COLLECTED"],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="casemove",
            name="act",
            field=wenming.engine.coding.CodedField(
                choices=[
                    ("collect", "收到"),
                    ("ask_verification", "派人核实"),
                    ("verify_before", "核实"),
                    ("recall_verification", "撤回核实"),
                    ("cannot_see", "看不到现场"),
                    ("change_type", "改类"),
                    ("establish", "立案"),
                    ("refuse", "不予受理"),
                    ("take_back_refusal", "恢复受理"),
                    ("merge", "并案"),
                    ("separate", "撤销并案"),
                    ("dispatch", "派遣"),
                    ("recall", "撤回派遣"),
                    ("acknowledge", "签收"),
                    ("hand_back", "退回"),
                    ("contest", "有争议退回"),
                    ("arbitrate", "裁定归属"),
                    ("ask_extension", "申请延期"),
                    ("decide_extension", "审批延期"),
                    ("ask_support", "请协办"),
                    ("reassign_support", "改派协办"),
                    ("withdraw_support", "撤回协办"),
                    ("answer_support", "协办回复"),
                    ("hand_back_support", "退回协办"),
                    ("suspend", "挂账"),
                    ("resume", "恢复办理"),
                    ("answer", "回复"),
                    ("pass_verification", "核查通过"),
                    ("send_back", "返工"),
                    ("close", "结案"),
                    ("settle", "当场改好"),
                    ("appeal", "申诉"),
                    ("decide_appeal", "裁定申诉"),
                    ("reopen_unsolved", "复核重办"),
                    ("adopt_closed", "原系统已办结"),
                    ("void", "作废"),
                    ("reopen", "重办"),
                ],
                codes={
                    "acknowledge": 13,
                    "adopt_closed": 23,
                    "answer": 19,
                    "answer_support": 34,
                    "appeal": 27,
                    "arbitrate": 37,
                    "ask_extension": 15,
                    "ask_support": 31,
                    "ask_verification": 2,
                    "cannot_see": 4,
                    "change_type": 5,
                    "close": 22,
                    "collect": 1,
                    "contest": 36,
                    "decide_appeal": 28,
                    "decide_extension": 16,
                    "dispatch": 11,
                    "establish": 6,
                    "hand_back": 14,
                    "hand_back_support": 35,
                    "merge": 9,
                    "pass_verification": 20,
                    "reassign_support": 32,
                    "recall": 12,
                    "recall_verification": 30,
                    "refuse": 7,
                    "reopen": 25,
                    "reopen_unsolved": 29,
                    "resume": 18,
                    "send_back": 21,
                    "separate": 10,
                    "settle": 26,
                    "suspend": 17,
                    "take_back_refusal": 8,
                    "verify_before": 3,
                    "void": 24,
                    "withdraw_support": 33,
                },
            ),
        ),
        migrations.AlterField(
            model_name="casemove",
            name="from_state",
            field=wenming.engine.coding.CodedField(
                blank=True,
                choices=[
                    ("collected", "待受理"),
                    ("verifying", "待核实"),
                    ("established", "待派遣"),
                    ("disputed", "待裁定"),
                    ("dispatched", "办理中"),
                    ("suspended", "挂账"),
                    ("answered", "待核查"),
                    ("verified", "待结案"),
                    ("closed", "已结案"),
                    ("not_accepted", "不予受理"),
                    ("merged", "已并案"),
                    ("void", "作废"),
                ],
                codes={
                    "": 0,
                    "answered": 6,
                    "closed": 8,
                    "collected": 1,
                    "dispatched": 4,
                    "disputed": 12,
                    "established": 3,
                    "merged": 10,
                    "not_accepted": 9,
                    "suspended": 5,
                    "verified": 7,
                    "verifying": 2,
                    "void": 11,
                },
            ),
        ),
        migrations.AlterField(
            model_name="casemove",
            name="to_state",
            field=wenming.engine.coding.CodedField(
                choices=[
                    ("collected", "待受理"),
                    ("verifying", "待核实"),
                    ("established", "待派遣"),
                    ("disputed", "待裁定"),
                    ("dispatched", "办理中"),
                    ("suspended", "挂账"),
                    ("answered", "待核查"),
                    ("verified", "待结案"),
                    ("closed", "已结案"),
                    ("not_accepted", "不予受理"),
                    ("merged", "已并案"),
                    ("void", "作废"),
                ],
                codes={
                    "": 0,
                    "answered": 6,
                    "closed": 8,
                    "collected": 1,
                    "dispatched": 4,
                    "disputed": 12,
                    "established": 3,
                    "merged": 10,
                    "not_accepted": 9,
                    "suspended": 5,
                    "verified": 7,
                    "verifying": 2,
                    "void": 11,
                },
            ),
        ),
        migrations.AlterField(
            model_name="stagelimit",
            name="stage",
            field=models.CharField(
                choices=[
                    ("case.accept", "受理"),
                    ("case.verify-before", "立案前核实"),
                    ("case.dispatch", "派遣"),
                    ("case.arbitrate", "裁定归属"),
                    ("case.handle", "处置（类型没有规定时限时）"),
                    ("case.verify-after", "结案前核查"),
                    ("case.close", "结案"),
                    ("case.recheck", "盲复核"),
                ],
                max_length=20,
                unique=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="casemove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "act__in",
                            [
                                "cannot_see",
                                "refuse",
                                "take_back_refusal",
                                "hand_back",
                                "contest",
                                "arbitrate",
                                "ask_extension",
                                "hand_back_support",
                                "suspend",
                                "send_back",
                                "appeal",
                                "decide_appeal",
                                "reopen_unsolved",
                                "adopt_closed",
                                "void",
                                "reopen",
                            ],
                        ),
                        _negated=True,
                    ),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="acts_that_need_a_reason_have_one",
            ),
        ),
        migrations.AddField(
            model_name="arbitration",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="arbitration",
            name="unit",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.unit"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="by_unit",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.unit"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="matrix_unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.unit",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="named",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.unit"
            ),
        ),
        migrations.AddField(
            model_name="arbitration",
            name="dispute",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="arbitration", to="cases.dispute"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="a_dispute_states_its_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="arbitration",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="an_arbitration_states_its_reason"
            ),
        ),
        append_only("cases_casemove", "cases_dispute", "cases_arbitration"),
    ]
