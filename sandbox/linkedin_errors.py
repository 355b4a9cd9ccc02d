"""LinkedIn's error bodies."""

from __future__ import annotations

from typing import Any

from .wire import Refusal


def problem(status: int, code: str, message: str, service: int | None = None) -> Refusal:
    """LinkedIn's error body, to be raised."""
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    if service is not None:
        body["serviceErrorCode"] = service
    return Refusal(body, status)


def denied(what: str) -> Refusal:
    return problem(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", 100)


def field_error(path: str, words: str, code: str = "INVALID_VALUE_FOR_FIELD", status: int = 400) -> Refusal:
    """A refusal that names the field."""
    return Refusal({"status": status, "code": code, "message": f"ERROR :: {path} :: {words}", "errorDetails": {"inputErrors": [
        {"description": words, "input": {"inputPath": {"fieldPath": path}}, "code": code}]}}, status)


def expired() -> Refusal:
    return problem(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)


def revoked() -> Refusal:
    return problem(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user", 65601)


def too_many() -> Refusal:
    return problem(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached.", 101)


def duplicate(urn: str) -> Refusal:
    return Refusal({"message": f"Content is a duplicate of {urn}", "status": 422, "code": "DUPLICATE_POST"}, 422)
