"""A person's branch is one of the library that the membership is for."""

from django.db import migrations

from core.states import same_owner


class Migration(migrations.Migration):
    dependencies = [("libraries", "0002_an_admin_stays")]
    operations = [
        same_owner(
            "libraries_membership", "membership_branch_same_library", {"branch_id": "id", "library_id": "library_id"},
            "libraries_branch",
        ),
    ]  # fmt: skip
