"""A revision's picture, an event's branch and the post that another waits for are of its own library too."""

from django.db import migrations, models

from core.states import same_owner

LIB = {"library_id": "library_id"}


class Migration(migrations.Migration):
    dependencies = [("posts", "0002_moves_and_owners"), ("libraries", "0001_initial")]
    operations = [
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("id", "library"), name="delivery_of_one_library"),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(fields=("id", "library"), name="revision_of_one_library"),
        ),
        same_owner(
            "posts_revisionmedia", "media_revision_same_library", {"revision_id": "id", **LIB}, "posts_revision"
        ),
        same_owner("posts_event", "event_branch_same_library", {"branch_id": "id", **LIB}, "libraries_branch"),
        same_owner("posts_delivery", "delivery_after_same_library", {"after_id": "id", **LIB}, "posts_delivery"),
    ]
