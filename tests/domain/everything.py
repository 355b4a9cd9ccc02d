"""A library with a row in every table: what the walks over rules, rights and pages stand on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from audit.models import AuditEntry
from audit.record import record
from core.models import Worker
from inbox.models import Conversation, Message, Reply, ReplyAttempt
from libraries import notices
from libraries.models import Library, Role
from libraries.permissions import Actor
from media_library.models import Consent
from planner.models import AlmanacMark, FeedAddress, LocalDay, SavedView
from platforms.models import Cursor, DayCount, OAuthState
from posts.models import (
    AdviceChoice,
    ApprovalLink,
    Attempt,
    BulkImport,
    Campaign,
    Correction,
    CorrectionAttempt,
    Delivery,
    DeliveryReceipt,
    FigureSnapshot,
    HashtagSet,
    Hold,
    KeptVersion,
    LinkCard,
    OutsidePost,
    Pause,
    Post,
    PostComment,
    PostingSlot,
    PostTemplate,
    ReviewRule,
    ReviewWarning,
    Series,
    Snippet,
    Takedown,
    TakedownAttempt,
)
from posts.models.post import empty_copy
from programs.models import Feed, Preview
from tests import factories

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nEND:VCALENDAR\r\n"


@dataclass
class Everything:
    """One library's rows by what they are; `people` has one actor for each role."""

    library: Library
    people: dict[str, Actor] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["rows"][name]
        except KeyError:
            raise AttributeError(name) from None


def build() -> Everything:
    """Everything of one new library. Its post is approved, held once, and its delivery was tried once."""
    of = factories.library()
    made = Everything(of, {role: factories.actor(of, role) for role in Role})
    account = factories.account(of)
    event = factories.event(of, external_uid="uid-1", source="feed:1")
    made.rows = {"account": account, "event": event, "asset": factories.asset(of)}
    made.rows["post"] = _post(made)
    _tried(made)
    _table(made)
    _by_hand(made)
    _talk(made)
    _rest(made)
    _reviewed(made)
    _phrases(made)
    _calendar(made)
    return made


def _post(made: Everything) -> Post:
    author, manager = made.people[Role.STAFF], made.people[Role.MANAGER]
    post = factories.draft(
        author, made.account, link="https://fernhollow.example/story", pictures=(made.asset,), event=made.event
    )
    post.campaign = Campaign.objects.create(library=made.library, name="Summer reading", slug="summer")
    post.save(update_fields=["campaign"])
    made.rows["campaign"] = post.campaign
    revision = factories.actions.submit_post(actor=author, post=post, planned_for=None)
    factories.actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    delivery = factories.actions.schedule_post(actor=manager, post=post)[0]
    made.rows |= {"revision": revision, "delivery": delivery}
    return post


def _reviewed(made: Everything) -> None:
    """A rule about who approves, a thread of two, a letter that nobody answered and a warning that was given."""
    post, staff, manager = made.post, made.people[Role.STAFF].user, made.people[Role.MANAGER].user
    whose = {"library": made.library, "realm": post.realm, "post": post}
    for user in (manager, made.people[Role.ADMIN].user):
        ReviewRule.objects.create(library=made.library, scope="campaign", campaign=post.campaign, approver=user)
    first = PostComment.objects.create(**whose, revision=made.revision, author=staff, body="Is ten right?")
    PostComment.objects.create(**whose, parent=first, author=manager, body="It is.")
    made.rows["comment"] = first
    made.rows["letter"] = ApprovalLink.objects.create(
        **whose, revision=made.revision, digest=hashlib.sha256(str(post.pk).encode()).hexdigest(), made_by=manager,
        address="director@example.org", expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    AdviceChoice.objects.create(library=made.library, code="capitals", blocks=True)
    ReviewWarning.objects.create(**whose, planned_for=timezone.now(), stage="late")
    made.rows["review"] = made.revision.reviews.get()


def _tried(made: Everything) -> None:
    Delivery.objects.filter(pk=made.delivery.pk).update(remote_id=f"seen-{made.library.pk}")
    Attempt.objects.create(delivery=made.delivery, number=1)
    Hold.objects.create(delivery=made.delivery, reason="paused")


def _table(made: Everything) -> None:
    row = {"line": 2, "title": "", "content": {**empty_copy(), "body": "Hello"}, "event": None, "campaign": None,
           "planned": "", "accounts": [], "said": [], "good": True}  # fmt: skip
    made.rows["bulk"] = BulkImport.objects.create(
        library=made.library, realm="practice", name="posts.csv", rows=[row], made_by=made.people[Role.STAFF].user
    )


def _by_hand(made: Everything) -> None:
    OutsidePost.objects.create(
        library=made.library, realm="practice", account=made.account, platform=made.account.platform,
        remote_id=f"hand-{made.library.pk}", text="Hello", at=timezone.now(),
    )  # fmt: skip


def _talk(made: Everything) -> None:
    now, author = timezone.now(), made.people[Role.STAFF]
    talk = Conversation.objects.create(
        library=made.library, account=made.account, external_id="p1", delivery=made.delivery
    )
    message = Message.objects.create(
        conversation=talk, direction="in", external_id="m1", sent_at=now, author_name="Pat", body="Is it for adults?"
    )
    for _twice in range(2):
        reply = Reply.objects.create(
            library=made.library, realm="practice", account=made.account, platform="facebook", due_at=now,
            conversation=talk, author=author.user, body="Thank you",
        )  # fmt: skip
        ReplyAttempt.objects.create(reply=reply, number=1)
    made.rows |= {"talk": talk, "message": message, "reply": reply}


def _rest(made: Everything) -> None:
    of, admin = made.library, made.people[Role.ADMIN]
    Cursor.objects.create(account=made.account, stream="comments:p1")
    DayCount.objects.create(account=made.account, day=timezone.now().date())
    Worker.objects.create(name="w")
    made.rows["slot"] = PostingSlot.objects.create(library=of, account=made.account, weekday=0, at=time(10, 0), tz=of.tz)
    made.rows["series"] = Series.objects.create(
        library=of, realm="practice", author=made.people[Role.STAFF].user, title="Story time", content=empty_copy(),
        rule="FREQ=WEEKLY;BYDAY=MO", starts_on=timezone.now().date(), at=time(10, 0), tz=of.tz,
    )  # fmt: skip
    Post.objects.filter(pk=made.post.pk).update(series=made.series, series_on="2027-01-04")
    url = "https://fernhollow.example/story"
    made.rows["card"] = LinkCard.objects.create(
        library=of, url=url, digest=hashlib.sha256(url.encode()).hexdigest(), state="shown", fetched_at=timezone.now(), title="Story time",
        picture=b"webp",
    )
    made.rows["consent"] = Consent.objects.create(library=of, asset=made.asset, who="Girl in the red coat")
    made.rows["pause"] = Pause.objects.create(library=of, reason="A storm", begun_by=admin.user)
    made.rows["notice"] = notices.raise_notice(of.pk, "key", title="Something", verb="post.schedule")
    made.rows["began"] = OAuthState.objects.create(
        state=f"s-{of.pk}", verifier="v", platform="facebook", realm="practice", library=of, user=admin.user
    )
    made.rows["feed"] = Feed.objects.create(
        library=of, name="Events", url="https://fernhollow.example/feed", tz=of.tz, added_by=admin.user
    )
    made.rows["preview"] = Preview.objects.create(
        library=of, feed=made.feed, name="Events", body=CALENDAR, content_type="text/calendar", made_by=admin.user
    )
    made.rows["entry"] = AuditEntry.objects.filter(library_id=of.pk).earliest("pk")


def _phrases(made: Everything) -> None:
    of, staff = made.library, made.people[Role.STAFF]
    made.rows["template"] = PostTemplate.objects.create(library=of, name="Story time", body="Songs!", starter="public:story-time")
    made.rows["snippet"] = Snippet.objects.create(library=of, shortcut="hours", text="Open daily")
    made.rows["hashtags"] = HashtagSet.objects.create(library=of, name="Always", tags="#LibraryLove")
    made.rows["kept"] = KeptVersion.objects.create(
        post=made.post, name="Short", content=made.post.working_copy.content, kept_by=staff.user
    )


def _calendar(made: Everything) -> None:
    of, staff = made.library, made.people[Role.STAFF].user
    made.rows["view"] = SavedView.objects.create(library=of, name="Everything", made_by=staff)
    digest = FeedAddress.digest_of(f"view-{made.view.pk}")
    FeedAddress.objects.create(library=of, view=made.view, digest=digest, made_by=staff)
    AlmanacMark.objects.create(library=of, key="earth-day", care=True)
    made.rows["local_day"] = LocalDay.objects.create(library=of, name="Town fair", on=timezone.now().date())
    DeliveryReceipt.objects.create(library=of, realm="practice", delivery=made.delivery, text="Hello.")
    FigureSnapshot.objects.create(library=of, realm="practice", delivery=made.delivery, day=timezone.now().date(), likes=3)


def takedown_of(delivery: Delivery) -> Takedown:
    """A takedown that was tried once."""
    takedown = Takedown.objects.create(
        library=delivery.library, realm=delivery.realm, account=delivery.account, platform=delivery.platform,
        due_at=timezone.now() + timedelta(hours=1), delivery=delivery,
    )  # fmt: skip
    TakedownAttempt.objects.create(takedown=takedown, number=1)
    return takedown


def correction_of(delivery: Delivery) -> Correction:
    """A correction that was tried once."""
    correction = Correction.objects.create(
        library=delivery.library, realm=delivery.realm, account=delivery.account, platform=delivery.platform,
        due_at=timezone.now() + timedelta(hours=1), delivery=delivery, revision=delivery.revision, number=1, text="Right",
        asked_by=delivery.post.author_id,
    )  # fmt: skip
    CorrectionAttempt.objects.create(correction=correction, number=1)
    return correction


def unsealed_entry() -> AuditEntry:
    """One more entry, later than the last seal."""
    return record(None, "posts.post.edited", Worker.objects.latest("pk"), label="not sealed yet")
