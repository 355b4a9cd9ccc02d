"""What the frame of every page must know of a library, in one statement: whether there is anything to look at closer.

On a good day a page asks nothing else for its frame. A signal that is lit costs the one look that its band takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from core.models import Worker
from libraries.permissions import VERBS, Actor
from platforms import health

ASK = """
    SELECT
      EXISTS (SELECT 1 FROM core_worker WHERE stopped_at IS NULL
              AND beat_at >= now() - make_interval(secs => %(silent)s)),
      EXISTS (SELECT 1 FROM platforms_account WHERE library_id = %(library)s AND realm = %(realm)s AND state = 'reconnect'),
      EXISTS (SELECT 1 FROM platforms_account a JOIN platforms_credential c ON c.account_id = a.id
              WHERE a.library_id = %(library)s AND a.realm = %(realm)s AND a.state = 'connected'
                AND c.revoked_at IS NULL AND c.expires_at <= now() + %(soon)s),
      EXISTS (SELECT 1 FROM posts_delivery WHERE library_id = %(library)s AND realm = %(realm)s
              AND state IN ('attention', 'failed'))
        OR EXISTS (SELECT 1 FROM posts_takedown WHERE library_id = %(library)s AND realm = %(realm)s
                   AND state IN ('attention', 'failed')),
      EXISTS (SELECT 1 FROM inbox_reply WHERE library_id = %(library)s AND realm = %(realm)s
              AND state IN ('attention', 'failed')),
      EXISTS (SELECT 1 FROM posts_hold h JOIN posts_delivery d ON d.id = h.delivery_id
              WHERE d.library_id = %(library)s AND d.realm = %(realm)s AND d.state = 'scheduled'
                AND h.reason IN ('paused', 'library')),
      EXISTS (SELECT 1 FROM posts_pause WHERE library_id = %(library)s AND ended_at IS NULL),
      (SELECT count(*) FROM posts_post WHERE library_id = %(library)s AND state = 'in_review'),
      (SELECT count(*) FROM inbox_conversation WHERE library_id = %(library)s AND state = 'open'),
      (SELECT count(*) FROM libraries_notice WHERE library_id = %(library)s AND resolved_at IS NULL
       AND (person_id IS NULL OR person_id = %(person)s) AND verb = ANY(%(verbs)s)),
      EXISTS (SELECT 1 FROM libraries_membership WHERE user_id = %(person)s AND is_active AND library_id <> %(library)s)"""


@dataclass(frozen=True, slots=True)
class Signals:
    """In the order of the statement. Counts are the library's, whoever asks; `n_notices` are those they may act on."""

    worker_alive: bool
    accounts_lost: bool
    accounts_ending: bool
    posts_in_trouble: bool
    answers_in_trouble: bool
    paused: bool
    stopped: bool
    n_in_review: int
    n_unanswered: int
    n_notices: int
    other_libraries: bool

    @property
    def worker_silent(self) -> bool:
        return not self.worker_alive


def of(actor: Actor) -> Signals:
    """Ask once for everything."""
    words = {
        "library": actor.library.pk, "realm": actor.library.mode, "person": actor.user_id, "soon": health.SOON,
        "silent": Worker.SILENT_AFTER_S, "verbs": [verb for verb in VERBS if actor.may(verb)],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ASK, words)
        return Signals(*cursor.fetchone())
