"""A library with people has at least one active admin, checked when the transaction ends."""

from django.db import migrations

SQL = """
CREATE FUNCTION libraries_an_admin_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE library bigint := COALESCE(OLD.library_id, NEW.library_id);
BEGIN
  IF EXISTS (SELECT 1 FROM libraries_membership WHERE library_id = library)
     AND NOT EXISTS (SELECT 1 FROM libraries_membership m JOIN libraries_user u ON u.id = m.user_id
                     WHERE m.library_id = library AND m.role = 'admin' AND m.is_active AND u.is_active) THEN
    RAISE EXCEPTION 'a library keeps at least one active admin'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_an_admin_stays';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER membership_an_admin_stays AFTER INSERT OR UPDATE OR DELETE ON libraries_membership
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION libraries_an_admin_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("libraries", "0001_initial")]
    operations = [
        migrations.RunSQL(
            SQL,
            "DROP TRIGGER membership_an_admin_stays ON libraries_membership; DROP FUNCTION libraries_an_admin_stays();",
        )
    ]
