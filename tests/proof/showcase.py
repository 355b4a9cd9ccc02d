"""A practice library as it is after a few busy weeks: what the screenshots and the pictures of the README show.

Everything is made by the product's own actions, and what is published really went to the practice networks.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from tests.proof import load
from tests.proof.stack import Stack

ALL = ("facebook", "twitter", "instagram", "linkedin")
NAMES = {"facebook": "Fernhollow Public Library", "twitter": "Fernhollow Library", "instagram": "fernhollow.library",
         "linkedin": "Fernhollow Public Library"}  # fmt: skip
# (text, networks, number of its picture or None): sent at once
SENT: tuple[tuple[str, tuple[str, ...], int | None], ...] = (
    ("Cold outside, warm within: the round window at Main Street has the best light at four o'clock. Which book "
     "goes home with you tonight?", ALL, 0),
    ("The seed library opens on Saturday. Beans, sunflowers and marjoram, nothing to sign.", ("facebook", "instagram"), 1),
    ("From today the study rooms can be booked a month ahead.", ("facebook", "twitter", "linkedin"), None),
    ("The Harbour branch closes at five today: the ferry does not sail after six.", ("facebook", "twitter"), None),
)  # fmt: skip
# (text, networks, picture, day from tomorrow, wall time): scheduled
PLANNED: tuple[tuple[str, tuple[str, ...], int | None, int, str], ...] = (
    ("Story Time at the Hearth, every Tuesday at ten. Bring your own dragon.", ("facebook", "instagram"), 1, 0, "09:00"),
    ("Tonight: Ottoline Marr reads from “Salt on the Sill”.", ALL, 0, 1, "08:30"),
    ("Baby rhymes by the water: blankets are provided.", ("facebook",), None, 2, "09:15"),
    ("Computer Help, one to one: half an hour with a patient volunteer.", ("facebook", "linkedin"), None, 3, "12:00"),
    ("Biscuit is a patient listener. Readers from 6 to 10, Saturday half past ten.", ("facebook", "instagram"), 1, 3, "16:00"),
    ("The Repair Café is full; the desk keeps a waiting list.", ("facebook", "twitter"), None, 4, "10:00"),
    ("Closed on Monday for stocktaking. Returns boxes stay open and nothing falls due.", ALL, 2, 5, "17:00"),
    ("All three branches are open again.", ("facebook", "twitter"), None, 7, "08:00"),
    ("Brick Builders meet on Wednesday. This week: bridges.", ("facebook", "instagram"), None, 7, "15:00"),
    ("Newcomers' Conversation Circle, all levels, one evening or all of them.", ("facebook", "linkedin"), None, 8, "11:00"),
    ("Fold, draw, paste and copy: Zine Lab on Friday, twelve and up.", ("instagram", "twitter"), 1, 9, "15:30"),
    ("Forty quilts made by our neighbours hang in the reading room at Harbour.", ALL, 2, 10, "10:00"),
    ("When the mill burned: Ferris Oakley opens the box of 1911 photographs.", ("facebook", "linkedin"), 0, 12, "09:00"),
    ("Homework help on Thursdays at all branches, with snacks.", ("facebook", "twitter"), None, 13, "14:00"),
    ("The Cartographer's Kitchen: copies wait at the desk.", ("facebook", "instagram"), 0, 14, "12:00"),
    ("A gecko, a tortoise and a very calm snake. Ask at the desk for a free ticket.", ALL, 1, 15, "09:30"),
    ("Watercolour for beginners: waiting list only, another round comes in spring.", ("facebook",), None, 16, "18:00"),
    ("Two cellos and a sandwich: Lunchtime Concert on Wednesday.", ("facebook", "twitter", "linkedin"), None, 20, "09:00"),
    ("A thousand books at a dollar each. The great Fernhollow Book Sale.", ALL, 0, 22, "08:00"),
    ("Start your family tree, online and from your own sofa.", ("facebook", "linkedin"), None, 26, "10:00"),
    ("Winter Reading begins: ten books, one small prize, no prescriptions.", ALL, 2, 30, "09:00"),
)  # fmt: skip
# (text, networks, day, wall time): waiting for a manager
WAITING = (
    ("The long way round: our book club has two seats left.", ("facebook", "instagram"), 1, "17:00"),
    ("Did you know? Your card opens three thousand magazines at home.", ("facebook", "linkedin"), 6, "12:00"),
    ("Holiday hours, all branches, on one card to keep.", ALL, 11, "09:00"),
)
DRAFTS = (
    "Thank you, Friends of the Library! Forty new picture books came out of your last sale, and they are on the low "
    "shelf by the window, where small hands reach them.",
    "Puppet afternoon: ask Mill Lane for the times.",
)
FOR_X = "Forty new picture books, thanks to the Friends of the Library. They are on the low shelf by the window."
TALKS = (
    ("facebook", "Wren Halloran", "Can I bring my books back after five?"),
    ("facebook", "Tomás Beck", "Thank you for telling us in time!"),
    ("twitter", "Ines Karlsson", "Is the branch open again tomorrow morning?"),
    ("instagram", "quiet.margins", "That light! Which branch is this?"),
    ("linkedin", "Fernhollow College", "Our students are grateful for the longer booking."),
)


class Showcase:
    """Fills the practice library of a running stack. `rows` has one example of what addresses name."""

    def __init__(self, stack: Stack) -> None:
        from libraries.models import Library, Role
        from tests import factories

        self.stack, self.rows = stack, dict[str, Any]()
        self.library = Library.objects.get(slug="fernhollow")
        self.staff, self.manager, self.admin = (
            factories.actor(self.library, role) for role in (Role.STAFF, Role.MANAGER, Role.ADMIN)
        )

    def fill(self) -> dict[str, Any]:
        """Everything, once. Returns `rows`."""
        self.accounts = {name: many[0] for name, many in load.connected(self.stack, self.library, 1).items()}
        for name, account in self.accounts.items():
            type(account).objects.filter(pk=account.pk).update(name=NAMES[name], handle="fernhollow.library")
            account.refresh_from_db()
        self._pictures()
        self._published()
        self._planned()
        self._unfinished()
        self._again_and_again()
        self._talked()
        self._imports()
        return self.rows

    def at(self, day: int, wall: str) -> datetime:
        """`day` days from tomorrow, at a time on the library's wall."""
        from django.utils import timezone

        zone = self.library.zone
        on = timezone.now().astimezone(zone).date() + timedelta(days=day + 1)
        return datetime.combine(on, time.fromisoformat(wall), zone)

    def _pictures(self) -> None:
        from library_social.practice.pictures import pictures
        from media_library import actions

        self.shown = [
            actions.add_asset(actor=self.staff, data=one.data, name=one.name, alt_text=one.alt_text)
            for one in pictures()
        ]
        self.rows["asset"] = self.shown[0]

    def draft(self, text: str, networks: tuple[str, ...], picture: int | None, **fields: Any) -> Any:
        from tests import factories

        pictures = () if picture is None else (self.shown[picture],)
        if "instagram" in networks and not pictures:
            pictures = (self.shown[len(text) % 3],)
        made = factories.draft(
            self.staff, *(self.accounts[name] for name in networks), body=text, pictures=pictures,
            link="https://fernhollow.example.org/news", **fields,
        )  # fmt: skip
        type(made).objects.filter(pk=made.pk).update(title=re.split(r"[.!?:]", text)[0][:60])
        made.refresh_from_db()
        return made

    def approved(self, post: Any, when: datetime | None) -> list[Any]:
        from posts import actions
        from posts.models import Review

        revision = actions.submit_post(actor=self.staff, post=post, planned_for=when)
        actions.review_post(actor=self.manager, post=post, revision=revision, verdict=Review.APPROVE)
        return actions.schedule_post(actor=self.manager, post=post, when=when)

    def _published(self) -> None:
        from posts.models import Delivery

        sent = [self.approved(self.draft(*one), None) for one in SENT]
        self.rows["post"], self.rows["talked"] = sent[0][0].post, sent[-1][0].post
        ids = [one.pk for many in sent for one in many]
        self.stack.wait_for(
            lambda: Delivery.objects.filter(pk__in=ids, state="sent").count() == len(ids), "the posts", 120
        )

    def _planned(self) -> None:
        for text, networks, picture, day, wall in PLANNED:
            self.approved(self.draft(text, networks, picture), self.at(day, wall))

    def _unfinished(self) -> None:
        """Three that wait for review, one that came back, two drafts."""
        from posts import actions
        from posts.models import Review

        for text, networks, day, wall in WAITING:
            waiting = self.draft(text, networks, None)
            actions.submit_post(actor=self.staff, post=waiting, planned_for=self.at(day, wall))
        back = self.draft("Late fees are gone. Bring them all home.", ("facebook", "twitter"), None)
        revision = actions.submit_post(actor=self.staff, post=back, planned_for=self.at(9, "09:00"))
        actions.review_post(
            actor=self.manager, post=back, revision=revision, verdict=Review.CHANGES,
            comment="Good news! Please say from which day on.",
        )  # fmt: skip
        own = {str(self.accounts["twitter"].pk): FOR_X}
        self.rows["draft"] = self.draft(DRAFTS[0], ALL, 0, variants=own)
        self.draft(DRAFTS[1], ("facebook",), None)

    def _again_and_again(self) -> None:
        """Weekly slots for three accounts, and a series that runs."""
        from posts import actions
        from posts.recurrence import Rule

        for name, days, wall in (("facebook", (0, 2, 4), "10:00"), ("twitter", (1, 3), "12:30"), ("instagram", (4, 5), "16:00")):
            actions.add_slots(
                actor=self.manager, account=self.accounts[name], weekdays=days, at=time.fromisoformat(wall), tz=self.library.tz
            )
        self.rows["campaign"] = campaign = actions.save_campaign(
            actor=self.staff, name="Winter reading", goal="300 readers finish their card by March", colour="wait",
            starts_on=self.at(1, "09:00").date(), ends_on=self.at(24, "09:00").date(),
        )  # fmt: skip
        actions.put_post(actor=self.staff, post=self.rows["draft"], campaign=campaign)
        told = self.draft("New on the shelf this week: ask at the desk for the list.", ("facebook", "twitter"), None)
        self.rows["series"] = actions.begin_series(
            actor=self.staff, post=told, rule=Rule("WEEKLY", days=(3,)), starts_on=self.at(2, "11:00").date(),
            at=time(11), tz=self.library.tz, title="New on the shelf",
        )  # fmt: skip
        actions.approve_series(actor=self.manager, series=self.rows["series"])

    def trouble(self) -> None:
        """One delivery that a person must settle, one that failed, one post that is paused, an account to reconnect."""
        from django.utils import timezone

        from libraries import notices
        from posts import actions
        from posts.models import Delivery

        doubt = self.approved(self.draft("Snow is coming: check our hours before you leave.", ("facebook", "twitter"), None),
                              self.at(0, "07:30"))  # fmt: skip
        leased = {"lease_token": "0" * 32, "leased_by": 1, "leased_until": timezone.now()}
        free = {"lease_token": None, "leased_by": None, "leased_until": None}
        for row, way in zip(doubt, (("unconfirmed", "attention"), ("failed",)), strict=True):
            Delivery.objects.filter(pk=row.pk).update(state="sending", **leased)
            for state in way:
                Delivery.objects.filter(pk=row.pk).update(state=state, **free)
        self.rows["doubt"] = doubt[0].post
        paused = self.approved(
            self.draft("Ice skates to borrow, all sizes.", ("facebook",), None), self.at(17, "10:00")
        )
        actions.pause_post(actor=self.manager, post=paused[0].post, detail="The skates are late.")
        self.rows["pause"] = actions.pause_publishing(
            actor=self.manager, reason="The feed of our LinkedIn page is being moved", account=self.accounts["linkedin"]
        )
        notices.raise_notice(
            self.library.pk, "showcase:doubt", title="A post needs a decision", path=f"/posts/{doubt[0].post_id}/",
            text="Facebook did not answer, and the post was not found there.",
        )  # fmt: skip

    def _talked(self) -> None:
        """Comments of patrons, collected by the worker; the oldest is answered."""
        from inbox import actions
        from inbox.models import Conversation, Message
        from posts.models import Delivery

        for network, author, text in TALKS:
            row = Delivery.objects.filter(account__platform=network, state="sent").latest("pk")
            self.stack.door(
                "POST", "/__comment", {"network": network, "post": row.remote_id, "author": author, "text": text}
            )
        self.stack.wait_for(lambda: Message.objects.filter(direction="in").count() >= len(TALKS), "the comments", 120)
        talk = Conversation.objects.filter(account__platform="linkedin").latest("pk")
        actions.reply(actor=self.staff, conversation=talk, body="We are glad! Tell us if evenings would help too.")
        self.rows["conversation"] = Conversation.objects.filter(account__platform="facebook").latest("pk")

    def _imports(self) -> None:
        from django.utils import timezone

        from library_social.practice.events import events_ics
        from posts.models import Event
        from programs import actions
        from programs.models import Feed

        today = timezone.now().date() + timedelta(days=3)
        self.rows["preview"] = actions.make_preview(
            actor=self.staff,
            body=events_ics(today, self.library.zone),
            content_type="text/calendar",
            name="Harbour events",
        )
        self.rows["feed"] = Feed.objects.filter(library=self.library).first()
        self.rows["event"] = Event.objects.filter(library=self.library, starts_at__gt=timezone.now()).first()


def empty_library(stack: Stack) -> tuple[str, str]:
    """A library in which nothing has happened yet; the address and password of its admin."""
    from tests import factories

    made = factories.library("Little Harbour Library")
    return made.memberships.get().user.email, factories.PASSWORD
