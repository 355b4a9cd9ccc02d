"""One draft against one account's limits: the same function for form, API and worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from media_library import crops, rights
from media_library.models import NEED_CREDIT, Asset
from platforms import counting, lines
from platforms.base import Feature, Limits
from platforms.models import Account
from platforms.registry import get
from posts import advice, mending, parts, placeholders


@dataclass(frozen=True)
class Picture:
    """A picture as the composer holds it."""

    asset: Asset
    alt_text: str
    decorative: bool = False
    crop: crops.Crops = field(default_factory=dict)

    def seen_on(self, platform: str) -> tuple[float, float]:
        """Width in pixels and ratio of what stays of it there by the crop that was chosen, before the network's own."""
        kept = crops.for_network(self.crop, platform)
        width, height = self.asset.width, self.asset.height
        return width * (kept.width if kept else 1.0), crops.ratio(kept, width, height)


@dataclass(frozen=True)
class Problem:
    """`field` is where it stands in the form: text, link, media, alt-<asset id>, accounts. `code` is stable."""

    field: str
    code: str
    text: str
    blocking: bool = True
    account_id: int | None = None
    mends: tuple[str, ...] = ()  # names of posts.mending
    about: str = ""  # the network that a mend is for, where it is for one

    @property
    def buttons(self) -> list[mending.Button]:
        return mending.buttons(self.mends, self.field, self.about, get(self.about).label if self.about else "")

    @property
    def describe(self) -> bool:
        """Whether better words are what is wanted, and nobody but a person can write them."""
        return self.field.startswith("alt-") and (self.code in ("alt_missing", "alt_too_long") or "describe" in self.mends)


def problems(
    *, text: str, link: str, pictures: Sequence[Picture], account: Account,
    standpoint: advice.Standpoint | None = None, written: str = "",
) -> list[Problem]:  # fmt: skip
    """Everything that stands between this draft and this account. `text` is what will be sent, link included.

    With a `standpoint` also what makes it hard to read, hear or trust; `written` is the text without what we add to it.
    """
    abilities = lines.capabilities(account)
    label = get(account.platform).label
    found = [
        *_text_problems(text, pictures, abilities.limits, label, account),
        *_media_problems(pictures, abilities.limits, label, account.platform),
        *_account_problems(account, label),
    ]
    if link and not abilities.limits.link_in_text and account.carry_link:
        found.append(
            Problem("link", "link_not_clickable", _("%(label)s does not make links in the text clickable.") % {"label": label}, False)
        )
    found += _credit_problems(text, pictures)
    if pictures and Feature.IMAGE not in abilities.features:
        found.append(Problem("media", "no_pictures", _("%(label)s takes no pictures.") % {"label": label}))
    if standpoint:
        found += [*advised("text", advice.on_text(text, standpoint.when), standpoint), *_alt_advice(pictures, written, standpoint)]
    return [replace(p, account_id=account.pk) for p in found]


def _text_problems(text: str, pictures: Sequence[Picture], limits: Limits, label: str, account: Account) -> list[Problem]:
    found = []
    count = limits.count(text)
    if count > limits.text_max:
        over = count - limits.text_max
        found.append(Problem("text", "too_long", ngettext(
            "%(label)s takes %(max)s characters; this is %(over)s over.",
            "%(label)s takes %(max)s characters; this is %(over)s over.", over,
        ) % {"label": label, "max": f"{limits.text_max:,}", "over": f"{over:,}"}, mends=_shorter(account), about=account.platform))  # fmt: skip
    if not text.strip() and not pictures:
        found.append(Problem("text", "empty", _("Write something, or add a picture.")))
    if lefts := placeholders.left(text):
        found.append(Problem("text", "placeholder_left", ngettext(
            "A placeholder still stands in the text: %(tokens)s. Fill it in or take it out.",
            "Placeholders still stand in the text: %(tokens)s. Fill them in or take them out.", len(lefts),
        ) % {"tokens": ", ".join(one.token for one in lefts)}))  # fmt: skip
    tags = counting.hashtags(text)
    if limits.hashtags_max is not None and len(tags) > limits.hashtags_max:
        found.append(Problem("text", "too_many_hashtags", _("%(label)s takes %(max)s hashtags; there are %(n)s.")
                             % {"label": label, "max": limits.hashtags_max, "n": len(tags)}))  # fmt: skip
    cash = counting.cashtags(text)
    if limits.cashtags_max is not None and len(cash) > limits.cashtags_max:
        found.append(Problem("text", "too_many_cashtags", ngettext(
            "%(label)s takes one cashtag a post; there are %(n)s: %(tags)s. Write the others without the $.",
            "%(label)s takes %(max)s cashtags a post; there are %(n)s: %(tags)s. Write the others without the $.",
            limits.cashtags_max,
        ) % {"label": label, "max": limits.cashtags_max, "n": len(cash), "tags": ", ".join(f"${tag}" for tag in cash)}))  # fmt: skip
    found += _refused_characters(text, limits, label)
    names = counting.mentions(text)
    if limits.mentions_max is not None and len(names) > limits.mentions_max:
        found.append(Problem("text", "too_many_mentions", _("%(label)s takes %(max)s mentions; there are %(n)s.")
                             % {"label": label, "max": limits.mentions_max, "n": len(names)}))  # fmt: skip
    return found


def _shorter(account: Account) -> tuple[str, ...]:
    return ("shorten", "split") if parts.can_thread(account) else ("shorten",)


def advised(place: str, found: Sequence[advice.Found], standpoint: advice.Standpoint, account: int | None = None) -> list[Problem]:
    """Advice as problems beside their field; which of it blocks is the library's choice."""
    return [Problem(place, one.code, one.text, standpoint.blocks(one.code), account, one.mends) for one in found]


def _alt_advice(pictures: Sequence[Picture], written: str, standpoint: advice.Standpoint) -> list[Problem]:
    return [
        problem
        for picture in pictures
        if not picture.decorative
        for problem in advised(f"alt-{picture.asset.pk}", advice.on_alt(picture.alt_text, picture.asset.name, written), standpoint)
    ]


def _refused_characters(text: str, limits: Limits, label: str) -> list[Problem]:
    """One problem for each character that this network refuses a whole text for; they cannot be seen, so it says where."""
    found = []
    for letter in dict.fromkeys(one for one in text if one in limits.refused):
        before = text[: text.index(letter)].translate(dict.fromkeys(map(ord, limits.refused))).split()
        where = _("right after “%(words)s”") % {"words": " ".join(before[-3:])} if before else _("at the very beginning")
        found.append(Problem("text", "character_refused", _(
            "%(label)s refuses a text that holds the invisible character %(code)s. One stands %(where)s: delete it, or "
            "type that place anew."
        ) % {"label": label, "code": f"U+{ord(letter):04X}", "where": where}))  # fmt: skip
    return found


def _media_problems(pictures: Sequence[Picture], limits: Limits, label: str, platform: str) -> list[Problem]:
    found = []
    if limits.media_required and not pictures:
        found.append(Problem("media", "picture_needed", _("%(label)s needs a picture.") % {"label": label}))
    if len(pictures) > limits.media_max:
        found.append(Problem("media", "too_many_pictures", _("%(label)s takes %(max)s pictures; there are %(n)s.")
                             % {"label": label, "max": limits.media_max, "n": len(pictures)}))  # fmt: skip
    for picture in pictures:
        found += _picture_problems(picture, limits, label, platform)
    return found


def _picture_problems(picture: Picture, limits: Limits, label: str, platform: str) -> list[Problem]:
    found, field = [], f"alt-{picture.asset.pk}"
    if not picture.decorative and not picture.alt_text.strip():
        found.append(Problem(field, "alt_missing", _("Describe “%(name)s” for people who cannot see it, or mark it as decorative.")
                             % {"name": picture.asset.name}))  # fmt: skip
    if len(picture.alt_text) > limits.alt_text_max:
        found.append(Problem(field, "alt_too_long", _("%(label)s takes descriptions of %(max)s characters.")
                             % {"label": label, "max": f"{limits.alt_text_max:,}"}))  # fmt: skip
    found += [Problem("media", bar.code, bar.text) for bar in rights.bars(picture.asset, platform)]
    spec = limits.image
    width, ratio = picture.seen_on(platform)
    if width < spec.width_min:
        found.append(Problem("media", "picture_small", _("“%(name)s” is %(width)s pixels wide; %(label)s wants at least %(min)s. It may look blurred.")
                             % {"name": picture.asset.name, "width": round(width), "label": label, "min": spec.width_min}, False))  # fmt: skip
    if not spec.ratio_min / 1.005 <= ratio <= spec.ratio_max * 1.005:
        found.append(Problem("media", "picture_cropped", _("%(label)s will show “%(name)s” cropped: its shape does not fit there.")
                             % {"label": label, "name": picture.asset.name}, False))  # fmt: skip
    return found


def _credit_problems(text: str, pictures: Sequence[Picture]) -> list[Problem]:
    """A licence that asks for credit is kept by the text, where people can read it."""
    owed = [p.asset for p in pictures if p.asset.licence in NEED_CREDIT and p.asset.credit]
    return [
        Problem("media", "credit_not_told", _("The licence of “%(name)s” asks for credit, and the text does not say “%(credit)s”.")
                % {"name": asset.name, "credit": asset.credit}, False)
        for asset in owed
        if asset.credit not in text
    ]  # fmt: skip


def _account_problems(account: Account, label: str) -> list[Problem]:
    if account.state == Account.RECONNECT:
        return [Problem("accounts", "account_reconnect", _("%(name)s on %(label)s needs reconnecting; its post will wait until then.")
                        % {"name": account.name, "label": label}, False)]  # fmt: skip
    if account.state == Account.DISABLED:
        return [Problem("accounts", "account_disabled", _("%(name)s on %(label)s is switched off.")
                        % {"name": account.name, "label": label})]  # fmt: skip
    return []


def part_problems(
    said: Sequence[parts.Part], account: Account, standpoint: advice.Standpoint | None = None
) -> list[Problem]:
    """What stands in the way of the parts after the first: of a thread, and of the first comment."""
    limits, label = lines.capabilities(account).limits, get(account.platform).label
    found = []
    for n, part in enumerate(said[1:], start=2):
        most = limits.reply_max if part.kind == parts.COMMENT else limits.text_max
        name = _("the first comment") if part.kind == parts.COMMENT else _("part %(n)s of the thread") % {"n": n}
        over = limits.count(part.text) - most
        if over > 0:
            found.append(Problem("comment" if part.kind == parts.COMMENT else "text", "part_too_long", _(
                "%(label)s takes %(max)s characters; %(name)s is %(over)s over."
            ) % {"label": label, "max": f"{most:,}", "name": name, "over": f"{over:,}"}, True, account.pk, () if part.kind == parts.COMMENT else ("shorten",), account.platform))  # fmt: skip
        if standpoint:
            place = "comment" if part.kind == parts.COMMENT else "text"
            found += advised(place, advice.on_text(part.text, standpoint.when), standpoint, account.pk)
        if lefts := placeholders.left(part.text):
            found.append(Problem("comment" if part.kind == parts.COMMENT else "text", "placeholder_left", _(
                "In %(name)s a placeholder still stands: %(tokens)s."
            ) % {"name": name, "tokens": ", ".join(one.token for one in lefts)}, True, account.pk))  # fmt: skip
        if not part.text.strip():
            found.append(Problem("text", "part_empty", _("Write something in %(name)s, or leave it out.") % {"name": name}, True, account.pk))
    if len(said) > 2 and len({part.text for part in said}) < len(said):
        found.append(Problem("text", "part_twice", _("Two parts say the same; %(label)s may refuse the second.") % {"label": label}, True, account.pk))
    return found


def comment_problems(refused: Sequence[Account]) -> list[Problem]:
    """Accounts whose network or rights let nobody write the first comment; the post itself goes out."""
    return [
        Problem("comment", "comment_not_allowed", _("%(name)s on %(label)s may not comment its own posts, so it gets no first comment.")
                % {"name": account.name, "label": get(account.platform).label}, False, account.pk)
        for account in refused
    ]  # fmt: skip


def blocking(found: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in found if problem.blocking]
