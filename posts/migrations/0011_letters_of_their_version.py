"""A verdict that came by a letter is about the version that the letter was about."""

from django.db import migrations, models

from core.states import same_owner


class Migration(migrations.Migration):
    dependencies = [("posts", "0010_long_history")]
    operations = [
        migrations.AddConstraint(
            model_name="approvallink",
            constraint=models.UniqueConstraint(fields=("id", "revision"), name="approval_link_of_revision"),
        ),
        same_owner(
            "posts_review", "review_link_of_revision", {"link_id": "id", "revision_id": "revision_id"},
            "posts_approvallink",
        ),
    ]  # fmt: skip
