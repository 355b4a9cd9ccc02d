"""A reply moves like every dispatch and stays with its library and realm."""

from django.db import migrations

from core.dispatch import GRAPH
from core.states import born_in, same_owner


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial"), ("posts", "0002_moves_and_owners")]
    operations = [
        GRAPH.trigger("inbox_reply"),
        born_in("inbox_reply", "scheduled"),
        same_owner(
            "inbox_reply",
            "reply_account_same_realm",
            {"account_id": "id", "library_id": "library_id", "realm": "realm", "platform": "platform"},
            "platforms_account",
        ),
    ]
