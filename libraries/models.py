"""Libraries, their branches and people."""

from __future__ import annotations

import zoneinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

PRACTICE, LIVE = "practice", "live"
ONE_REVIEW, NO_REVIEW = "one", "none"


class Role(models.TextChoices):
    """One vocabulary everywhere, weakest first."""

    VIEWER = "viewer", _("Viewer")
    CONTRIBUTOR = "contributor", _("Contributor")
    STAFF = "staff", _("Staff")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


def known_zone(value: str) -> None:
    """Raise ValidationError for a name that is no IANA time zone."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(value)s” is not a time zone we know."), params={"value": value})


class Library(models.Model):
    """A tenant. `mode` is the realm that new accounts and posts are born in."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    tz = models.CharField(max_length=64, default="UTC", validators=[known_zone])
    mode = models.CharField(max_length=8, default=PRACTICE, choices=[(PRACTICE, _("Practice")), (LIVE, _("Live"))])
    self_review = models.BooleanField(
        default=False, help_text=_("A library of one: authors may approve their own posts. It is recorded each time.")
    )
    review = models.CharField(
        max_length=4, default=ONE_REVIEW, db_default=ONE_REVIEW, help_text="steps of review: one or none"
    )
    small_edits = models.BooleanField(
        default=True, db_default=True, help_text="what a reviewer mends while approving needs no second look"
    )
    website = models.URLField(blank=True)
    public_url_ok = models.BooleanField(null=True, help_text="whether our public address answered when last asked")
    public_url_detail = models.CharField(max_length=300, blank=True)
    public_url_checked_at = models.DateTimeField(null=True, blank=True)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "libraries"
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=(PRACTICE, LIVE)), name="library_mode_known"),
            models.CheckConstraint(condition=Q(review__in=(ONE_REVIEW, NO_REVIEW)), name="library_review_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.tz)


class Branch(models.Model):
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="branches")
    name = models.CharField(max_length=120)
    slug = models.SlugField()
    tz = models.CharField(max_length=64, blank=True, validators=[known_zone])
    aliases = models.JSONField(default=list, blank=True, help_text=_("Other names that feeds use for this branch."))
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "branches"
        constraints = [
            models.UniqueConstraint(fields=["library", "slug"], name="branch_slug_once"),
            models.UniqueConstraint(fields=["id", "library"], name="branch_of_library"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **extra: object) -> User:
        """A person who signs in by e-mail. Raises ValueError without an address."""
        if not email:
            raise ValueError("a person needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **extra)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in (self.name or self.email).split()[:2]).upper()


class Membership(models.Model):
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    branch = models.ForeignKey(Branch, null=True, blank=True, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["library", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Notice(models.Model):
    """Something a person should know: shown in the app to those whose role may act, and sent by e-mail once."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="notices")
    key = models.CharField(max_length=120, help_text="what it is about; one open notice per key")
    tone = models.CharField(max_length=8, default="ask")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True)
    verb = models.CharField(max_length=40)
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="whom alone it concerns; empty: everybody whose role has the verb",
    )  # fmt: skip
    raised_at = models.DateTimeField(db_default=Now())
    times = models.PositiveIntegerField(default=1)
    emailed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["library", "key"], condition=Q(resolved_at=None), name="notice_one_open_per_key"
            ),
            models.CheckConstraint(condition=Q(tone__in=("ask", "bad", "wait", "ok")), name="notice_tone_known"),
        ]

    def __str__(self) -> str:
        return self.title
