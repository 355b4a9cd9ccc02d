"""A page that was opened for a new post makes one, however often it is sent."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_pictures_and_branches")]
    operations = [
        migrations.AddField(
            model_name="post",
            name="born",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40,
                help_text="which opened page it came from; one post each",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=~Q(born=""), fields=("author", "born"), name="post_born_once"
            ),
        ),
    ]
