"""What we want to say, and what became of it."""

from posts.models.campaign import EVENT_GRAPH, Campaign, Event
from posts.models.delivery import Attempt, Delivery, Hold, Takedown, TakedownAttempt, TrackedLink
from posts.models.post import POST_GRAPH, Post, Review, Revision, RevisionMedia, Variant, WorkingCopy

__all__ = [
    "EVENT_GRAPH",
    "POST_GRAPH",
    "Attempt",
    "Campaign",
    "Delivery",
    "Event",
    "Hold",
    "Post",
    "Review",
    "Revision",
    "RevisionMedia",
    "Takedown",
    "TakedownAttempt",
    "TrackedLink",
    "Variant",
    "WorkingCopy",
]
