"""What one account says may have parts: the post, what follows it in a thread, the first comment beneath it.

A part is a remote effect of its own: one delivery, which goes out once the one before it is up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from platforms import lines
from platforms.base import Feature, Limits
from platforms.models import Account

POST, THREAD, COMMENT = "post", "thread", "comment"
PARTS_MAX = 25


@dataclass(frozen=True)
class Part:
    """`text` is complete; `carries` says whether the link stands in it."""

    kind: str
    text: str
    carries: bool = False


def can_thread(account: Account) -> bool:
    """Whether a long text may go there as a thread: each part answers the one before."""
    return Feature.THREAD in lines.capabilities(account).features


def can_comment(account: Account) -> bool:
    """Whether this account may comment its own posts."""
    return Feature.REPLY in lines.capabilities(account).features


def with_link(text: str, link: str, account: Account) -> str:
    """The text as it will stand on the network: the link at its end where it is clickable and wanted."""
    limits = lines.capabilities(account).limits
    if not link or not account.carry_link or not limits.link_in_text:
        return text
    return f"{text.rstrip()}\n\n{link}" if text.strip() else link


def thread_in(content: Mapping[str, Any], account: Account) -> list[str]:
    """The parts that were written for this account; [] where its text is one piece."""
    texts = content.get("threads", {}).get(str(account.pk)) or []
    return [str(text) for text in texts][:PARTS_MAX] if can_thread(account) else []


def comment_in(content: Mapping[str, Any], account: Account) -> str:
    """The first comment that was written for this account; "" where there is none."""
    said = content.get("first_comment") or {}
    wanted = account.pk in said.get("accounts", []) and can_comment(account)
    return str(said.get("text", "")).strip() if wanted else ""


def options_in(content: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """What a revision freezes for this account beside its text; {} where there is nothing."""
    thread, comment = thread_in(content, account), comment_in(content, account)
    return {**({"thread": thread} if thread else {}), **({"first_comment": comment} if comment else {})}


def content_of(options: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Frozen options of a revision's accounts, by account, in the shape of a working copy's content."""
    comments = {pk: said["first_comment"] for pk, said in options.items() if said.get("first_comment")}
    return {
        "threads": {str(pk): said["thread"] for pk, said in options.items() if said.get("thread")},
        "first_comment": {"text": next(iter(comments.values())), "accounts": sorted(comments)} if comments else {},
    }


def parts(text: str, options: Mapping[str, Any], link: str, account: Account) -> list[Part]:
    """Everything the account will say, in order; the first is the post itself. `link` as it will stand there.

    A thread carries the link in its last part, or in one of its own where it does not fit.
    """
    said = list(options.get("thread") or [text])
    limits = lines.capabilities(account).limits
    last = with_link(said[-1], link, account)
    carries = bool(link) and link in last
    if len(said) > 1 and carries and not _fits(last, limits):
        said.append(link)
    else:
        said[-1] = last
    found = [Part(THREAD if n else POST, one, carries and n == len(said) - 1) for n, one in enumerate(said)]
    if comment := options.get("first_comment"):
        found.append(Part(THREAD if can_thread(account) else COMMENT, str(comment)))
    return found


def _fits(text: str, limits: Limits) -> bool:
    return limits.count(text) <= limits.text_max


def is_comment(payload: Mapping[str, Any]) -> bool:
    """Whether a frozen delivery is a first comment: it stands and falls with its post."""
    return bool(payload.get("options", {}).get("kind") == COMMENT)


def refused(content: Mapping[str, Any], accounts: Iterable[Account]) -> list[Account]:
    """Accounts that a first comment was asked for and that may not comment."""
    asked = (content.get("first_comment") or {}).get("accounts", [])
    return [account for account in accounts if account.pk in asked and not can_comment(account)]
