"""What can go wrong when we touch the outside world.

The only question that matters is *could it have been applied?*, so each class answers it first:

    RemoteError
    ├── Rejected          not applied; the author acts
    │   ├── InvalidContent    the words or options break a rule of the network
    │   ├── MediaRefused      the picture breaks a rule of the network
    │   └── NotAllowed        this account may not do this
    ├── Unauthorized      not applied; the account must be reconnected
    ├── RateLimited       not applied; later, at a time the network named
    ├── Unavailable       not applied; later, with back-off
    │   └── Fenced        not applied: this worker may no longer speak for the attempt
    ├── Duplicate         perhaps applied earlier; somebody must look
    └── Ambiguous         nobody knows; somebody must look

Anything else that escapes an adapter is a bug of ours and counts as Ambiguous.
"""

from __future__ import annotations

from datetime import timedelta


class RemoteError(Exception):
    """Base class. `code` is ours (snake_case, stable); `detail` is for operators and holds no vendor body.

    `http_status` is None where no answer arrived. `retry_after` is None where the network named no time.
    """

    code = "remote_error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        http_status: int | None = None,
        retry_after: timedelta | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.http_status = http_status
        self.retry_after = retry_after
        self.request_id = request_id


class Rejected(RemoteError):
    """Not applied, and sending the same again will not help."""

    code = "rejected"


class InvalidContent(Rejected):
    code = "invalid_content"


class MediaRefused(Rejected):
    code = "media_refused"


class NotAllowed(Rejected):
    code = "not_allowed"


class Unauthorized(RemoteError):
    """Not applied; the token is dead. `code` may say why: token_expired, token_revoked, person_must_act."""

    code = "unauthorized"


class RateLimited(RemoteError):
    """Not applied; `retry_after` says when the network wants to hear from us again.

    `scope` is "account" or "app": whose budget is spent.
    """

    code = "rate_limited"

    def __init__(self, detail: str = "", *, scope: str = "account", **kwargs: object) -> None:
        super().__init__(detail, **kwargs)  # type: ignore[arg-type]
        self.scope = scope


class Unavailable(RemoteError):
    """Not applied: no byte left us, or the request was one that changes nothing the public sees."""

    code = "unavailable"


class Fenced(Unavailable):
    """Not applied: the door refused before sending, because this attempt is no longer ours."""

    code = "fenced"


class Duplicate(RemoteError):
    """The network says it holds this already. `remote_id` names the post where the network does."""

    code = "duplicate"

    def __init__(self, detail: str = "", *, remote_id: str = "", **kwargs: object) -> None:
        super().__init__(detail, **kwargs)  # type: ignore[arg-type]
        self.remote_id = remote_id


class Ambiguous(RemoteError):
    """Nobody knows whether it was applied. Never retried before looking."""

    code = "ambiguous"


class Unsupported(Exception):
    """The platform has no such feature; a bug of the caller, who should have read `features`."""
