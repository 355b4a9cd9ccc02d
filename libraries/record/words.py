"""The record in plain words: every action, every kind of object, every piece of data has a name for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audit.actions import Action

GROUPS: dict[str, Any] = {
    "libraries": lazy("Library and people"),
    "platforms": lazy("Accounts"),
    "media_library": lazy("Pictures"),
    "posts.post": lazy("Posts"),
    **{f"posts.{name}": lazy("When posts go out") for name in ("slot", "pause", "series", "occurrence")},
    "posts.delivery": lazy("Publishing"),
    "posts.takedown": lazy("Taking down"),
    "posts.correction": lazy("Correcting"),
    "posts.event": lazy("Events"),
    "posts.phrase": lazy("Templates and snippets"),
    "programs": lazy("Event feeds"),
    "inbox": lazy("Talks and answers"),
    "audit": lazy("The record itself"),
}
_SAID: dict[str, Any] = {
    "libraries.library.created": lazy("Library set up"),
    "libraries.library.changed": lazy("Settings changed"),
    "libraries.library.went_live": lazy("Left practice and went live"),
    "libraries.library.first_steps_finished": lazy("First steps finished"),
    "libraries.branch.changed": lazy("Branch changed"),
    "libraries.notice.closed": lazy("Notice put away"),
    "libraries.person.signed_in": lazy("Signed in"),
    "libraries.person.sign_in_refused": lazy("Sign-in refused"),
    "libraries.membership.changed": lazy("Person added or changed"),
    "libraries.mail.tested": lazy("E-mail tested"),
    "platforms.account.connected": lazy("Account connected"),
    "platforms.account.reconnected": lazy("Account reconnected"),
    "platforms.account.needs_reconnecting": lazy("Account lost its access"),
    "platforms.account.disabled": lazy("Account switched off"),
    "platforms.account.changed": lazy("Account changed"),
    "platforms.token.renewed": lazy("Access renewed"),
    "media_library.asset.added": lazy("Picture added"),
    "media_library.asset.changed": lazy("Picture described"),
    "media_library.asset.removed": lazy("Picture withdrawn"),
    "posts.post.created": lazy("Post begun"),
    "posts.post.submitted": lazy("Post sent to review"),
    "posts.post.approved": lazy("Post approved"),
    "posts.post.changes_requested": lazy("Changes asked for"),
    "posts.post.scheduled": lazy("Post scheduled"),
    "posts.post.edited": lazy("Post edited"),
    "posts.phrase.changed": lazy("Template or snippet changed"),
    "media_library.asset.deleted": lazy("Picture deleted"),
    "media_library.asset.restored": lazy("Picture brought back"),
    "media_library.consent.recorded": lazy("Consent written down"),
    "media_library.consent.withdrawn": lazy("Consent withdrawn"),
    "posts.advice.changed": lazy("Advice that stops a post changed"),
    "posts.campaign.changed": lazy("Campaign changed"),
    "posts.campaign.closed": lazy("Campaign closed or opened again"),
    "posts.campaign.deleted": lazy("Campaign deleted"),
    "posts.campaign.copied": lazy("Campaign copied"),
    "posts.post.archived": lazy("Post archived"),
    "posts.bulk.imported": lazy("Table of posts imported"),
    "posts.post.duplicated": lazy("Post written once more"),
    "posts.post.handed_over": lazy("Draft handed over"),
    "posts.post.stopped_in_time": lazy("Publishing undone within the ten seconds"),
    "posts.slot.added": lazy("Weekly slot added"),
    "posts.slot.removed": lazy("Weekly slot removed"),
    "posts.pause.begun": lazy("Publishing paused"),
    "posts.pause.ended": lazy("Publishing resumed"),
    "posts.series.begun": lazy("Series begun"),
    "posts.series.approved": lazy("Series approved"),
    "posts.series.stopped": lazy("Series stopped"),
    "posts.occurrence.skipped": lazy("One post of a series left out"),
    "posts.post.amended": lazy("Post mended while it was reviewed"),
    "posts.post.not_approved_in_time": lazy("Post not approved in time"),
    "posts.review.undone": lazy("Review taken back"),
    "posts.review_rule.changed": lazy("Who approves was changed"),
    "posts.approval_link.sent": lazy("Sent for approval by e-mail"),
    "posts.approval_link.revoked": lazy("Approval by e-mail called back"),
    "posts.comment.added": lazy("Comment written"),
    "posts.comment.settled": lazy("Comment settled"),
    "posts.comment.reopened": lazy("Comment opened again"),
    "posts.event.imported": lazy("Event imported"),
    "posts.event.changed": lazy("Event changed"),
    "posts.event.cancelled": lazy("Event cancelled"),
    "planner.view.saved": lazy("View of the calendar kept"),
    "planner.view.removed": lazy("View of the calendar removed"),
    "planner.address.made": lazy("Secret address of a view opened"),
    "planner.address.revoked": lazy("Secret address of a view closed"),
    "planner.almanac.changed": lazy("Day of the almanac marked"),
    "planner.local_day.added": lazy("Local day added"),
    "planner.local_day.removed": lazy("Local day removed"),
    "programs.feed.added": lazy("Event feed added"),
    "programs.feed.changed": lazy("Event feed changed"),
    "inbox.conversation.closed": lazy("Talk closed"),
    "inbox.conversation.reopened": lazy("Talk opened again"),
    "inbox.reply.asked": lazy("Answer written"),
    "posts.takedown.asked": lazy("Taking down asked for"),
    "posts.post.corrected": lazy("Post corrected after it was published"),
    "posts.correction.asked": lazy("Correcting asked for"),
    "audit.content.erased": lazy("Content of an entry erased"),
}
# The same verbs of the engine serve posts, takedowns and answers.
_ENGINE: dict[str, Any] = {
    "published": lazy("done, with the network's proof"),
    "found": lazy("found on the network after a doubt"),
    "accepted": lazy("taken by the network, still in the works"),
    "unknown": lazy("no clear answer; we look before anything else"),
    "absent": lazy("looked for and not there"),
    "repeat": lazy("repeated to learn whether it is there"),
    "attention": lazy("no machine can tell; a person is asked"),
    "not_applied": lazy("did not go through; tried again later"),
    "rejected": lazy("refused by the network"),
    "expired": lazy("its time passed"),
    "held": lazy("put on hold"),
    "released": lazy("released from a hold"),
    "cancelled": lazy("cancelled"),
    "rescheduled": lazy("given another time"),
    "resolved": lazy("decided by a person"),
    "late_proof": lazy("proof came late and counts"),
}
_ENGINE_OBJECTS: dict[str, Any] = {
    "posts.delivery": lazy("Publishing"),
    "posts.takedown": lazy("Taking down"),
    "posts.correction": lazy("Correcting"),
    "inbox.reply": lazy("Answer"),
}
KINDS: dict[str, Any] = {
    "post": lazy("Post"), "delivery": lazy("Publishing to one account"), "takedown": lazy("Taking down"), "correction": lazy("Correcting"),
    "account": lazy("Account"), "asset": lazy("Picture"), "event": lazy("Event"), "feed": lazy("Event feed"),
    "reply": lazy("Answer"), "library": lazy("Library"), "membership": lazy("Membership"), "user": lazy("Person"),
    "credential": lazy("Access"), "notice": lazy("Notice"), "conversation": lazy("Talk"), "auditentry": lazy("Entry of the record"),
    "postingslot": lazy("Weekly slot"), "pause": lazy("Pause"), "series": lazy("Series"),
    "posttemplate": lazy("Template"), "snippet": lazy("Snippet"), "hashtagset": lazy("Set of hashtags"),
    "branch": lazy("Branch"),
    "postcomment": lazy("Comment"), "approvallink": lazy("Approval by e-mail"), "reviewrule": lazy("Who approves"),
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "actor": lazy("Who"), "object": lazy("About"), "reason": lazy("Reason"), "why": lazy("Why"),
    "changes": lazy("Changes"), "before": lazy("Before"), "after": lazy("After"), "missing": lazy("Not granted"),
    "scopes": lazy("Granted"), "state": lazy("State"), "post": lazy("Post"), "account": lazy("Account"),
    "digest": lazy("Fingerprint of what was sent"), "revision": lazy("Version"), "comment": lazy("Comment"),
    "when": lazy("When"), "due_at": lazy("Planned for"), "carry_link": lazy("Posts carry their link"),
    "remote_url": lazy("Address"), "remote_id": lazy("Number on the network"), "code": lazy("Code"),
    "detail": lazy("Detail"), "self_review": lazy("Approved by its own author"), "staying": lazy("Stayed behind"),
    "answer": lazy("Answer"), "good": lazy("It worked"), "role": lazy("Role"), "added": lazy("Added"), "warning_signed": lazy("Warning signed by"),
    "password_changed": lazy("Password changed"), "sha256": lazy("Fingerprint"), "title": lazy("Title"),
    "starts_at": lazy("Begins"), "ends_at": lazy("Ends"), "place": lazy("Place"), "key": lazy("About"),
    "address": lazy("E-mail address"), "name": lazy("Name"), "place_from": lazy("From"), "stage": lazy("How near"), "approvers": lazy("Who approves"),
    "scope": lazy("For"), "no_review": lazy("The library has no review"), "small_edit": lazy("Needs no second look"), "told": lazy("Told"),
    "body": lazy("Text"), "mentioned": lazy("Named"), "attempt": lazy("Attempt"), "outcome": lazy("Outcome"), "delivery": lazy("Publishing"),
}  # fmt: skip

CODES: dict[str, Any] = {
    "token_expired": lazy("its access ended"),
    "token_revoked": lazy("its access was taken back"),
    "person_must_act": lazy("a person must confirm something at the network"),
    "no_token": lazy("its access cannot be read any more"),
    "unauthorized": lazy("the network no longer accepts our access"),
    "worker_silent": lazy("the worker fell silent"),
    "rate_limited": lazy("the network asked us to wait"),
    "unavailable": lazy("the network was not reached"),
    "ambiguous": lazy("no clear answer"),
    "invalid_content": lazy("the words or options break a rule of the network"),
    "media_refused": lazy("a picture breaks a rule of the network"),
    "not_allowed": lazy("the account may not do this"),
    "duplicate": lazy("the network says it has it already"),
    "paused": lazy("paused by a person"),
    "edited": lazy("edited after approval"),
    "moved": lazy("the event's time changed"),
    "by_hand": lazy("by hand, on the network itself"),
}


def action_words(action: str) -> str:
    """`posts.delivery.unknown` as a person says it. An action without words shows its own name."""
    if action in _SAID:
        return str(_SAID[action])
    thing, _dot, verb = action.rpartition(".")
    if thing in _ENGINE_OBJECTS and verb in _ENGINE:
        return _("%(thing)s: %(what)s") % {"thing": _ENGINE_OBJECTS[thing], "what": _ENGINE[verb]}
    return action


def action_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every action by group, for a select box."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in Action:
        key = next((name for name in GROUPS if action.startswith(f"{name}.")), "audit")
        groups.setdefault(str(GROUPS[key]), []).append((action.value, action_words(action.value)))
    return list(groups.items())


def kind_words(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def data_rows(content: dict[str, Any]) -> list[tuple[str, str]]:
    """What an entry says, as (name, value) for a list of facts; who and about what are shown elsewhere."""
    rest = ((name, value) for name, value in content.items() if name not in ("actor", "object"))
    return [(str(FIELDS.get(name, name.replace("_", " ").capitalize())), plain(value)) for name, value in rest]


def plain(value: Any) -> str:
    """A piece of JSON as text."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{FIELDS.get(name, name)}: {_change(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(plain(part) for part in value)
    if isinstance(value, str):
        return str(CODES[value]) if value in CODES else _moment(value)
    return str(value)


def _change(part: Any) -> str:
    """A pair in `changes` is what it was and what it is."""
    return " → ".join(plain(p) for p in part) if isinstance(part, list) and len(part) == 2 else plain(part)


def _moment(text: str) -> str:
    if len(text) < 19 or text[4:5] != "-":
        return text
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        return text
    if moment is None or moment.tzinfo is None:
        return text
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
