"""Tags, rights and consent of pictures; a consent belongs to the library of its picture."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from core.states import same_owner


class Migration(migrations.Migration):

    dependencies = [
        ('libraries', '0004_reviews'),
        ('media_library', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(help_text='a name, or words that colleagues know the person by', max_length=120)),
                ('minor', models.BooleanField(default=False)),
                ('guardian', models.CharField(blank=True, help_text='who consented for a minor', max_length=120)),
                ('networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), blank=True, default=list, help_text='only these; empty: all', size=None)),
                ('note', models.CharField(blank=True, help_text='what was agreed, and where the signed sheet is', max_length=300)),
                ('until', models.DateField(blank=True, help_text='the last day on which it counts', null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['who', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='asset',
            name='credit',
            field=models.CharField(blank=True, db_default='', default='', help_text='the line that names its maker', max_length=200),
        ),
        migrations.AddField(
            model_name='asset',
            name='deleted_at',
            field=models.DateTimeField(blank=True, help_text='thrown away; the files go a day later', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='licence',
            field=models.CharField(db_default='own', default='own', max_length=12),
        ),
        migrations.AddField(
            model_name='asset',
            name='people',
            field=models.CharField(blank=True, db_default='', default='', max_length=4),
        ),
        migrations.AddField(
            model_name='asset',
            name='prepared_at',
            field=models.DateTimeField(blank=True, help_text='when somebody last set about making its renditions', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='tags',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=None),
        ),
        migrations.AlterField(
            model_name='asset',
            name='rights',
            field=models.CharField(blank=True, help_text='what was agreed, in words', max_length=300),
        ),
        migrations.AlterField(
            model_name='asset',
            name='rights_until',
            field=models.DateField(blank=True, help_text='the last day on which it may be shown', null=True),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='asset_by_tag'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['library', '-created_at', '-id'], name='asset_newest'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('prepared_at', None)), fields=['created_at'], name='asset_to_prepare'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='asset_deleted'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('licence__in', ('own', 'publisher', 'cc0', 'cc_by', 'cc_by_sa', 'other', 'unknown'))), name='asset_licence_known'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('people__in', ('', 'none', 'some'))), name='asset_people_known'),
        ),
        migrations.AddField(
            model_name='consent',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='asset',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='media_library.asset'),
        ),
        migrations.AddField(
            model_name='consent',
            name='library',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='libraries.library'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('asset', 'who'), name='consent_one_per_person'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('who', ''), _negated=True), name='consent_names_somebody'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('minor', False), models.Q(('guardian', ''), _negated=True), _connector='OR'), name='consent_minor_has_guardian'),
        ),
        same_owner(
            "media_library_consent", "consent_same_library", {"asset_id": "id", "library_id": "library_id"},
            "media_library_asset",
        ),
    ]
