"""What is looked at before it is taken belongs to a feed of the same library."""

from django.db import migrations, models

from core.states import same_owner


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_left_out")]
    operations = [
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.UniqueConstraint(fields=("id", "library"), name="feed_of_library"),
        ),
        same_owner(
            "programs_preview", "preview_feed_same_library", {"feed_id": "id", "library_id": "library_id"},
            "programs_feed",
        ),
    ]  # fmt: skip
