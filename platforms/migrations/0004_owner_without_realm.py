"""What belongs to a library but to no realm, such as a talk, names its account by library alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platforms", "0003_issued_at")]
    operations = [
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("id", "library"), name="account_of_one_library"),
        ),
    ]
