"""What the Graph API's refusals and load headers mean, row by row of its error reference; no twin shows them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import errors, remote
from platforms import graph
from tests.contracts.practice import kept

# --- the table of refusals -----------------------------------------------------------------------------------------

REFUSALS = [  # status, code, subcode, class, our code ("" where the class says it all)
    (400, 190, 463, errors.Unauthorized, "token_expired"), (401, 190, 460, errors.Unauthorized, "token_revoked"),
    (400, 190, 464, errors.Unauthorized, "person_must_act"), (400, 102, None, errors.Unauthorized, "token_expired"),
    (400, 2500, None, errors.Unauthorized, "token_expired"), (403, 10, None, errors.NotAllowed, "permission"),
    (403, 200, None, errors.NotAllowed, "permission"), (400, 299, None, errors.NotAllowed, "permission"),
    (400, 3, None, errors.NotAllowed, "permission"), (400, 1705, None, errors.NotAllowed, "permission"),
    (400, 100, 33, errors.Rejected, "gone"), (400, 100, None, errors.InvalidContent, "invalid"),
    (400, 100, 2061006, errors.MediaRefused, "picture_unreachable"), (400, 100, 1349125, errors.InvalidContent, "invalid"),
    (400, 368, None, errors.RateLimited, "blocked"), (400, 368, 1346003, errors.InvalidContent, "refused_words"),
    (400, 100, 1404102, errors.InvalidContent, "refused_words"), (400, 200, 1404078, errors.Unauthorized, "person_must_act"),
    (400, 200, 1404006, errors.Unauthorized, "person_must_act"), (400, 10, 4854002, errors.Unauthorized, "person_must_act"),
    (400, 200, 1404112, errors.Unauthorized, "person_must_act"), (400, 100, 1366046, errors.MediaRefused, "picture_refused"),
    (400, 324, 2069019, errors.MediaRefused, "picture_refused"), (400, 100, 1609005, errors.InvalidContent, "link_refused"),
    (400, 100, 1609008, errors.InvalidContent, "link_refused"), (400, 506, 1455006, errors.Duplicate, "duplicate"),
    (400, 506, None, errors.Duplicate, "duplicate"), (400, 100, 1366051, errors.Duplicate, "duplicate"),
    (400, 4, None, errors.RateLimited, ""), (400, 17, None, errors.RateLimited, ""), (403, 32, None, errors.RateLimited, ""),
    (400, 613, None, errors.RateLimited, ""), (400, 80001, None, errors.RateLimited, ""),
    (400, 341, None, errors.RateLimited, ""), (400, 100, 1390008, errors.RateLimited, ""),
    (429, 0, None, errors.RateLimited, ""), (400, 1, None, errors.Ambiguous, "server_error"),
    (500, 2, None, errors.Ambiguous, "server_error"), (400, 2, None, errors.Ambiguous, "server_error"),
    (400, 1, 1363047, errors.Ambiguous, "server_error"), (503, 1, 1609010, errors.Ambiguous, "server_error"),
    (500, 190, None, errors.Ambiguous, "server_error"),
]


@pytest.mark.parametrize(("status", "code", "subcode", "cls", "ours"), REFUSALS)
def test_each_refusal_has_one_meaning(status, code, subcode, cls, ours) -> None:
    body = {"error": {"message": "VENDOR WORDS", "code": code, "error_subcode": subcode, "fbtrace_id": "A1"}}
    answer = kept(status, body)
    found = graph.refined(answer, remote.classify(answer))
    assert type(found) is cls
    assert found.code == (ours or cls.code)
    assert (found.http_status, found.request_id) == (status, "A1")
    assert "VENDOR" not in f"{found} {found.detail}"


@pytest.mark.parametrize("body", [{"error": {"code": 2}}, {"error": {"code": 99, "is_transient": True}}, {"error": {"code": 1}}])
@pytest.mark.parametrize("kind", [remote.Kind.READ, remote.Kind.STAGING])
def test_an_error_of_their_own_is_harmless_where_nothing_is_seen(body, kind) -> None:
    answer = kept(400, body, kind=kind)
    assert type(graph.refined(answer, remote.classify(answer))) is errors.Unavailable


def test_an_unreadable_answer_keeps_its_status() -> None:
    for body in (b"<html>502</html>", b"", b"[]", b'{"error": "text"}'):
        answer = kept(502, body)
        assert type(graph.refined(answer, remote.classify(answer))) is errors.Ambiguous
    answer = kept(404, b"<html>")
    assert type(graph.refined(answer, remote.classify(answer))) is errors.Rejected


# --- load ----------------------------------------------------------------------------------------------------------

BUSY = ('{"1000001":[{"type":"pages","call_count":91,"total_cputime":12,"total_time":20,'
        '"estimated_time_to_regain_access":0},{"type":"pages","call_count":97,"estimated_time_to_regain_access":13}]}')


def test_the_load_headers_say_when_to_come_back() -> None:
    busy = kept(400, {"error": {"code": 80001}}, {"x-business-use-case-usage": BUSY})
    assert graph.refined(busy, remote.classify(busy)).retry_after == timedelta(minutes=13)
    silent = kept(400, {"error": {"code": 4}})
    found = graph.refined(silent, remote.classify(silent))
    assert (found.retry_after, found.scope) == (graph.SHORT_WAIT, "app")


@pytest.mark.parametrize(("headers", "expected"), [
    ({}, None), ({"X-App-Usage": '{"call_count":94,"total_time":25,"total_cputime":25}'}, None),
    ({"X-App-Usage": '{"call_count":95,"total_time":25,"total_cputime":25}'}, graph.SHORT_WAIT),
    ({"X-Page-Usage": '{"total_time":100}'}, graph.SHORT_WAIT), ({"X-Business-Use-Case-Usage": BUSY}, timedelta(minutes=13)),
    ({"X-App-Usage": "nonsense"}, None), ({"X-App-Usage": "[]"}, None),
])
def test_pressure_is_told_before_the_door_closes(headers, expected) -> None:
    assert graph.pressure(kept(200, {}, headers)) == expected


def test_times_and_words_are_compared_as_people_would() -> None:
    assert graph.when("2026-11-24T09:00:03+0000") == datetime(2026, 11, 24, 9, 0, 3, tzinfo=UTC)
    assert graph.when(None) < datetime(1, 1, 2, tzinfo=UTC)
    assert graph.same_words("Caf\u00e9 \r\nopen\n", "Cafe\u0301\nopen")
    assert not graph.same_words("Open", "open")
