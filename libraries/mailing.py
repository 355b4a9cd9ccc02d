"""A letter to oneself, and what the mail server said about it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Answer:
    """`good`: the server took it. `text`: what to tell the person, the server's own words included."""

    good: bool
    text: str


def one_line(text: str) -> str:
    """A subject: names of libraries, events and accounts come from people and networks, and may hold line breaks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def send_test(to: str, library: str) -> Answer:
    """Send one letter to `to`. Never raises for what a mail server or the way to it can do."""
    connection = get_connection()
    message = EmailMessage(
        one_line(_("[%(library)s] A test letter") % {"library": library}),
        _("Library Social can send e-mail. Notices will reach you at this address."),
        to=[to], connection=connection,
    )  # fmt: skip
    said: list[tuple[int, bytes]] = []
    try:
        connection.open()
        _listen(connection, said)
        message.send()
    except smtplib.SMTPException as problem:
        return Answer(False, _("The mail server refused: %(words)s") % {"words": _words(problem)})
    except OSError as problem:
        where = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT, "why": problem.strerror or problem}
        return Answer(False, _("The mail server %(host)s, port %(port)s, was not reached: %(why)s") % where)
    finally:
        connection.close()
    if said:
        code, words = said[-1]
        answer = {"to": to, "answer": f"{code} {words.decode(errors='replace')}"[:200]}
        return Answer(True, _("Sent to %(to)s. The server answered: %(answer)s") % answer)
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return Answer(False, _("No mail server is set (SMTP_HOST), so the letter was written into the log only."))
    return Answer(True, _("Handed over for %(to)s.") % {"to": to})


def _listen(connection: Any, said: list[tuple[int, bytes]]) -> None:
    """smtplib throws the server's last word away; keep it."""
    wire = getattr(connection, "connection", None)
    if not isinstance(wire, smtplib.SMTP):
        return
    data = wire.data

    def kept(message: Any) -> tuple[int, bytes]:
        said.append(data(message))
        return said[-1]

    wire.data = kept  # type: ignore[method-assign]


def _words(problem: smtplib.SMTPException) -> str:
    """The code and words of a refusal, short enough for a line."""
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_text(problem.smtp_error)}"[:200]
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(words)}" for code, words in problem.recipients.values())[:200]
    return str(problem)[:200]


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
