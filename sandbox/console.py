"""The index of the practice networks and, for who holds the key, the pages that make things go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import control, views
from .faults import NETWORKS
from .feed import LABELS, SLUGS, ago
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .server import Sandbox

WORDS = {
    "lie": "Lies: some lost, some done without an answer, some late", "before": "Lost before it is done",
    "after": "Done, but the answer is lost", "late": "Done seconds later, nobody answers", "hang": "No answer, not done",
    "reset": "Connection reset, not done", "status": "Server error, not done", "garbage": "Done, unreadable answer",
    "429": "Too many requests", "expired": "The token has expired", "revoked": "The token was revoked",
    "duplicate": "Called a duplicate", "slow": "A slow answer", "drip": "The answer drips in byte by byte",
    "listing_lag": "New posts are missing from lists", "shift": "The next page repeats an item",
    "black_hole": "Connections are taken and never answered",
}


def answer(box: Sandbox, call: Call) -> Reply:
    """`/`, `/faults…`, `/tokens…`."""
    if call.host == "":
        return _index(box, call)
    if not control.holds_key(box, call):
        return views.document("message", 403, title="The key is needed", theme="console", heading="The key is needed",
                              words="Open this sandbox by the address printed when it was started, the one with ?key=.")
    if call.method == "POST":
        return _change(box, call)
    return _faults(box) if call.host == "faults" else _tokens(box)


def _index(box: Sandbox, call: Call) -> Reply:
    holds = control.holds_key(box, call)
    if call.query.get("key") and holds:
        cookie = f"{control.COOKIE}={box.secret}; Path=/; HttpOnly; SameSite=Strict"
        return Reply(None, 303, {"Location": "/", "Set-Cookie": cookie})
    cards = "".join(_card(box, call, name) for name in NETWORKS)
    words = "You hold the key." if holds else "These two need the key that the sandbox printed when it was started."
    return views.document("index", title="Practice networks", theme="console", networks=views.safe(cards),
                          control=views.part("index_control", words=words))


def _card(box: Sandbox, call: Call, network: str) -> str:
    twin = box.twins[network]
    rows = [row for row in box.book.t["posts"].values()
            if row["network"] == network and not row.get("by_patron") and twin.is_visible(row)]
    newest = max((row["at"] for row in rows), default=0)
    return views.part(
        "index_network", theme=network, slug=SLUGS[network], label=LABELS[network],
        words=f"{len(rows)} {'post' if len(rows) == 1 else 'posts'}",
        newest=_newest(call.now - newest) if newest else "waiting for the first")


def _newest(seconds: float) -> str:
    told = ago(seconds)
    return "newest just now" if told == "just now" else f"newest {told} ago"


# --- with the key -------------------------------------------------------------------------------------------------


def _change(box: Sandbox, call: Call) -> Reply:
    if call.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal({"error": "changes come from the page itself"}, 403)
    what = call.segs[0] if call.segs else ""
    if call.host == "tokens" and what == "end":
        box.world.expire(str(call.params["network"]), str(call.params["account"]), str(call.params.get("how", "expire")))
    elif call.host == "faults" and what == "remove":
        box.faults.remove(str(call.params.get("id", "")) or None)
    elif call.host == "faults" and what == "add":
        rule: dict[str, Any] = {k: v for k, v in call.params.items() if v and k in ("network", "kind", "where", "count", "seconds")}
        rule["rate"] = float(call.params.get("percent") or 100) / 100
        try:
            box.faults.add(rule)
        except ValueError as problem:
            raise Refusal({"error": str(problem)}) from problem
    return Reply(None, 303, {"Location": f"/{call.host}"})


def _faults(box: Sandbox) -> Reply:
    rules = "".join(_rule(rule) for rule in box.faults.rules())
    listed = views.safe(f'<ul class="rows">{rules}</ul>') if rules else views.safe(
        '<p class="empty">None. The networks behave.</p>')
    networks = '<option value="any">all four</option>' + "".join(
        f'<option value="{name}">{LABELS[name]}</option>' for name in NETWORKS)
    kinds = "".join(f'<option value="{kind}">{views.escape(words)}</option>' for kind, words in WORDS.items())
    return views.document("faults", title="Faults", theme="console", rules=listed, networks=views.safe(networks),
                          kinds=views.safe(kinds))


def _rule(rule: dict[str, Any]) -> str:
    where = {"visible": "what the public sees", "staging": "uploads", "read": "reads", "any": "all requests"}[rule["where"]]
    share = "always" if rule["rate"] >= 1 else f"{rule['rate'] * 100:g} % of the time"
    left = "" if rule["count"] is None else f", {rule['count']} more times"
    network = LABELS.get(rule["network"], "All networks")
    return views.part("fault_rule", id=rule["id"], what=WORDS[rule["kind"]], where=f"{network}, {where}, {share}{left}")


def _tokens(box: Sandbox) -> Reply:
    now, found = box.book.now(), []
    for account in box.book.t["accounts"].values():
        network, name = account["network"], account["id"]
        reach = {name, account.get("page"), f"urn:li:person:{account.get('person')}"} - {None}
        alive = [t for t in box.book.t["tokens"].values() if t["account"] in reach and not t["dead"]
                 and (not t["expires"] or t["expires"] > now) and t["network"] in (network, "facebook")]
        if alive:
            found.append(views.part(
                "token_row", name=account["name"], network=LABELS[network], slug=network, id=name,
                avatar=f"/__avatar/{network}/{name}.svg",
                words=f"{len(alive)} living {'token' if len(alive) == 1 else 'tokens'}"))
    rows = f'<ul class="rows">{"".join(found[:200])}</ul>' if found else (
        '<p class="empty">No application is connected. Connect an account in Library Social first.</p>')
    return views.document("tokens", title="Tokens", theme="console", rows=views.safe(rows))
