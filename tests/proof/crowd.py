"""A library with a long history, made by the database itself: many posts over eight years, with all that hangs on them.

Rows are copied from one that the product's own actions made, with the columns that differ worked out in SQL, so that a
column added later is filled as the product fills it.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

YEARS, AHEAD_DAYS, IN_REVIEW, EVENTS_A_DAY = 8, 60, 60, 4
NETWORKS = ("facebook", "twitter", "instagram", "linkedin")
SPAN_S = YEARS * 365 * 86400 + AHEAD_DAYS * 86400
WORDS = "ARRAY['Story time','New on the shelf','Reading room','Exam weeks','Local history','Book club','Opening hours','Homework help']"


def fill(posts: int) -> Any:
    """Make the library and its history; returns the admin of it as an Actor. Takes about a minute for 100,000 posts."""
    from libraries.models import Branch, Role
    from posts.models import Campaign
    from tests import factories

    library = factories.library("Crowded Library", website="https://library.example", welcomed_at="2018-01-01T00:00Z")
    admin = factories.actor(library, Role.ADMIN)
    authors = [factories.person(library, Role.STAFF, f"Person {n}") for n in range(20)]
    for n in range(5):
        Branch.objects.create(library=library, name=f"Branch {n}", slug=f"branch-{n}")
        Campaign.objects.create(library=library, name=f"Campaign {n}", slug=f"campaign-{n}")
    accounts = [factories.account(library, name, name=f"{name} {n}") for n in range(3) for name in NETWORKS]
    pictures = [factories.asset(library, alt_text="A plain coloured card") for _ in range(8)]
    event = factories.event(library)
    first = factories.scheduled(library, *accounts[:4], body="A notice of ours.", event=event, pictures=tuple(pictures[:1]))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        _multiply(cursor, posts, first[0], authors, accounts, pictures, event)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return admin


def _copy(cursor: Any, table: str, template: int, source: str, columns: dict[str, str]) -> None:
    """INSERT one copy of the row `template` for each row of `source`, with `columns` worked out by SQL expressions."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND is_generated = 'NEVER'", [table],
    )  # fmt: skip
    names = [row[0] for row in cursor.fetchall() if row[0] != "id" or "id" in columns]
    wanted = ", ".join(columns.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    system = "OVERRIDING SYSTEM VALUE" if "id" in columns else ""
    cursor.execute(f"INSERT INTO {table} ({listed}) {system} SELECT {wanted} FROM {source}, {table} t WHERE t.id = {template}")
    if "id" in columns:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _array(rows: list[Any]) -> str:
    return "ARRAY[" + ",".join(str(getattr(row, "user_id", None) or row.pk) for row in rows) + "]::bigint[]"


def _multiply(
    cursor: Any, n: int, delivery: Any, authors: list[Any], accounts: list[Any], pictures: list[Any], event: Any
) -> None:
    post, revision = delivery.post_id, delivery.revision_id
    per = EVENTS_A_DAY * (YEARS * 365 + AHEAD_DAYS)
    _copy(cursor, "posts_event", event.pk, f"generate_series(1, {per}) g", {
        "id": f"{event.pk} + g", "title": f"({WORDS})[1 + g % 8] || ' ' || g", "external_uid": "'crowd-' || g",
        "starts_at": f"now() - interval '{YEARS * 365} days' + g * interval '{86400 // EVENTS_A_DAY} seconds'",
        "ends_at": f"now() - interval '{YEARS * 365} days' + g * interval '{86400 // EVENTS_A_DAY} seconds' + interval '1 hour'",
    })  # fmt: skip
    # One table says of each post when it is, how it stands and who wrote it; all others follow it.
    cursor.execute(f"""
        CREATE TEMP TABLE crowd ON COMMIT DROP AS
        SELECT g, {post} + g AS post, {revision} + g AS revision, at, at < now() AS past,
               CASE WHEN at < now() THEN 'approved' WHEN g > {n} - least({IN_REVIEW}, {n} / 200) THEN 'in_review'
                    WHEN g % 5 = 0 THEN 'draft' ELSE 'approved' END AS state,
               ({_array(authors)})[1 + g % {len(authors)}] AS author,
               ({WORDS})[1 + g % 8] || ' number ' || g || ': shelf ' || (g::bigint * 7919 % 10007) || ', ask at the desk.' AS body,
               '[' || concat_ws(',', ({_array(accounts)})[1 + g % {len(accounts)}], ({_array(accounts)})[1 + (g + 1) % {len(accounts)}],
                                CASE WHEN g % 2 = 0 THEN ({_array(accounts)})[1 + (g + 2) % {len(accounts)}] END) || ']' AS chosen
        FROM (SELECT g, date_trunc('minute', now() - interval '{YEARS * 365} days'
              + g * (interval '1 second' * {SPAN_S} / {n})) AS at FROM generate_series(1, {n}) g) made""")
    _post(cursor, delivery, pictures, event.pk, per)
    _deliver(cursor, delivery)


def _post(cursor: Any, delivery: Any, pictures: list[Any], first_event: int, events: int) -> None:
    """The posts of the table `crowd`, each with its working copy, revision, picture and review."""
    post, revision = delivery.post_id, delivery.revision_id
    _copy(cursor, "posts_post", post, "crowd c", {
        "id": "c.post", "title": "left(c.body, 30)", "author_id": "c.author", "state": "c.state", "planned_for": "c.at", "born": "''",
        "created_at": "c.at - interval '3 days'", "updated_at": "c.at - interval '1 day'",
        "current_revision_id": "CASE WHEN c.state = 'draft' THEN NULL ELSE c.revision END",
        "event_id": f"CASE WHEN c.g % 3 = 0 THEN {first_event} + c.g % {events} END",
        "campaign_id": "CASE WHEN c.g % 10 = 0 THEN (SELECT min(id) FROM posts_campaign) + c.g % 5 END",
    })  # fmt: skip
    cursor.execute("SELECT id FROM posts_workingcopy WHERE post_id = %s", [post])
    picture = f"({_array(pictures)})[1 + c.g % {len(pictures)}]"
    _copy(cursor, "posts_workingcopy", cursor.fetchone()[0], "crowd c", {
        "post_id": "c.post", "content": "jsonb_build_object('body', c.body, 'link', '', 'accounts', c.chosen::jsonb, 'variants', '{}'::jsonb,"
        f" 'media', jsonb_build_array(jsonb_build_object('asset', {picture}, 'alt_text', 'A plain card', 'decorative', false)))",
    })  # fmt: skip
    _copy(cursor, "posts_revision", revision, "crowd c", {
        "id": "c.revision", "post_id": "c.post", "body": "c.body", "created_by_id": "c.author",
        "digest": "repeat(md5(c.g::text), 2)", "created_at": "c.at - interval '2 days'",
    })  # fmt: skip
    cursor.execute("SELECT id FROM posts_revisionmedia WHERE revision_id = %s", [revision])
    _copy(cursor, "posts_revisionmedia", cursor.fetchone()[0], "crowd c", {"revision_id": "c.revision", "asset_id": picture})
    cursor.execute("SELECT id FROM posts_review WHERE revision_id = %s", [revision])
    approved = "(SELECT * FROM crowd WHERE state = 'approved') c"
    _copy(cursor, "posts_review", cursor.fetchone()[0], approved, {
        "revision_id": "c.revision", "author_id": "c.author", "created_at": "c.at - interval '1 day'",
    })  # fmt: skip


def _deliver(cursor: Any, delivery: Any) -> None:
    """A variant for each account of a post, and a delivery where it was approved."""
    each = """(SELECT c.*, a.id AS account, a.platform FROM crowd c
        CROSS JOIN LATERAL jsonb_array_elements_text(c.chosen::jsonb) x JOIN platforms_account a ON a.id = x::bigint{}) c"""
    revision = delivery.revision_id
    cursor.execute("SELECT id FROM posts_variant WHERE revision_id = %s ORDER BY id LIMIT 1", [revision])
    _copy(cursor, "posts_variant", cursor.fetchone()[0], each.format(""), {
        "revision_id": "c.revision", "account_id": "c.account", "platform": "c.platform",
    })  # fmt: skip
    _copy(cursor, "posts_delivery", delivery.pk, each.format(" WHERE c.state = 'approved'"), {
        "post_id": "c.post", "revision_id": "c.revision", "account_id": "c.account", "platform": "c.platform",
        "state": "CASE WHEN NOT c.past THEN 'scheduled' WHEN c.g % 20000 = 0 THEN 'attention' ELSE 'sent' END",
        "due_at": "c.at", "expires_at": "c.at + interval '1 day'", "sent_at": "CASE WHEN c.past THEN c.at + interval '2 seconds' END",
        "remote_id": "CASE WHEN c.past THEN c.g || '_' || c.account ELSE '' END", "marker": "md5(c.g || '/' || c.account)",
    })  # fmt: skip
