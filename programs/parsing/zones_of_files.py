"""Time zones that a calendar file defines itself, before icalendar works out every change of the clock in them.

It lists those changes one by one up to 2038 and asks no questions: a rule "every minute" in one zone would hold a worker
for hours. Zones that no government has are left out; their times are then read by name, or as the library's own.
"""

from __future__ import annotations

import re

CHANGES_MAX = 300  # rules of daylight saving time in one file; a zone with all its history has about a hundred
_FOLD = re.compile(r"\n[ \t]")
_ZONE = re.compile(
    r"^BEGIN(?:;[^:\n]*)?:VTIMEZONE\s*$.*?^END(?:;[^:\n]*)?:VTIMEZONE\s*$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_RULE = re.compile(r"^RRULE\b.*$", re.MULTILINE | re.IGNORECASE)
_CHANGE = re.compile(r"^BEGIN(?:;[^:\n]*)?:(?:STANDARD|DAYLIGHT)\b", re.MULTILINE | re.IGNORECASE)
_RARE = re.compile(r"RRULE[^:]*:(?=.*\bFREQ=YEARLY\b)(?!.*\b(?:BYHOUR|BYMINUTE|BYSECOND|BYYEARDAY|BYWEEKNO)=)"
                   r"(?!.*\bINTERVAL=0*\b)(?!.*\bBYDAY=[^;]*,)(?!.*\bBYMONTHDAY=(?:[^;,]*,){7})(?=.*\bBYMONTH=\d+(?:;|\s*$))", re.IGNORECASE)  # fmt: skip


def tamed(lines: list[str]) -> str:
    """The file in one text, its folded lines joined, without the zones that would take too long."""
    text = _FOLD.sub("", "\n".join(lines))
    if "VTIMEZONE" not in text.upper():
        return text
    if len(_CHANGE.findall(text)) > CHANGES_MAX:
        return _ZONE.sub("", text)
    return _ZONE.sub(lambda zone: zone[0] if all(map(_RARE.match, _RULE.findall(zone[0]))) else "", text)
