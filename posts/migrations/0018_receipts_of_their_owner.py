"""A receipt belongs to the library and the mode of its delivery."""

from django.db import migrations

from core.states import same_owner


class Migration(migrations.Migration):
    dependencies = [("posts", "0017_campaigns_and_cards")]
    operations = [
        same_owner(
            "posts_deliveryreceipt", "receipt_same_realm",
            {"delivery_id": "id", "library_id": "library_id", "realm": "realm"}, "posts_delivery",
        ),
    ]
