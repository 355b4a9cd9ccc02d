"""Weekly slots, series, pauses that hold whatever is scheduled while they last, and posts that come down by themselves."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from core.states import immutable, same_owner

LIB, REALM = {"library_id": "library_id"}, {"realm": "realm"}
# Whoever schedules waits for whoever is just pausing (the lock), then sees the pause. What was scheduled before is
# held by the one who pauses; what is on its way and may come back was held then too.
PAUSED = """
CREATE FUNCTION posts_delivery_paused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('posts_pause', NEW.library_id));
  INSERT INTO posts_hold (delivery_id, reason, detail)
  SELECT NEW.id, CASE WHEN account_id IS NULL THEN 'library' ELSE 'account' END, reason FROM posts_pause
  WHERE library_id = NEW.library_id AND ended_at IS NULL AND (account_id IS NULL OR account_id = NEW.account_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER posts_delivery_paused AFTER INSERT ON posts_delivery
FOR EACH ROW EXECUTE FUNCTION posts_delivery_paused();
CREATE TRIGGER posts_delivery_paused_again AFTER UPDATE OF state ON posts_delivery FOR EACH ROW
WHEN (NEW.state = 'scheduled' AND OLD.state IN ('cancelled', 'failed', 'expired'))
EXECUTE FUNCTION posts_delivery_paused();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("libraries", "0004_reviews"),
        ("platforms", "0005_way"),
        ("posts", "0006_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="moments",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="{account id: ISO instant} where accounts go at times of their own; planned_for is the first of them",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="relative",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="its time as told from its event: 3d10:00 (three days before, at ten) or 60m (sixty minutes before)",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="series_on",
            field=models.DateField(
                blank=True, help_text="the day by the series' rule; it stays when it is moved", null=True
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="take_down_at",
            field=models.DateTimeField(blank=True, help_text="when what is up comes down by itself", null=True),
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("begun_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        help_text="none: everything",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="platforms.account",
                    ),
                ),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "library",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="libraries.library"
                    ),
                ),
            ],
            options={
                "ordering": ["-begun_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PostingSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.SmallIntegerField(help_text="0 is Monday")),
                ("at", models.TimeField()),
                ("tz", models.CharField(max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="platforms.account"
                    ),
                ),
                (
                    "library",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="libraries.library"
                    ),
                ),
            ],
            options={
                "ordering": ["account", "weekday", "at"],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("realm", models.CharField(max_length=8)),
                ("title", models.CharField(max_length=200)),
                ("content", models.JSONField()),
                ("rule", models.CharField(max_length=200)),
                ("starts_on", models.DateField()),
                ("at", models.TimeField()),
                ("tz", models.CharField(max_length=64)),
                (
                    "made_until",
                    models.DateField(
                        blank=True, help_text="the last day whose occurrences are posts already", null=True
                    ),
                ),
                (
                    "stopped_on",
                    models.DateField(
                        blank=True, help_text="the first day that is not posted about any more", null=True
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("self_review", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "library",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="series", to="libraries.library"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="post",
            name="series",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts",
                to="posts.series",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("take_down_at__isnull", False)), fields=["take_down_at"], name="post_comes_down"
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(fields=("series", "series_on"), name="post_once_per_occurrence"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("series", None), ("series_on", None)),
                    models.Q(("series__isnull", False), ("series_on__isnull", False)),
                    _connector="OR",
                ),
                name="post_occurrence_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("relative", ""),
                    models.Q(
                        ("event__isnull", False),
                        ("relative__regex", "^([0-9]{1,3}d([01][0-9]|2[0-3]):[0-5][0-9]|[0-9]{1,4}m)$"),
                    ),
                    _connector="OR",
                ),
                name="post_relative_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("account", None), ("ended_at", None)),
                fields=("library",),
                name="pause_one_of_everything",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("account__isnull", False), ("ended_at", None)),
                fields=("account",),
                name="pause_one_of_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="pause_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="pause_ended_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="postingslot",
            constraint=models.UniqueConstraint(fields=("account", "weekday", "at", "tz"), name="slot_once"),
        ),
        migrations.AddConstraint(
            model_name="postingslot",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__gte", 0), ("weekday__lte", 6)), name="slot_weekday_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(fields=("id", "library", "realm"), name="series_of_library"),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(("realm__in", ("practice", "live"))), name="series_realm_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approved_by", None)),
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                    _connector="OR",
                ),
                name="series_approved_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    ("self_review", True),
                    models.Q(("approved_by", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="series_not_approved_by_its_author",
            ),
        ),
        migrations.RunSQL(
            PAUSED,
            "DROP TRIGGER posts_delivery_paused ON posts_delivery; "
            "DROP TRIGGER posts_delivery_paused_again ON posts_delivery; DROP FUNCTION posts_delivery_paused();",
        ),
        immutable(
            "posts_series",
            ["library_id", "realm", "author_id", "content", "rule", "starts_on", "at", "tz"],
        ),
        immutable("posts_pause", ["library_id", "account_id", "reason", "begun_by_id", "begun_at"]),
        same_owner("posts_postingslot", "slot_account_same_library", {"account_id": "id", **LIB}, "platforms_account"),
        same_owner("posts_pause", "pause_account_same_library", {"account_id": "id", **LIB}, "platforms_account"),
        same_owner("posts_post", "post_series_same_realm", {"series_id": "id", **LIB, **REALM}, "posts_series"),
    ]
