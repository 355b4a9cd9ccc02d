"""Legal moves, rows that only grow, and composite keys that keep libraries and realms apart."""

from django.db import migrations

from core.dispatch import GRAPH
from core.states import append_only, born_in, immutable, same_owner
from posts.models.campaign import EVENT_GRAPH
from posts.models.post import POST_GRAPH

LIB, REALM = {"library_id": "library_id"}, {"realm": "realm"}
ACCOUNT = {"account_id": "id", **LIB, **REALM, "platform": "platform"}

HOLDS = """
CREATE FUNCTION posts_hold_tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint := COALESCE(NEW.delivery_id, OLD.delivery_id);
BEGIN
  UPDATE posts_delivery SET hold = COALESCE(
    (SELECT string_agg(reason, ',' ORDER BY reason) FROM posts_hold WHERE delivery_id = touched), '')
  WHERE id = touched;
  RETURN NULL;
END $$;
CREATE TRIGGER posts_hold_tell AFTER INSERT OR UPDATE OR DELETE ON posts_hold
FOR EACH ROW EXECUTE FUNCTION posts_hold_tell();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0001_initial"),
        ("platforms", "0002_set_at_birth"),
        ("media_library", "0001_initial"),
    ]
    operations = [
        EVENT_GRAPH.trigger("posts_event"),
        POST_GRAPH.trigger("posts_post"),
        GRAPH.trigger("posts_delivery"),
        GRAPH.trigger("posts_takedown"),
        born_in("posts_post", "draft"),
        born_in("posts_delivery", "scheduled"),
        born_in("posts_takedown", "scheduled"),
        append_only("posts_revision"),
        append_only("posts_variant"),
        append_only("posts_revisionmedia"),
        append_only("posts_review"),
        immutable("posts_post", ["library_id", "realm"]),
        immutable(
            "posts_delivery", ["library_id", "realm", "account_id", "platform", "post_id", "occurrence", "part"]
        ),
        immutable("posts_trackedlink", ["slug", "library_id", "realm", "delivery_id"]),
        migrations.RunSQL(
            HOLDS, "DROP TRIGGER posts_hold_tell ON posts_hold; DROP FUNCTION posts_hold_tell();"
        ),
        same_owner("posts_post", "post_event_same_library", {"event_id": "id", **LIB}, "posts_event"),
        same_owner("posts_post", "post_campaign_same_library", {"campaign_id": "id", **LIB}, "posts_campaign"),
        same_owner(
            "posts_post", "post_current_revision_is_its_own", {"current_revision_id": "id", "id": "post_id"},
            "posts_revision",
        ),
        same_owner(
            "posts_revision", "revision_same_library_and_realm", {"post_id": "id", **LIB, **REALM}, "posts_post"
        ),
        same_owner("posts_variant", "variant_account_same_realm", ACCOUNT, "platforms_account"),
        same_owner(
            "posts_variant", "variant_revision_same_realm", {"revision_id": "id", **LIB, **REALM}, "posts_revision"
        ),
        same_owner("posts_revisionmedia", "media_same_library", {"asset_id": "id", **LIB}, "media_library_asset"),
        same_owner("posts_delivery", "delivery_account_same_realm", ACCOUNT, "platforms_account"),
        same_owner(
            "posts_delivery", "delivery_post_same_realm", {"post_id": "id", **LIB, **REALM}, "posts_post"
        ),
        same_owner(
            "posts_delivery", "delivery_revision_of_post", {"revision_id": "id", "post_id": "post_id"},
            "posts_revision",
        ),
        same_owner("posts_takedown", "takedown_account_same_realm", ACCOUNT, "platforms_account"),
        same_owner(
            "posts_takedown", "takedown_same_realm", {"delivery_id": "id", **LIB, **REALM}, "posts_delivery"
        ),
        same_owner(
            "posts_trackedlink", "link_same_realm", {"delivery_id": "id", **LIB, **REALM}, "posts_delivery"
        ),
    ]  # fmt: skip
