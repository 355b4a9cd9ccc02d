"""The record only grows; content may be erased, never changed."""

from django.db import migrations

from core.states import append_only

ERASING = (
    "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.salt IS NULL AND NEW.content IS NULL "
    "AND NEW.entry_id = OLD.entry_id"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        append_only("audit_auditentry"),
        append_only("audit_auditcontent", updates=ERASING),
        append_only("audit_seal"),
    ]
