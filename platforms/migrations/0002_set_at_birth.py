"""An account keeps its library, realm, network and id for life."""

from django.db import migrations

from core.states import immutable


class Migration(migrations.Migration):
    dependencies = [("platforms", "0001_initial")]
    operations = [immutable("platforms_account", ["library_id", "realm", "platform", "external_id"])]
