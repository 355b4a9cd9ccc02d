"""What we want to say, and what became of it."""

from posts.models.advising import AdviceChoice
from posts.models.bulk import BulkImport
from posts.models.campaign import EVENT_GRAPH, Campaign, Event
from posts.models.cards import LinkCard
from posts.models.correcting import Correction, CorrectionAttempt
from posts.models.delivery import Attempt, Delivery, Hold, Takedown, TakedownAttempt, TrackedLink
from posts.models.figures import FigureSnapshot
from posts.models.outside import OutsidePost
from posts.models.pausing import Pause
from posts.models.phrases import HashtagSet, KeptVersion, PostTemplate, Snippet
from posts.models.post import POST_GRAPH, Post, Review, Revision, RevisionMedia, Variant, WorkingCopy
from posts.models.receipt import DeliveryReceipt
from posts.models.reviewing import ApprovalLink, PostComment, ReviewRule, ReviewWarning
from posts.models.series import Series
from posts.models.slots import PostingSlot

__all__ = [
    "EVENT_GRAPH",
    "POST_GRAPH",
    "AdviceChoice",
    "ApprovalLink",
    "Attempt",
    "BulkImport",
    "Campaign",
    "Correction",
    "CorrectionAttempt",
    "Delivery",
    "DeliveryReceipt",
    "Event",
    "FigureSnapshot",
    "HashtagSet",
    "Hold",
    "KeptVersion",
    "LinkCard",
    "OutsidePost",
    "Pause",
    "Post",
    "PostComment",
    "PostTemplate",
    "PostingSlot",
    "Review",
    "ReviewRule",
    "ReviewWarning",
    "Revision",
    "RevisionMedia",
    "Series",
    "Snippet",
    "Takedown",
    "TakedownAttempt",
    "TrackedLink",
    "Variant",
    "WorkingCopy",
]
