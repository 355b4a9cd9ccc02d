"""What is recorded of correcting a post that is out."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0011_advice'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='auditentry',
            name='audit_action_known',
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['libraries.library.created', 'libraries.library.changed', 'libraries.library.went_live', 'libraries.person.signed_in', 'libraries.person.sign_in_refused', 'libraries.membership.changed', 'libraries.library.first_steps_finished', 'libraries.branch.changed', 'libraries.notice.closed', 'libraries.mail.tested', 'platforms.account.connected', 'platforms.account.reconnected', 'platforms.account.needs_reconnecting', 'platforms.account.disabled', 'platforms.account.changed', 'platforms.token.renewed', 'media_library.asset.added', 'media_library.asset.changed', 'media_library.asset.removed', 'media_library.asset.deleted', 'media_library.asset.restored', 'media_library.consent.recorded', 'media_library.consent.withdrawn', 'posts.post.created', 'posts.post.submitted', 'posts.post.approved', 'posts.post.changes_requested', 'posts.post.scheduled', 'posts.post.edited', 'posts.post.archived', 'posts.bulk.imported', 'posts.post.duplicated', 'posts.post.handed_over', 'posts.post.stopped_in_time', 'posts.slot.added', 'posts.slot.removed', 'posts.pause.begun', 'posts.pause.ended', 'posts.series.begun', 'posts.series.approved', 'posts.series.stopped', 'posts.occurrence.skipped', 'posts.post.amended', 'posts.post.not_approved_in_time', 'posts.review.undone', 'posts.advice.changed', 'posts.review_rule.changed', 'posts.approval_link.sent', 'posts.approval_link.revoked', 'posts.comment.added', 'posts.comment.settled', 'posts.comment.reopened', 'posts.phrase.changed', 'posts.delivery.published', 'posts.delivery.found', 'posts.delivery.accepted', 'posts.delivery.unknown', 'posts.delivery.absent', 'posts.delivery.repeat', 'posts.delivery.attention', 'posts.delivery.not_applied', 'posts.delivery.rejected', 'posts.delivery.expired', 'posts.delivery.held', 'posts.delivery.released', 'posts.delivery.cancelled', 'posts.delivery.rescheduled', 'posts.delivery.resolved', 'posts.delivery.late_proof', 'posts.takedown.asked', 'posts.takedown.published', 'posts.takedown.found', 'posts.takedown.unknown', 'posts.takedown.absent', 'posts.takedown.attention', 'posts.takedown.not_applied', 'posts.takedown.rejected', 'posts.takedown.expired', 'posts.takedown.resolved', 'posts.post.corrected', 'posts.correction.asked', 'posts.correction.published', 'posts.correction.found', 'posts.correction.unknown', 'posts.correction.absent', 'posts.correction.attention', 'posts.correction.not_applied', 'posts.correction.rejected', 'posts.correction.expired', 'posts.correction.resolved', 'posts.campaign.changed', 'posts.campaign.closed', 'posts.campaign.deleted', 'posts.campaign.copied', 'posts.event.imported', 'posts.event.changed', 'posts.event.cancelled', 'planner.view.saved', 'planner.view.removed', 'planner.address.made', 'planner.address.revoked', 'planner.almanac.changed', 'planner.local_day.added', 'planner.local_day.removed', 'programs.feed.added', 'programs.feed.changed', 'inbox.conversation.closed', 'inbox.conversation.reopened', 'inbox.reply.asked', 'inbox.reply.published', 'inbox.reply.found', 'inbox.reply.unknown', 'inbox.reply.absent', 'inbox.reply.repeat', 'inbox.reply.attention', 'inbox.reply.not_applied', 'inbox.reply.rejected', 'inbox.reply.expired', 'inbox.reply.resolved', 'audit.content.erased'])), name='audit_action_known'),
        ),
    ]
