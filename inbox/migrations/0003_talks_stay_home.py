"""A talk, the account and the post it is about, and our answers in it are all of one library."""

from django.db import migrations, models

from core.states import same_owner

LIB = {"library_id": "library_id"}


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0002_moves_and_owners"),
        ("platforms", "0004_owner_without_realm"),
        ("posts", "0003_pictures_and_branches"),
    ]
    operations = [
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.UniqueConstraint(fields=("id", "library"), name="conversation_of_library"),
        ),
        same_owner(
            "inbox_conversation", "conversation_account_same_library", {"account_id": "id", **LIB}, "platforms_account"
        ),
        same_owner(
            "inbox_conversation", "conversation_delivery_same_library", {"delivery_id": "id", **LIB}, "posts_delivery"
        ),
        same_owner(
            "inbox_reply", "reply_conversation_same_library", {"conversation_id": "id", **LIB}, "inbox_conversation"
        ),
    ]
