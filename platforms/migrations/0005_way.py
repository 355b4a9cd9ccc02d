"""A network may offer several ways to connect accounts; the sign-in under way keeps which one was begun."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platforms", "0004_owner_without_realm")]
    operations = [
        migrations.AddField(
            model_name="oauthstate",
            name="way",
            field=models.CharField(
                max_length=16, blank=True, default="", help_text="which of the network's ways was begun"
            ),
        ),
    ]
