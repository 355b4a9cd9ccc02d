"""Every state change of a post. Keyword-only, actor first; they return the object or raise Refused."""

from posts.actions.advising import choose_advice
from posts.actions.amending import amend_post, approve_own, undo_review
from posts.actions.bulk import confirm_import, discard_import, duplicate_post, hand_over, hold_import, shift_post
from posts.actions.campaigns import (
    close_campaign,
    copy_campaign,
    copy_plan,
    delete_campaign,
    first_day,
    put_event,
    put_post,
    reopen_campaign,
    save_campaign,
)
from posts.actions.commenting import comment_post, settle_comment
from posts.actions.correcting import can_correct, correct_post, correcting_means
from posts.actions.delivering import (
    can_delete,
    can_take_down,
    cancel_delivery,
    move_post,
    recall_post,
    resolve_delivery,
    send_again,
    stop_recalled,
    took_down,
)
from posts.actions.drafting import check_copy, create_post, make_revision, may_edit, save_copy, submit_post
from posts.actions.events import cancel_event, hold_posts_of, keep_event, miss_event, restore_event
from posts.actions.holding import hold_deliveries, pause_post, release_deliveries, resume_post
from posts.actions.letters import revoke_link, send_link
from posts.actions.pausing import end_pause, pause_publishing
from posts.actions.phrases import (
    put_back_phrase,
    remove_phrase,
    save_hashtags,
    save_snippet,
    save_template,
    take_starters,
)
from posts.actions.planning import archive_post, plan_post, unarchive_post
from posts.actions.reposting import post_again
from posts.actions.reviewing import is_approved, review_post, schedule_post, wrote
from posts.actions.ruling import set_approvers
from posts.actions.series import approve_series, begin_series, skip_occurrence, stop_series
from posts.actions.slots import add_slots, remove_slot
from posts.actions.timing import plan_by_event, plan_by_slots, set_take_down, undo_publish
from posts.actions.versions import keep_version, restore_version, settle_conflict

__all__ = [
    "add_slots",
    "amend_post",
    "approve_own",
    "approve_series",
    "archive_post",
    "begin_series",
    "can_correct",
    "can_delete",
    "can_take_down",
    "cancel_delivery",
    "cancel_event",
    "check_copy",
    "choose_advice",
    "close_campaign",
    "comment_post",
    "confirm_import",
    "copy_campaign",
    "copy_plan",
    "correct_post",
    "correcting_means",
    "create_post",
    "delete_campaign",
    "discard_import",
    "duplicate_post",
    "end_pause",
    "first_day",
    "hand_over",
    "hold_deliveries",
    "hold_import",
    "hold_posts_of",
    "is_approved",
    "keep_event",
    "keep_version",
    "make_revision",
    "may_edit",
    "miss_event",
    "move_post",
    "pause_post",
    "pause_publishing",
    "plan_by_event",
    "plan_by_slots",
    "plan_post",
    "post_again",
    "put_back_phrase",
    "put_event",
    "put_post",
    "recall_post",
    "release_deliveries",
    "remove_phrase",
    "remove_slot",
    "reopen_campaign",
    "resolve_delivery",
    "restore_event",
    "restore_version",
    "resume_post",
    "review_post",
    "revoke_link",
    "save_campaign",
    "save_copy",
    "save_hashtags",
    "save_snippet",
    "save_template",
    "schedule_post",
    "send_again",
    "send_link",
    "set_approvers",
    "set_take_down",
    "settle_comment",
    "settle_conflict",
    "shift_post",
    "skip_occurrence",
    "stop_recalled",
    "stop_series",
    "submit_post",
    "take_starters",
    "took_down",
    "unarchive_post",
    "undo_publish",
    "undo_review",
    "wrote",
]
