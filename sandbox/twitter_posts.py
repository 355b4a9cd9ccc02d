"""Twin of X's writing: posts with t.co links, snowflake ids, the duplicate rule, replies, deletion."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from . import counting
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .twitter import Twitter

EPOCH_MS = 1_288_834_974_657
FIELDS = {
    "text", "media", "poll", "reply", "quote_tweet_id", "reply_settings", "community_id", "share_with_followers",
    "made_with_ai", "paid_partnership", "edit_options", "for_super_followers_only", "geo", "nullcast", "card_uri",
    "direct_message_deep_link",
}
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
PREMIUM_LIMIT = 25_000
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?\b")
_SHORT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Posts:
    """Create, delete, hide; and what a reader writes under a post."""

    def __init__(self, twin: Twitter) -> None:
        self.twin, self.book = twin, twin.book

    # --- create -------------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        given = call.json
        if not isinstance(given, dict):
            raise invalid("Requests must be valid JSON objects.")
        self._check_shape(given)
        account = self.book.account("twitter", call.account) or {}
        text = str(given.get("text") or "")
        media = self.twin.media.attach(call, given.get("media") or {})
        self._check_text(account, text, bool(media))
        reply_to = self._check_reply(account, given.get("reply") or {})
        self._check_duplicate(call, text, media, reply_to)
        if counting.links(text):
            self.twin.pay_for_link()
        row = self._write(call.account, text, media, reply_to)
        data = {"id": row["id"], "text": row["shown"], "edit_history_tweet_ids": [row["id"]]}
        return Reply({"data": data}, 201)

    def _check_shape(self, given: dict[str, Any]) -> None:
        unknown = sorted(set(given) - FIELDS)
        if unknown:
            raise invalid(f"[{unknown[0]}] is not a known property of the request body.")
        if sum(1 for name in ("media", "poll", "quote_tweet_id", "card_uri") if given.get(name)) > 1:
            raise invalid("media, poll, quote_tweet_id and card_uri exclude one another.")
        if given.get("quote_tweet_id") and not self.book.settings["x_quotes"]:
            raise forbidden("You are not permitted to perform this action.")
        if given.get("poll"):
            _check_poll(given["poll"])
        if given.get("reply_settings") and given["reply_settings"] not in REPLY_SETTINGS:
            raise invalid("reply_settings must be one of " + ", ".join(REPLY_SETTINGS))

    def _check_text(self, account: dict[str, Any], text: str, has_media: bool) -> None:
        if not text.strip() and not has_media:
            raise invalid("Tweet text or media is required.")
        if any(letter in text for letter in counting.INVALID):
            raise invalid("Your Tweet text contains invalid characters.")
        limit = PREMIUM_LIMIT if account.get("premium") else counting.LIMIT
        if counting.weighted_length(text) > limit:
            raise invalid("Your Tweet text is too long. For more information on how Twitter determines text length see "
                          "https://github.com/twitter/twitter-text.")
        if len(_CASHTAG.findall(text)) > 1:
            raise forbidden("A post may have one cashtag.")

    def _check_reply(self, account: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any] | None:
        """The post answered. Self-serve apps answer only who has engaged them, or themselves."""
        target_id = str(reply.get("in_reply_to_tweet_id") or "")
        if not target_id:
            return None
        target = self.book.post("twitter", target_id)
        if target is None or target["deleted"]:
            raise invalid("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if self.book.settings["x_reply_policy"] != "summoned" or target["account"] == account.get("id"):
            return target
        above = self.book.post("twitter", target.get("reply_to") or "")
        summoned = f"@{account.get('handle', '')}".lower() in target["text"].lower() or (
            above is not None and above["account"] == account.get("id"))
        if not summoned:
            raise forbidden("Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                            "engaged by the author of the post you are replying to.")
        return target

    def _check_duplicate(self, call: Call, text: str, media: list[dict[str, Any]], reply_to: dict[str, Any] | None) -> None:
        """The same words within the window are refused, pictures or not; an empty text never is."""
        wanted = same_text(text)
        if not wanted:
            return
        target = reply_to["id"] if reply_to else None
        oldest = call.now - float(self.book.settings["x_duplicate_s"])
        for row in reversed(self.book.posts("twitter", call.account)):
            if row["at"] < oldest:
                return
            if not row["deleted"] and row.get("reply_to") == target and row["same"] == wanted:
                raise forbidden("You are not allowed to create a Tweet with duplicate content.")

    def _write(
        self, account: str, text: str, media: list[dict[str, Any]], reply_to: dict[str, Any] | None, **extra: Any
    ) -> dict[str, Any]:
        post_id = self.snowflake()
        handle = extra.pop("handle", None) or (self.book.account("twitter", account) or {}).get("handle", "i")
        shown, urls = self._wrap(text)
        path = f"/x.com/{handle}/status/{post_id}"
        if media:
            shown = f"{shown} {self._tco()}".strip()
        return self.book.add_post("twitter", {
            "id": post_id, "account": account, "text": text, "shown": shown, "urls": urls, "media": media,
            "at": self.book.now(), "visible": True, "path": path, "same": same_text(text),
            "reply_to": reply_to["id"] if reply_to else None,
            "conversation": reply_to["conversation"] if reply_to else post_id, **extra,
        })

    def snowflake(self) -> str:
        """An id that carries its time: 41 bits of milliseconds, 22 bits to tell apart."""
        floor = (int(self.book.now() * 1000) - EPOCH_MS) << 22
        last = self.book.memo.get("snowflake", 0)
        number = last + 1 if floor <= last < floor + (1000 << 22) else floor
        while f"twitter:{number}" in self.book.t["posts"] or f"twitter:{number}" in self.book.t["media"]:
            number += 1
        self.book.memo["snowflake"] = number
        return str(number)

    # --- links --------------------------------------------------------------------------------------------------

    def _tco(self) -> str:
        number, letters = self.book.fresh_id(), ""
        while number and len(letters) < 10:
            number, rest = divmod(number, len(_SHORT))
            letters += _SHORT[rest]
        return "https://t.co/" + letters.ljust(10, "x")

    def _wrap(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        """The text as X gives it back: NFC, links as t.co, &, < and > as entities; and where the links are."""
        text = unicodedata.normalize("NFC", text)
        shown, urls, position = "", [], 0
        for start, end in counting.links(text):
            shown += html.escape(text[position:start], quote=False)
            link = text[start:end]
            short = self._tco()
            expanded = link if "://" in link else f"http://{link}"
            bare = expanded.partition("://")[2].removeprefix("www.")
            urls.append({"start": len(shown), "end": len(shown) + len(short), "url": short, "expanded_url": expanded,
                         "display_url": bare if len(bare) <= 30 else bare[:29] + "…"})
            shown += short
            position = end
        return shown + html.escape(text[position:], quote=False), urls

    # --- others' and one's own posts ----------------------------------------------------------------------------

    def patron_reply(self, post: str, author: str, text: str, parent: str | None) -> dict[str, Any]:
        """A reader answers a post. Raises ValueError for a post that is not there."""
        target = self.book.post("twitter", parent or post)
        if target is None or target["deleted"]:
            raise ValueError(f"no such post: {parent or post}")
        handle = re.sub(r"\W", "", author)[:15] or "reader"
        known = next((a for a in self.book.t["accounts"].values()
                      if a["network"] == "twitter" and a["handle"] == handle), None)
        if known is None:
            known = {"network": "twitter", "id": str(self.book.fresh_id()), "name": author, "handle": handle,
                     "kind": "patron", "followers": 3, "premium": False}
            self.book.put("accounts", f"twitter:{known['id']}", known)
        return self._write(known["id"], text, [], target, by_patron=known["kind"] == "patron", handle=handle)

    def delete(self, call: Call) -> Reply:
        """Also true for one that is already gone."""
        row = self.book.post("twitter", call.segs[2])
        if row is None:
            return Reply({"data": {"deleted": True}})
        if row["account"] != call.account:
            raise forbidden("You are not authorized to delete this Tweet.")
        row["deleted"] = True
        self.book.save_post(row)
        return Reply({"data": {"deleted": True}})

    def hide(self, call: Call) -> Reply:
        row = self.book.post("twitter", call.segs[2])
        root = self.book.post("twitter", row["conversation"]) if row else None
        if row is None or root is None or root["account"] != call.account or row is root:
            raise forbidden("You are not permitted to perform this action.")
        row["hidden"] = bool((call.json or {}).get("hidden"))
        self.book.save_post(row)
        return Reply({"data": {"hidden": row["hidden"]}})


def same_text(text: str) -> str:
    """Two texts are duplicates when this is equal: NFC, case and runs of blanks set aside."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def invalid(message: str, **parameters: Any) -> Refusal:
    return Refusal({"errors": [{"parameters": parameters, "message": message}], "title": "Invalid Request",
                    "detail": message if "too long" in message or "media IDs" in message
                    else "One or more parameters to your request was invalid.",
                    "type": "https://api.twitter.com/2/problems/invalid-request", "status": 400}, 400)


def forbidden(detail: str) -> Refusal:
    return Refusal({"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}, 403)


def _check_poll(poll: Any) -> None:
    options = poll.get("options") if isinstance(poll, dict) else None
    minutes = poll.get("duration_minutes", 0) if isinstance(poll, dict) else 0
    if not isinstance(options, list) or not 2 <= len(options) <= 4 or any(not 1 <= len(str(o)) <= 25 for o in options):
        raise invalid("A poll has 2 to 4 options of 1 to 25 characters.")
    if not isinstance(minutes, int) or not 5 <= minutes <= 10_080:
        raise invalid("A poll lasts from 5 to 10080 minutes.")
