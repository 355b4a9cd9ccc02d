"""An event that its calendar moves holds its posts; a post may be taken down by hand, and who did is kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

REASONS = ("paused", "event", "moved", "edited", "media", "author", "approval", "account", "library")


class Migration(migrations.Migration):
    dependencies = [("posts", "0004_born_once"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField(
            "event", "moved_at",
            models.DateTimeField(blank=True, null=True, help_text="when its calendar last gave it another time"),
        ),
        migrations.AddField(
            "event", "moved_from",
            models.DateTimeField(blank=True, null=True, help_text="when it was to begin before that"),
        ),
        migrations.AddField(
            "event", "last_change",
            models.JSONField(blank=True, null=True, help_text="what its calendar last changed: {name: [was, is]}"),
        ),
        migrations.AddConstraint(
            "event",
            models.CheckConstraint(
                condition=Q(moved_at=None, moved_from=None) | Q(moved_at__isnull=False, moved_from__isnull=False),
                name="event_moved_whole",
            ),
        ),
        migrations.RemoveConstraint("hold", "hold_reason_known"),
        migrations.AddConstraint(
            "hold", models.CheckConstraint(condition=Q(reason__in=REASONS), name="hold_reason_known")
        ),
        migrations.AddField(
            "takedown", "by_hand",
            models.ForeignKey(
                blank=True, help_text="who deleted it on the network itself", null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "takedown",
            models.CheckConstraint(condition=Q(by_hand=None) | Q(state="sent"), name="takedown_by_hand_is_done"),
        ),
    ]  # fmt: skip
