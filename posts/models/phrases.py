"""What is said again and again: templates, snippets and sets of hashtags; and texts that were kept for later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from libraries.models import Library, User
from libraries.permissions import OwnedQuerySet
from posts.models.post import Post

SHORTCUT = r"^[a-z0-9](-?[a-z0-9])*$"


class Phrase(models.Model):
    """What all three have: they belong to a library, and one that was removed can be put back."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class PostTemplate(Phrase):
    """A post that is written often. Its texts may hold placeholders (posts/placeholders.py)."""

    AUDIENCES = ("public", "academic", "all")

    name = models.CharField(max_length=120)
    audience = models.CharField(max_length=10, default="all")
    body = models.TextField()
    hashtags = models.CharField(max_length=300, blank=True)
    picture = models.CharField(max_length=500, blank=True, help_text="which picture fits, and what to say about it")
    starter = models.CharField(max_length=60, blank=True, help_text="which of our starting set it came from")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=("public", "academic", "all")), name="template_audience_known"),
            models.UniqueConstraint(
                fields=["library", "name"], condition=Q(removed_at=None), name="template_name_once"
            ),
            models.UniqueConstraint(
                fields=["library", "starter"], condition=~Q(starter=""), name="template_starter_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Snippet(Phrase):
    """A few words with a short name: typing `/hours` puts them into the text."""

    shortcut = models.CharField(max_length=30)
    text = models.CharField(max_length=1000)

    class Meta:
        ordering = ["shortcut", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(shortcut__regex=SHORTCUT), name="snippet_shortcut_shape"),
            models.UniqueConstraint(
                fields=["library", "shortcut"], condition=Q(removed_at=None), name="snippet_shortcut_once"
            ),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class HashtagSet(Phrase):
    """Hashtags that go together, as they will stand at the end of a text."""

    name = models.CharField(max_length=80)
    tags = models.CharField(max_length=300)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["library", "name"], condition=Q(removed_at=None), name="hashtags_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class KeptVersion(models.Model):
    """A working copy as it stood once: kept by a person under a name, or because another text took its place."""

    KEPT, REPLACED = "kept", "replaced"

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="kept_versions")
    name = models.CharField(max_length=120)
    why = models.CharField(max_length=10, default=KEPT)
    title = models.CharField(max_length=200, blank=True)
    content = models.JSONField()
    written_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-kept_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(why__in=("kept", "replaced")), name="kept_version_why_known"),
        ]

    def __str__(self) -> str:
        return self.name
