"""Closing a talk, putting a notice away and finishing the first steps are recorded."""

from django.db import migrations, models
from django.db.models import Q

ACTIONS = [
    "libraries.library.created", "libraries.library.changed", "libraries.library.went_live",
    "libraries.person.signed_in", "libraries.person.sign_in_refused", "libraries.membership.changed",
    "libraries.library.first_steps_finished", "libraries.notice.closed", "libraries.mail.tested",
    "platforms.account.connected", "platforms.account.reconnected", "platforms.account.needs_reconnecting",
    "platforms.account.disabled", "platforms.account.changed", "platforms.token.renewed", "media_library.asset.added",
    "media_library.asset.changed", "media_library.asset.removed", "posts.post.created", "posts.post.submitted",
    "posts.post.approved", "posts.post.changes_requested", "posts.post.scheduled", "posts.post.edited",
    "posts.post.archived", "posts.delivery.published", "posts.delivery.found", "posts.delivery.accepted",
    "posts.delivery.unknown", "posts.delivery.absent", "posts.delivery.repeat", "posts.delivery.attention",
    "posts.delivery.not_applied", "posts.delivery.rejected", "posts.delivery.expired", "posts.delivery.held",
    "posts.delivery.released", "posts.delivery.cancelled", "posts.delivery.rescheduled", "posts.delivery.resolved",
    "posts.delivery.late_proof", "posts.takedown.asked", "posts.takedown.published", "posts.takedown.found",
    "posts.takedown.unknown", "posts.takedown.absent", "posts.takedown.attention", "posts.takedown.not_applied",
    "posts.takedown.rejected", "posts.takedown.expired", "posts.takedown.resolved", "posts.event.imported",
    "posts.event.changed", "posts.event.cancelled", "programs.feed.added", "programs.feed.changed",
    "inbox.conversation.closed", "inbox.conversation.reopened", "inbox.reply.asked", "inbox.reply.published",
    "inbox.reply.found", "inbox.reply.unknown", "inbox.reply.absent", "inbox.reply.repeat", "inbox.reply.attention",
    "inbox.reply.not_applied", "inbox.reply.rejected", "inbox.reply.expired", "inbox.reply.resolved",
    "audit.content.erased",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.RemoveConstraint("auditentry", "audit_action_known"),
        migrations.AddConstraint(
            "auditentry", models.CheckConstraint(condition=Q(action__in=ACTIONS), name="audit_action_known")
        ),
    ]
