"""Draws timelines and posts of one network as its public sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from . import views
from .figures import figures
from .wire import Call, Reply

if TYPE_CHECKING:
    from .server import Sandbox

LABELS = {"facebook": "Facebook", "twitter": "X", "instagram": "Instagram", "linkedin": "LinkedIn"}
SLUGS = {"facebook": "facebook", "twitter": "x", "instagram": "instagram", "linkedin": "linkedin"}
VERBS = {"facebook": ("Comment", "Comment"), "twitter": ("Reply", "Reply"), "instagram": ("Add a comment", "Post"),
         "linkedin": ("Add a comment", "Comment")}
A_PAGE = 15                                 # posts a page
FEW = 3                                     # comments under a post of the timeline
_RICH = re.compile(r"(https?://[^\s<>\"]+)|([#@][\w.]*\w)")


class Feed:
    """One request's drawing."""

    def __init__(self, box: Sandbox, network: str, call: Call) -> None:
        self.box, self.book, self.network, self.call = box, box.book, network, call
        self.twin = box.twins[network]

    # --- pages --------------------------------------------------------------------------------------------------

    def timeline(self, account: str | None) -> Reply:
        """All posts, or those of one account, newest first."""
        rows = [row for row in self._all() if account in (None, row["account"])]
        asked = self.call.query.get("skip", "")
        skip = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
        chosen = rows[skip:skip + A_PAGE]
        posts = "".join(self._post(row, FEW) for row in chosen) or views.safe(
            '<p class="empty">Nothing has been posted here yet. What the library publishes appears on this page.</p>')
        older = ""
        if skip + A_PAGE < len(rows):
            older = f'<p class="older"><a class="plain" href="?skip={skip + A_PAGE}">Older posts</a></p>'
        return self._page(posts, older, account)

    def single(self, row: dict[str, Any]) -> Reply:
        """One post with all its comments."""
        return self._page(self._post(row, None), "", row["account"], heading=False)

    def _all(self) -> list[dict[str, Any]]:
        rows = [row for row in self.book.t["posts"].values()
                if row["network"] == self.network and self.twin.is_visible(row) and not row.get("reply_to")]
        return sorted(rows, key=lambda row: row["at"], reverse=True)

    def _page(self, posts: str, older: str, account: str | None, heading: bool = True) -> Reply:
        label = LABELS[self.network]
        others = "".join(
            f'<a href="/{SLUGS[name]}"{" aria-current=page" if name == self.network else ""}>{text}</a>'
            for name, text in LABELS.items())
        row = self.book.account(self.network, account) if account else None
        masthead = self._masthead(row) if row and heading else views.safe(
            f'<h1 class="{"unseen" if not heading else ""}">{"Post" if not heading else f"What is new on {label}"}</h1>')
        return views.document(
            "timeline", title=f"{row['name']} on {label}" if row else f"{label} (practice)", theme=self.network,
            slug=SLUGS[self.network], label=label, networks=views.safe(others), masthead=masthead, posts=views.safe(posts),
            older=views.safe(older), accounts=views.safe(self._accounts(account)))

    def _masthead(self, account: dict[str, Any]) -> views.Safe:
        posts = len([row for row in self.book.posts(self.network, account["id"]) if self.twin.is_visible(row)])
        words = f"@{account['handle']} · {account.get('followers', 0):,} followers · {posts} posts"
        return views.part("masthead", avatar=self._avatar(account["id"]), name=account["name"], words=words)

    def _accounts(self, current: str | None) -> str:
        told = []
        for account in self.book.t["accounts"].values():
            if account["network"] != self.network or account["kind"] == "patron":
                continue
            count = len([r for r in self.book.posts(self.network, account["id"]) if self.twin.is_visible(r)])
            told.append((-count, account["name"], views.part(
                "account", href=self._profile(account), avatar=self._avatar(account["id"]), name=account["name"],
                count=f"{count} {'post' if count == 1 else 'posts'}",
                current=views.safe(' aria-current="true"') if account["id"] == current else "")))
        return "".join(part for _, _, part in sorted(told)[:24])

    # --- one post -----------------------------------------------------------------------------------------------

    def _post(self, row: dict[str, Any], most: int | None) -> str:
        account = self.book.account(self.network, row["account"]) or {"id": row["account"], "name": "", "handle": ""}
        verb, send = VERBS[self.network]
        comments = self._comments_of(row)
        return views.part(
            "post", anchor=re.sub(r"\W", "-", row["id"]), name=account["handle"] if self.network == "instagram" else account["name"],
            handle=self._handle(account),
            avatar=self._avatar(account["id"]), profile=self._profile(account), path=quote(row["path"], safe="/:"),
            text=self._text(row, account), media=views.safe(self._media(row)), card=self._card(row),
            figures=self._figures(row, comments), comments=self._comments(row, comments, most),
            slug=SLUGS[self.network], id=row["id"], verb=verb, send=send, open=views.safe(" open") if most is None else "",
            **self._times(row["at"]))

    def _text(self, row: dict[str, Any], account: dict[str, Any]) -> views.Safe:
        if not row["text"]:
            return views.safe("")
        by = f"<strong>{views.escape(account['handle'])}</strong> " if self.network == "instagram" else ""
        return views.safe(f'<div class="text">{by}{rich(row["text"])}</div>')

    def _handle(self, account: dict[str, Any]) -> str:
        if self.network == "linkedin":
            return f"{account.get('followers', 0):,} followers"
        return f"@{account['handle']}" if self.network == "twitter" else ""

    def _media(self, row: dict[str, Any]) -> str:
        pictures = row["media"] if not row.get("article") else []
        if not pictures:
            return ""
        shown = "".join(views.part(
            "picture", sha=m["sha256"], alt=m.get("alt", ""), width=m.get("width") or 600, height=m.get("height") or 400,
            badge=views.part("alt", alt=m["alt"]) if m.get("alt") else "") for m in pictures)
        return f'<div class="media n{min(len(pictures), 4)}">{shown}</div>'

    def _card(self, row: dict[str, Any]) -> views.Safe:
        article = row.get("article") or {}
        link = article.get("source") or (row.get("link") if not row["media"] else "")
        if not link:
            return views.safe("")
        host = urlsplit(link).hostname or link
        return views.part("card", href=link if link.startswith("http") else "#", host=host, title=article.get("title") or host,
                          words=article.get("description") or link)

    def _figures(self, row: dict[str, Any], comments: list[dict[str, Any]]) -> views.Safe:
        told = figures(row, self.call.now, len(comments))
        names = {"facebook": ("likes", "comments", "shares"), "twitter": ("replies", "reposts", "likes", "views"),
                 "instagram": ("likes", "comments"), "linkedin": ("reactions", "comments", "reposts")}[self.network]
        source = {"replies": "comments", "reposts": "shares", "reactions": "likes"}
        counts = [(told[source.get(name, name)], name) for name in names]
        return views.safe("".join(f"<span><b>{n:,}</b> {_singular(name) if n == 1 else name}</span>" for n, name in counts))

    # --- comments -----------------------------------------------------------------------------------------------

    def _comments_of(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        if self.network != "twitter":
            return [c for c in self.book.comments(self.network, row["id"]) if not c["deleted"] and not c["hidden"]]
        return [
            {"id": r["id"], "author": r["account"], "text": r["text"], "at": r["at"],
             "name": (self.book.account("twitter", r["account"]) or {}).get("name", ""),
             "parent": r["reply_to"] if r["reply_to"] != row["id"] else None}
            for r in self._answers(row["id"])]

    def _answers(self, post_id: str) -> list[dict[str, Any]]:
        found = []
        for row in self.book.replies_to.get(post_id, []):
            if not row["deleted"] and not row.get("hidden"):
                found += [row, *self._answers(row["id"])]
        return found

    def _comments(self, row: dict[str, Any], comments: list[dict[str, Any]], most: int | None) -> views.Safe:
        if not comments:
            return views.safe("")
        ordered = []
        for root in [c for c in comments if not c["parent"]]:
            ordered += [root, *[c for c in comments if c["parent"] == root["id"]]]
        ordered += [c for c in comments if c not in ordered]
        shown = ordered if most is None else ordered[:most]
        items = "".join(views.part(
            "comment", level=" answer" if c["parent"] else "", anchor=c["id"], name=c["name"], text=rich(c["text"]),
            avatar=self._avatar(c["author"], c["name"]), ago=ago(self.call.now - c["at"]),
            note=" · author" if c["author"] == row["account"] else "") for c in shown)
        more = ""
        if len(shown) < len(ordered):
            more = f'<li class="more"><a href="{quote(row["path"], safe="/:")}">All {len(ordered)} comments</a></li>'
        return views.safe(f'<ul class="comments">{items}{more}</ul>')

    # --- small things -------------------------------------------------------------------------------------------

    def _avatar(self, account: str, name: str = "") -> str:
        known = self.book.account(self.network, account)
        return f"/__avatar/{self.network}/{quote(account if known or not name else name, safe=':')}.svg"

    def _profile(self, account: dict[str, Any]) -> str:
        paths = {"facebook": f"/www.facebook.com/{account['id']}", "twitter": f"/x.com/{account['handle']}",
                 "instagram": f"/www.instagram.com/{account['handle']}/",
                 "linkedin": f"/www.linkedin.com/{'company' if 'organization' in account['id'] else 'in'}/{account['handle']}/"}
        return paths[self.network]

    def _times(self, at: float) -> dict[str, str]:
        moment = datetime.fromtimestamp(at, UTC)
        return {"iso": moment.isoformat(timespec="seconds"), "exact": moment.strftime("%d %B %Y, %H:%M:%S UTC"),
                "ago": ago(self.call.now - at)}


def _singular(name: str) -> str:
    return "reply" if name == "replies" else name.removesuffix("s")


def rich(text: str) -> views.Safe:
    """Text with its links, hashtags and mentions marked; everything else escaped."""
    out, position = "", 0
    for match in _RICH.finditer(text):
        out += views.escape(text[position:match.start()])
        if match.group(1):
            link = match.group(1).rstrip(".,:;!?)")
            out += f'<a href="{views.escape(link)}" rel="noopener nofollow">{views.escape(link.partition("://")[2])}</a>'
            out += views.escape(match.group(1)[len(link):])
        else:
            out += f'<span class="tag">{views.escape(match.group(2))}</span>'
        position = match.end()
    return views.safe((out + views.escape(text[position:])).replace("\n", "<br>"))


def ago(seconds: float) -> str:
    """How long ago, as timelines say it."""
    if seconds < 60:
        return "just now"
    for size, name in ((86_400 * 7, "w"), (86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return "just now"
