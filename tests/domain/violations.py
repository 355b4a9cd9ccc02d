"""For every rule of the database, one statement that breaks it. tests/domain/test_constraints.py runs them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Breach:
    """Raw SQL that one rule must refuse.

    `unguarded`: with triggers off, where a trigger would speak before the CHECK that is meant. `without`: rules that
    forbid the same thing and are dropped first (inside a transaction that is rolled back), so that the second lock is
    tried too.
    """

    table: str
    sets: str = ""
    copy: tuple[tuple[str, str], ...] = ()
    plain: str = ""
    unguarded: bool = False
    without: tuple[str, ...] = ()

    def run(self) -> None:
        with connection.cursor() as cursor:
            for name in self.without:
                cursor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT {name} CASCADE")
            if self.unguarded:
                cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(self.statement(cursor))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def statement(self, cursor: Any) -> str:
        if self.plain:
            return self.plain
        if self.sets:
            return f"UPDATE {self.table} SET {self.sets}"
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [self.table],
        )
        new = dict(self.copy)
        found = [name for (name,) in cursor.fetchall()]
        names, first = [name for name in found if name != "id" or "id" in new], "id" if "id" in found else "1"
        values = ", ".join(new.get(name, f'"{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        return f"INSERT INTO {self.table} ({columns}) SELECT {values} FROM {self.table} ORDER BY {first} LIMIT 1"


def change(table: str, sets: str, **more: Any) -> Breach:
    """Every row of the table is changed so."""
    return Breach(table, sets=sets, **more)


def copy(table: str, without: tuple[str, ...] = (), **new: str) -> Breach:
    """The table's first row once more, with a fresh id and these columns (SQL) different."""
    return Breach(table, copy=tuple(new.items()), without=without)


def plain(table: str, sql: str) -> Breach:
    return Breach(table, plain=sql)


def the_other(table: str, column: str = "id") -> str:
    """SQL for a row of the second library, which was made after the first."""
    return f"(SELECT max({column}) FROM {table})"


DISPATCH = {"delivery": "posts_delivery", "takedown": "posts_takedown", "correction": "posts_correction", "reply": "inbox_reply"}
ATTEMPTS = {
    "attempt": "posts_attempt", "takedown_attempt": "posts_takedownattempt", "reply_attempt": "inbox_replyattempt",
    "correction_attempt": "posts_correctionattempt",
}  # fmt: skip
ONLY_GROWS = {
    "audit_auditentry": "action = 'posts.post.edited'", "audit_auditcontent": "content = '{}'",
    "audit_seal": "number = number + 1", "posts_revision": "body = 'other words'", "posts_variant": "body = 'other words'",
    "posts_revisionmedia": "alt_text = 'other words'", "posts_review": "comment = 'never said'",
    "posts_reviewwarning": "stage = 'day'",
}  # fmt: skip
NEVER_NEGATIVE = {  # Django's own CHECK under each positive number
    "inbox_reply": ("absences", "strikes", "tries"), "posts_takedown": ("absences", "strikes", "tries"),
    "posts_delivery": ("absences", "strikes", "tries"),
    "posts_attempt": ("http_status", "number"), "posts_takedownattempt": ("http_status", "number"),
    "posts_correction": ("absences", "strikes", "tries"), "posts_correctionattempt": ("http_status", "number"),
    "inbox_replyattempt": ("http_status", "number"), "libraries_notice": ("times",),
    "media_library_rendition": ("bytes", "height", "width"), "platforms_credential": ("version",),
    "platforms_cursor": ("failures",), "platforms_daycount": ("published",), "posts_event": ("missed_polls",),
    "posts_trackedlink": ("visits",), "posts_workingcopy": ("version",), "programs_feed": ("failures",),
}  # fmt: skip
HEX = "repeat('e', 64)"


def _checks() -> dict[str, Breach]:
    found = {
        f"{table}_{column}_check": change(table, f"{column} = -1")
        for table, columns in NEVER_NEGATIVE.items()
        for column in columns
    }
    for name, table in DISPATCH.items():
        found |= {
            f"{name}_state_known": change(table, "state = 'lost'", unguarded=True),
            f"{name}_realm_known": change(table, "realm = 'dream'", unguarded=True),
            f"{name}_sent_has_proof": change(table, "state = 'sent', sent_at = NULL, remote_id = ''"),
            f"{name}_lease_whole": change(table, "lease_token = gen_random_uuid()"),
            f"{name}_sending_is_leased": change(table, "state = 'sending'"),
        }
    for name, table in ATTEMPTS.items():
        found |= {
            f"{name}_ended_with_outcome": change(table, "outcome = '', ended_at = now()"),
            f"{name}_outcome_known": change(table, "outcome = 'perhaps', ended_at = now()"),
            f"{name}_numbered": copy(table, outcome="'unknown'", ended_at="now()"),
            f"{name}_one_open": copy(table, number="9"),
        }
    return found


CHECKS = {
    "view_has_name": change("planner_savedview", "name = ''"),
    "view_page_known": change("planner_savedview", "page = 'year'"),
    "feed_address_digest_shape": change("planner_feedaddress", "digest = 'short'"),
    "local_day_has_name": change("planner_localday", "name = ''"),
    "local_day_length": change("planner_localday", "days = 32"),
    "planner_localday_days_check": change("planner_localday", "days = -1", without=("local_day_length",)),
    **{
        f"posts_figuresnapshot_{name}_check": change("posts_figuresnapshot", f"{name} = -1")
        for name in ("impressions", "reach", "likes", "comments", "shares", "clicks")
    },
    "figures_realm_known": change("posts_figuresnapshot", "realm = 'other'"),
    "receipt_realm_known": change("posts_deliveryreceipt", "realm = 'other'"),
    "posts_deliveryreceipt_tries_check": change("posts_deliveryreceipt", "tries = -1"),
    **_checks(),
    "audit_content_erased_whole": copy("audit_auditcontent", salt="NULL"),
    "audit_action_known": copy("audit_auditentry", action="'posts.post.burnt'"),
    "audit_commitment_shape": copy("audit_auditentry", commitment="'abc'"),
    "conversation_kind_known": change("inbox_conversation", "kind = 'rumour'"),
    "conversation_state_known": change("inbox_conversation", "state = 'lost'"),
    "message_direction_known": change("inbox_message", "direction = 'up'"),
    "library_review_known": change("libraries_library", "review = 'two'"),
    "library_mode_known": change("libraries_library", "mode = 'dream'"),
    "membership_role_known": change("libraries_membership", "role = 'owner'"),
    "notice_tone_known": change("libraries_notice", "tone = 'loud'"),
    "asset_focal_inside": change("media_library_asset", "focal_x = 1.01"),
    "asset_has_size": change("media_library_asset", "width = 0"),
    "asset_licence_known": change("media_library_asset", "licence = 'stolen'"),
    "asset_people_known": change("media_library_asset", "people = 'many'"),
    "consent_names_somebody": change("media_library_consent", "who = ''"),
    "consent_minor_has_guardian": change("media_library_consent", "minor = true, guardian = ''"),
    "asset_kind_known": change("media_library_asset", "kind = 'smell'"),
    "asset_sha256_shape": change("media_library_asset", "sha256 = 'abc'"),
    "media_library_asset_bytes_check": change("media_library_asset", "bytes = -1", without=("asset_has_size",)),
    "media_library_asset_height_check": change("media_library_asset", "height = -1", without=("asset_has_size",)),
    "media_library_asset_width_check": change("media_library_asset", "width = -1", without=("asset_has_size",)),
    "rendition_has_size": change("media_library_rendition", "width = 0"),
    "account_realm_known": change("platforms_account", "realm = 'dream'", unguarded=True),
    "account_state_known": change("platforms_account", "state = 'lost'"),
    "credential_renewal_whole": change("platforms_credential", "renewing_until = now()"),
    "campaign_ends_after_start": change("posts_campaign", "starts_on = '2026-05-02', ends_on = '2026-05-01'"),
    "campaign_colour_known": change("posts_campaign", "colour = 'pink'"),
    "card_state_known": change("posts_linkcard", "state = 'lost'"),
    "card_digest_shape": change("posts_linkcard", "digest = 'short'"),
    "card_read_before_it_is_shown": change("posts_linkcard", "state = 'shown', fetched_at = NULL"),
    "event_capacity_positive": change("posts_event", "capacity = 0"),
    "posts_event_capacity_check": change("posts_event", "capacity = -1", without=("event_capacity_positive",)),
    "event_ends_after_start": change("posts_event", "ends_at = starts_at"),
    "event_moved_whole": change("posts_event", "moved_at = now(), moved_from = NULL"),
    "event_listing_known": change("posts_event", "listing = 'lost'"),
    "event_state_known": change("posts_event", "state = 'lost'", unguarded=True),
    "posts_correction_number_check": copy("posts_correction", number="-1"),
    "posts_delivery_part_check": copy("posts_delivery", part="-1"),
    "takedown_by_hand_is_done": change("posts_takedown", "by_hand_id = (SELECT min(id) FROM libraries_user)"),
    "hold_reason_known": change("posts_hold", "reason = 'mood'"),
    "slot_weekday_known": change("posts_postingslot", "weekday = 7"),
    "pause_has_a_reason": change("posts_pause", "reason = ''", unguarded=True),
    "pause_ended_whole": change("posts_pause", "ended_at = now()"),
    "series_realm_known": change("posts_series", "realm = 'dream'", unguarded=True),
    "series_approved_whole": change("posts_series", "approved_at = now()"),
    "series_not_approved_by_its_author": change("posts_series", "approved_at = now(), approved_by_id = author_id"),
    "post_occurrence_whole": change("posts_post", "series_on = NULL"),
    "post_relative_shape": change("posts_post", "relative = 'soon'"),
    "post_realm_known": change("posts_post", "realm = 'dream'", unguarded=True),
    "post_state_known": change("posts_post", "state = 'lost'", unguarded=True),
    "review_not_author": copy("posts_review", author_id="reviewer_id", self_review="false"),
    "review_by_somebody": copy("posts_review", reviewer_id="NULL"),
    "advice_choice_code_known": change("posts_advicechoice", "code = 'colour'"),
    "review_rule_one_scope": copy("posts_reviewrule", scope="'branch'"),
    "comment_says_something": change("posts_postcomment", "body = ''", unguarded=True),
    "comment_realm_known": change("posts_postcomment", "realm = 'dream'", unguarded=True),
    "comment_resolved_whole": change("posts_postcomment", "resolved_at = now()"),
    "approval_link_digest_shape": copy("posts_approvallink", digest="'abc'"),
    "approval_link_realm_known": change("posts_approvallink", "realm = 'dream'", unguarded=True),
    "approval_link_ends_after_start": copy("posts_approvallink", digest=HEX, expires_at="made_at"),
    "approval_link_used_whole": change("posts_approvallink", "used_at = now()"),
    "approval_link_revoked_whole": change("posts_approvallink", "revoked_at = now()"),
    "review_warning_stage_known": copy("posts_reviewwarning", stage="'soon'"),
    "review_verdict_known": copy("posts_review", verdict="'perhaps'"),
    "posts_revision_number_check": copy("posts_revision", number="-1"),
    "revision_digest_shape": copy("posts_revision", digest="'abc'"),
    "media_has_alt_text": copy("posts_revisionmedia", alt_text="''", decorative="false"),
    "posts_revisionmedia_position_check": copy("posts_revisionmedia", position="-1"),
    "link_slug_shape": copy("posts_trackedlink", slug="'No!'"),
    "link_target_is_web": change("posts_trackedlink", "target = 'javascript:alert(1)'"),
    "template_audience_known": change("posts_posttemplate", "audience = 'nobody'"),
    "snippet_shortcut_shape": change("posts_snippet", "shortcut = 'Two words'"),
    "kept_version_why_known": change("posts_keptversion", "why = 'whim'"),
    "feed_address_is_web": change("programs_feed", "url = 'file:///etc/passwd'"),
}
UNIQUES = {
    "view_name_once": copy("planner_savedview"),
    "view_of_library": copy("planner_savedview", id="id", name="'Other'", without=("planner_savedview_pkey",)),
    "feed_address_one_open": copy("planner_feedaddress", digest=HEX),
    "planner_feedaddress_digest_key": copy("planner_feedaddress", revoked_at="now()"),
    "almanac_mark_once": copy("planner_almanacmark"),
    "figures_once_a_day": copy("posts_figuresnapshot"),
    "posts_deliveryreceipt_delivery_id_key": copy("posts_deliveryreceipt"),
    "audit_seal_digest_key": copy("audit_seal", number="99", previous=HEX, entry_id=the_other("audit_auditentry")),
    "audit_seal_entry_id_key": copy("audit_seal", number="99", previous=HEX, digest=HEX),
    "audit_seal_number_key": copy("audit_seal", previous=HEX, digest=HEX, entry_id=the_other("audit_auditentry")),
    "seal_no_fork": copy("audit_seal", number="99", digest=HEX, entry_id=the_other("audit_auditentry")),
    "conversation_of_library": copy(
        "inbox_conversation", ("inbox_conversation_pkey",), id="id", external_id="'another'"),
    "conversation_once": copy("inbox_conversation"),
    "message_once": copy("inbox_message"),
    "reply_remote_id_once": change("inbox_reply", "remote_id = 'r-1'"),
    "branch_of_library": copy("libraries_branch", ("libraries_branch_pkey",), id="id", slug="'elsewhere'"),
    "branch_slug_once": copy("libraries_branch"),
    "libraries_library_slug_key": copy("libraries_library"),
    "membership_once": copy("libraries_membership"),
    "notice_one_open_per_key": copy("libraries_notice"),
    "libraries_user_email_key": copy("libraries_user"),
    "user_email_once": copy("libraries_user", email="upper(email)"),
    "asset_of_library": copy("media_library_asset", ("media_library_asset_pkey",), id="id", sha256=HEX),
    "asset_once_per_library": copy("media_library_asset"),
    "rendition_once": copy("media_library_rendition"),
    "consent_one_per_person": copy("media_library_consent"),
    "account_of_library": copy(
        "platforms_account", ("platforms_account_pkey", "account_of_one_library"), id="id", external_id="'another'"),
    "account_of_one_library": copy(
        "platforms_account", ("platforms_account_pkey", "account_of_library"), id="id", external_id="'another'"),
    "account_one_owner": copy("platforms_account", library_id=the_other("libraries_library")),
    "credential_one_in_force": copy("platforms_credential"),
    "cursor_once": copy("platforms_cursor"),
    "day_count_once": copy("platforms_daycount"),
    "platforms_oauthstate_state_key": copy("platforms_oauthstate"),
    "campaign_of_library": copy("posts_campaign", ("posts_campaign_pkey",), id="id", slug="'another'"),
    "campaign_slug_once": copy("posts_campaign"),
    "card_once_per_address": copy("posts_linkcard"),
    "delivery_of_library": copy(
        "posts_delivery", ("posts_delivery_pkey", "delivery_of_one_library"), id="id", part="7", remote_id="''"),
    "delivery_of_one_library": copy(
        "posts_delivery", ("posts_delivery_pkey", "delivery_of_library"), id="id", part="7", remote_id="''"),
    "delivery_one_intention": copy("posts_delivery"),
    "delivery_remote_id_once": copy("posts_delivery", part="7"),
    "event_imported_once": copy("posts_event"),
    "event_of_library": copy("posts_event", ("posts_event_pkey",), id="id", external_uid="'another'"),
    "hold_once_per_reason": copy("posts_hold"),
    "slot_once": copy("posts_postingslot"),
    "pause_one_of_everything": copy("posts_pause", account_id="NULL"),
    "pause_one_of_an_account": plain(
        "posts_pause", "INSERT INTO posts_pause (library_id, account_id, reason, begun_by_id, begun_at) "
        "SELECT library_id, (SELECT min(id) FROM platforms_account), 'twice', begun_by_id, now() FROM "
        "(SELECT * FROM posts_pause ORDER BY id LIMIT 1) AS one, generate_series(1, 2)"),
    "series_of_library": copy("posts_series", ("posts_series_pkey",), id="id"),
    "post_once_per_occurrence": plain(
        "posts_post", "UPDATE posts_post SET series_id = (SELECT min(id) FROM posts_series), series_on = '2026-12-31'"),
    "outside_realm_known": change("posts_outsidepost", "realm = 'other'", unguarded=True),
    "outside_is_named": change("posts_outsidepost", "remote_id = ''"),
    "outside_post_once": copy("posts_outsidepost"),
    "outside_account_same_library": change(
        "posts_outsidepost", f"account_id = {the_other('platforms_account')}", without=("outside_post_once",)),
    "bulk_realm_known": change("posts_bulkimport", "realm = 'other'"),
    "post_born_once": change(
        "posts_post", "born = 'x', author_id = (SELECT min(author_id) FROM posts_post)", unguarded=True),
    "post_of_library": copy("posts_post", ("posts_post_pkey",), id="id", state="'draft'", series_id="NULL", series_on="NULL"),
    "posts_review_link_id_key": plain(
        "posts_review", "INSERT INTO posts_review (revision_id, link_id, author_id, verdict, self_review, comment, created_at) "
        "SELECT revision_id, (SELECT min(id) FROM posts_approvallink), author_id, 'approve', false, '', now() "
        "FROM (SELECT * FROM posts_review ORDER BY id LIMIT 1) AS one, generate_series(1, 2)"),
    "review_rule_once": copy("posts_reviewrule"),
    "advice_choice_once": copy("posts_advicechoice"),
    "comment_of_post": copy("posts_postcomment", ("posts_postcomment_pkey",), id="id"),
    "posts_approvallink_digest_key": copy("posts_approvallink"),
    "approval_link_of_revision": copy("posts_approvallink", ("posts_approvallink_pkey",), id="id", digest=HEX),
    "review_warning_once": copy("posts_reviewwarning"),
    "review_once_per_person": copy("posts_review"),
    "revision_numbered": copy("posts_revision"),
    "revision_of_library": copy(
        "posts_revision", ("posts_revision_pkey", "revision_of_post", "revision_of_one_library"), id="id", number="9"),
    "revision_of_one_library": copy(
        "posts_revision", ("posts_revision_pkey", "revision_of_post", "revision_of_library"), id="id", number="9"),
    "revision_of_post": copy(
        "posts_revision", ("posts_revision_pkey", "revision_of_library", "revision_of_one_library"), id="id", number="9"),
    "media_asset_once": copy("posts_revisionmedia", position="9"),
    "media_position_once": copy("posts_revisionmedia", asset_id=the_other("media_library_asset")),
    "posts_takedown_delivery_id_key": copy("posts_takedown"),
    "correction_numbered": copy("posts_correction"),
    "posts_trackedlink_delivery_id_key": copy("posts_trackedlink", slug="'abcdefgh'"),
    "posts_trackedlink_slug_key": copy("posts_trackedlink", delivery_id=the_other("posts_delivery")),
    "variant_once_per_account": copy("posts_variant"),
    "posts_workingcopy_post_id_key": copy("posts_workingcopy"),
    "template_name_once": copy("posts_posttemplate", starter="''"),
    "template_starter_once": copy("posts_posttemplate", name="'Another'"),
    "snippet_shortcut_once": copy("posts_snippet"),
    "hashtags_name_once": copy("posts_hashtagset"),
    "feed_address_once": copy("programs_feed"),
    "feed_of_library": copy("programs_feed", ("programs_feed_pkey",), id="id", url="''"),
}  # fmt: skip
OWNERS = {  # two libraries, or practice and live, never meet
    "conversation_account_same_library": copy(
        "inbox_conversation", external_id="'another'", account_id=the_other("platforms_account")),
    "conversation_delivery_same_library": copy(
        "inbox_conversation", external_id="'another'", delivery_id=the_other("posts_delivery")),
    "reply_conversation_same_library": change("inbox_reply", f"conversation_id = {the_other('inbox_conversation')}"),
    "membership_branch_same_library": change("libraries_membership", f"branch_id = {the_other('libraries_branch')}"),
    "event_branch_same_library": change("posts_event", f"branch_id = {the_other('libraries_branch')}"),
    "reply_account_same_realm": change("inbox_reply", f"account_id = {the_other('platforms_account')}"),
    "delivery_account_same_realm": copy("posts_delivery", account_id=the_other("platforms_account")),
    "delivery_after_same_library": copy(
        "posts_delivery", part="7", remote_id="''", after_id=the_other("posts_delivery")),
    "preview_feed_same_library": change("programs_preview", f"feed_id = {the_other('programs_feed')}"),
    "delivery_post_same_realm": copy(
        "posts_delivery", remote_id="''", post_id=the_other("posts_post"), revision_id=the_other("posts_revision")),
    "delivery_revision_of_post": copy("posts_delivery", part="7", remote_id="''", revision_id=the_other("posts_revision")),
    "post_series_same_realm": copy("posts_post", state="'draft'", current_revision_id="NULL", series_on="'2026-12-31'",
                                   series_id=the_other("posts_series")),
    "slot_account_same_library": copy("posts_postingslot", weekday="3", account_id=the_other("platforms_account")),
    "pause_account_same_library": copy("posts_pause", account_id=the_other("platforms_account")),
    "feed_address_same_library": copy(
        "planner_feedaddress", digest=HEX, revoked_at="now()", view_id=the_other("planner_savedview")),
    "figures_same_realm": copy("posts_figuresnapshot", delivery_id=the_other("posts_delivery")),
    "receipt_same_realm": copy("posts_deliveryreceipt", delivery_id=the_other("posts_delivery")),
    "post_campaign_same_library": copy("posts_post", state="'draft'", current_revision_id="NULL", series_id="NULL", series_on="NULL",
                                       campaign_id=the_other("posts_campaign")),
    "post_current_revision_is_its_own": copy("posts_post", state="'draft'", series_id="NULL", series_on="NULL"),
    "post_event_same_library": copy("posts_post", state="'draft'", current_revision_id="NULL", series_id="NULL", series_on="NULL",
                                    event_id=the_other("posts_event")),
    "event_campaign_same_library": copy("posts_event", external_uid="'another'", campaign_id=the_other("posts_campaign")),
    "revision_same_library_and_realm": copy("posts_revision", number="9", realm="'live'"),
    "media_revision_same_library": copy("posts_revisionmedia", revision_id=the_other("posts_revision"), position="9"),
    "consent_same_library": copy("media_library_consent", who="'Pat'", asset_id=the_other("media_library_asset")),
    "media_same_library": copy("posts_revisionmedia", position="9", asset_id=the_other("media_library_asset")),
    "takedown_account_same_realm": change("posts_takedown", f"account_id = {the_other('platforms_account')}"),
    "takedown_same_realm": copy("posts_takedown", delivery_id=the_other("posts_delivery")),
    "correction_account_same_realm": copy("posts_correction", number="9", account_id=the_other("platforms_account")),
    "correction_same_realm": copy("posts_correction", number="9", delivery_id=the_other("posts_delivery")),
    "correction_revision_same_realm": copy("posts_correction", number="9", revision_id=the_other("posts_revision")),
    "link_same_realm": copy("posts_trackedlink", slug="'abcdefgh'", delivery_id=the_other("posts_delivery")),
    "small_edit_of_same_post": copy("posts_revision", number="9", small_edit_of_id=the_other("posts_revision")),
    "review_link_of_revision": copy("posts_review", reviewer_id="NULL", self_review="false",
                                    link_id=the_other("posts_approvallink")),
    "review_rule_branch_same_library": copy("posts_reviewrule", scope="'branch'", campaign_id="NULL",
                                            branch_id=the_other("libraries_branch")),
    "review_rule_campaign_same_library": copy("posts_reviewrule", campaign_id=the_other("posts_campaign")),
    "review_rule_account_same_library": copy("posts_reviewrule", scope="'account'", campaign_id="NULL",
                                             account_id=the_other("platforms_account")),
    "review_rule_approver_works_there": copy("posts_reviewrule", approver_id=the_other("libraries_user")),
    "comment_same_library_and_realm": copy("posts_postcomment", realm="'live'"),
    "comment_revision_of_post": copy("posts_postcomment", revision_id=the_other("posts_revision")),
    "comment_parent_of_post": copy("posts_postcomment", parent_id=the_other("posts_postcomment")),
    "approval_link_same_realm": copy("posts_approvallink", digest=HEX, realm="'live'"),
    "approval_link_revision_of_post": copy("posts_approvallink", digest=HEX, revision_id=the_other("posts_revision")),
    "review_warning_same_realm": copy("posts_reviewwarning", stage="'day'", realm="'live'"),
    "variant_account_same_realm": copy("posts_variant", account_id=the_other("platforms_account")),
    "variant_revision_same_realm": copy("posts_variant", revision_id=the_other("posts_revision")),
}  # fmt: skip
TRIGGERS = {
    **{f"{table}_append_only": change(table, sets) for table, sets in ONLY_GROWS.items()},
    **{f"{table}_no_truncate": plain(table, f"TRUNCATE {table} CASCADE") for table in ONLY_GROWS},
    "inbox_reply_born": copy("inbox_reply", state="'sent'"),
    "inbox_reply_moves": change("inbox_reply", "state = 'failed'"),
    "posts_delivery_born": copy("posts_delivery", part="7", state="'sent'"),
    "posts_delivery_moves": change("posts_delivery", "state = 'attention'"),
    "posts_delivery_immutable": change("posts_delivery", "part = 7"),
    "posts_takedown_born": copy("posts_takedown", state="'sent'"),
    "posts_takedown_moves": change("posts_takedown", "state = 'failed'"),
    "posts_correction_born": copy("posts_correction", number="9", state="'sent'"),
    "posts_correction_moves": change("posts_correction", "state = 'failed'"),
    "posts_correction_immutable": change("posts_correction", "text = 'never asked for'"),
    "posts_post_born": copy("posts_post", state="'approved'"),
    "posts_post_moves": change("posts_post", "state = 'changes_requested'"),
    "posts_post_immutable": change("posts_post", "realm = 'live'"),
    "posts_event_moves": plain(
        "posts_event", "UPDATE posts_event SET state = 'held'; UPDATE posts_event SET state = 'planned'"),
    "posts_series_immutable": change("posts_series", "rule = 'FREQ=DAILY'"),
    "posts_pause_immutable": change("posts_pause", "reason = 'never said'"),
    "posts_postcomment_immutable": change("posts_postcomment", "body = 'never said'"),
    "posts_approvallink_immutable": change("posts_approvallink", "address = 'other@example.org'"),
    "posts_trackedlink_immutable": change("posts_trackedlink", "slug = 'abcdefgh'"),
    "platforms_account_immutable": change("platforms_account", "realm = 'live'"),
    "membership_an_admin_stays": change("libraries_membership", "is_active = false"),
}  # fmt: skip
REFUSES = {**CHECKS, **UNIQUES, **OWNERS, **TRIGGERS}
