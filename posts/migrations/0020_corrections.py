"""Corrections of what is out: rows with the same legal moves as a takedown's, kept within one library and realm."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from core.dispatch import GRAPH
from core.states import born_in, immutable, same_owner

OWN = {"library_id": "library_id", "realm": "realm"}

class Migration(migrations.Migration):

    dependencies = [
        ('libraries', '0005_branch_hours'),
        ('platforms', '0005_way'),
        ('posts', '0019_advice'),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('realm', models.CharField(max_length=8)),
                ('state', models.CharField(default='scheduled', max_length=12)),
                ('due_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('lease_token', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('leased_by', models.BigIntegerField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('strikes', models.PositiveSmallIntegerField(default=0)),
                ('absences', models.PositiveSmallIntegerField(default=0)),
                ('hold', models.CharField(blank=True, default='', max_length=200)),
                ('checkpoint', models.JSONField(blank=True, default=dict)),
                ('remote_id', models.CharField(blank=True, default='', max_length=200)),
                ('remote_url', models.CharField(blank=True, default='', max_length=500)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, default='', max_length=40)),
                ('error_detail', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('platform', models.CharField(max_length=32)),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField(help_text='the whole text as it is to stand there, link included')),
                ('asked_by', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='platforms.account')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='posts.delivery')),
                ('library', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='libraries.library')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='posts.revision')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='CorrectionAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, default='', max_length=12)),
                ('code', models.CharField(blank=True, default='', max_length=40)),
                ('detail', models.TextField(blank=True, default='')),
                ('http_status', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('correction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='posts.correction')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.AddIndex(
            model_name='correction',
            index=models.Index(fields=['due_at'], name='correction_due'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('scheduled', 'sending', 'processing', 'unconfirmed', 'attention', 'failed', 'expired', 'cancelled', 'sent'))), name='correction_state_known'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('realm__in', ('practice', 'live'))), name='correction_realm_known'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='correction_sent_has_proof'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_token', None), ('leased_by', None), ('leased_until', None)), models.Q(('lease_token__isnull', False), ('leased_by__isnull', False), ('leased_until__isnull', False)), _connector='OR'), name='correction_lease_whole'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_token__isnull', False), _connector='OR'), name='correction_sending_is_leased'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.UniqueConstraint(fields=('delivery', 'number'), name='correction_numbered'),
        ),
        migrations.AddConstraint(
            model_name='correctionattempt',
            constraint=models.UniqueConstraint(fields=('correction', 'number'), name='correction_attempt_numbered'),
        ),
        migrations.AddConstraint(
            model_name='correctionattempt',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('correction',), name='correction_attempt_one_open'),
        ),
        migrations.AddConstraint(
            model_name='correctionattempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('outcome', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='correction_attempt_ended_with_outcome'),
        ),
        migrations.AddConstraint(
            model_name='correctionattempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ('', 'published', 'accepted', 'not_applied', 'rejected', 'unknown', 'released'))), name='correction_attempt_outcome_known'),
        ),
        GRAPH.trigger("posts_correction"),
        born_in("posts_correction", "scheduled"),
        immutable(
            "posts_correction",
            ["library_id", "realm", "account_id", "platform", "delivery_id", "revision_id", "number", "text", "asked_by"],
        ),
        same_owner(
            "posts_correction", "correction_account_same_realm", {"account_id": "id", **OWN, "platform": "platform"},
            "platforms_account",
        ),
        same_owner("posts_correction", "correction_same_realm", {"delivery_id": "id", **OWN}, "posts_delivery"),
        same_owner("posts_correction", "correction_revision_same_realm", {"revision_id": "id", **OWN}, "posts_revision"),
    ]
