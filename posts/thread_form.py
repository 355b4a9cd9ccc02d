"""What people type and press about parts: the texts of a thread, and the first comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from platforms import lines
from platforms.models import Account
from posts import parts, splitting


@dataclass(frozen=True)
class PartRow:
    """One part of a thread in the composer. `tone` is over, near or "", as for every count."""

    name: str
    text: str
    used: int
    most: int

    @property
    def tone(self) -> str:
        if self.used > self.most:
            return "over"
        return "near" if self.used >= self.most * 0.9 else ""


def clean(raw: str) -> str:
    """Newlines as networks count them; NUL is not text."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")[:100_000]


def read(data: QueryDict, accounts: Sequence[Account]) -> dict[str, Any]:
    """From the posted form to `threads` and `first_comment` of a working copy's content."""
    threads = {
        str(account.pk): [clean(text) for text in data.getlist(f"thread-{account.pk}")][: parts.PARTS_MAX]
        for account in accounts
        if data.getlist(f"thread-{account.pk}") and parts.can_thread(account)
    }
    said = clean(data.get("first_comment", "")).strip()
    wanted = [account.pk for account in accounts if str(account.pk) in data.getlist("first_comment_on")]
    return {"threads": threads, "first_comment": {"text": said, "accounts": wanted} if said else {}}


def account_of(pressed: str) -> str:
    """Whose thread a button is about, as in the address of its tab; "" where none was pressed."""
    pk = pressed.partition("-")[2].partition("-")[0]
    return pk if pk.isascii() and pk.isdigit() else ""


def act(pressed: str, content: dict[str, Any], accounts: Sequence[Account]) -> None:
    """Do what a button about a thread asks: split-<account>, add-<account>, join-<account>, drop-<account>-<number>.

    Unknown words are left alone; what was typed is kept.
    """
    verb, _dash, rest = pressed.partition("-")
    pk, _dash, number = rest.partition("-")
    account = next((one for one in accounts if str(one.pk) == pk and parts.can_thread(one)), None)
    if account is None:
        return
    own, threads = content["variants"], content["threads"]
    said = list(threads.get(pk, []))
    if verb == "split":
        whole = own.get(pk, content["body"])
        threads[pk] = splitting.split(whole, lines.capabilities(account).limits)
        if len(threads[pk]) > parts.PARTS_MAX:  # nothing is cut off: it stays one text, which says that it is too long
            threads.pop(pk)
        elif len(threads[pk]) < 2:
            threads[pk] = [whole, ""]
    elif verb == "add" and len(said) < parts.PARTS_MAX:
        threads[pk] = [*(said or [own.get(pk, content["body"])]), ""]
    elif verb == "join":
        threads.pop(pk, None)
        if said:
            own[pk] = "\n\n".join(text.strip() for text in said if text.strip())
    elif verb == "drop" and number.isdigit() and int(number) < len(said):
        threads[pk] = [text for n, text in enumerate(said) if n != int(number)]
    if len(threads.get(pk, [])) == 1:
        own[pk] = threads.pop(pk)[0]


def rows(said: Sequence[parts.Part], written: Sequence[str], account: Account) -> list[PartRow]:
    """The parts of a thread as the composer shows them: what was written, and how long it is with its link."""
    limits = lines.capabilities(account).limits
    return [
        PartRow(
            _("Part %(n)s of %(all)s") % {"n": n, "all": len(written)}, text,
            limits.count(said[n - 1].text if n <= len(said) else text), limits.text_max,
        )
        for n, text in enumerate(written, start=1)
    ]  # fmt: skip


def part_note(part: parts.Part, n: int, whole: int) -> str:
    """What a later part is, for its preview."""
    if part.kind == parts.COMMENT:
        return _("The first comment, written right after the post.")
    return _("Part %(n)s of %(all)s: it answers the part before.") % {"n": n, "all": whole}
