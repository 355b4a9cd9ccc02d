"""What we want to say, and what became of it."""

from posts.models.campaign import EVENT_GRAPH, Campaign, Event
from posts.models.delivery import Attempt, Delivery, Hold, Takedown, TakedownAttempt, TrackedLink
from posts.models.post import POST_GRAPH, Post, Review, Revision, RevisionMedia, Variant, WorkingCopy
from posts.models.reviewing import ApprovalLink, PostComment, ReviewRule, ReviewWarning

__all__ = [
    "EVENT_GRAPH",
    "POST_GRAPH",
    "ApprovalLink",
    "Attempt",
    "Campaign",
    "Delivery",
    "Event",
    "Hold",
    "Post",
    "PostComment",
    "Review",
    "ReviewRule",
    "ReviewWarning",
    "Revision",
    "RevisionMedia",
    "Takedown",
    "TakedownAttempt",
    "TrackedLink",
    "Variant",
    "WorkingCopy",
]
