"""The sign-in pages of the four networks: who asks, for what, Allow or not; then a code that works once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from . import views
from .wire import Call, Refusal, Reply
from .world import (
    CLIENTS,
    FACEBOOK_SCOPES,
    INSTAGRAM_SCOPES,
    LINKEDIN_SCOPES,
    LINKEDIN_SELF_SERVE,
    SELF_SERVE_ID,
    X_SCOPES,
)

if TYPE_CHECKING:
    from .server import Sandbox

LOOPBACK = ("127.0.0.1", "localhost", "::1")
STATE_MAX = 500                             # characters X takes


@dataclass(frozen=True, slots=True)
class Dialog:
    """How one network asks. `separator` is between scopes; `code_life` in seconds."""

    network: str
    title: str
    scopes: tuple[str, ...]
    separator: str
    code_life: float
    untick: bool = False                    # single rights may be refused
    choose: bool = False                    # pages are chosen


DIALOGS = (
    (re.compile(r"^/www\.facebook\.com/(?:v\d+\.\d/)?dialog/oauth$"),
     Dialog("facebook", "Facebook", FACEBOOK_SCOPES, ",", 600, untick=True, choose=True)),
    (re.compile(r"^/www\.instagram\.com/oauth/authorize$"),
     Dialog("instagram", "Instagram", INSTAGRAM_SCOPES, ",", 3600, untick=True, choose=True)),
    (re.compile(r"^/x\.com/i/oauth2/authorize$"), Dialog("twitter", "X", X_SCOPES, " ", 30)),
    (re.compile(r"^/www\.linkedin\.com/oauth/v2/authorization$"), Dialog("linkedin", "LinkedIn", LINKEDIN_SCOPES, " ", 1800)),
)
MEANINGS = {                                # scope -> what a person reads
    "pages_show_list": "See the Pages you manage", "pages_manage_posts": "Publish and delete posts on your Pages",
    "pages_read_engagement": "Read the posts of your Pages", "pages_read_user_content": "Read what visitors write",
    "pages_manage_engagement": "Answer and hide comments", "read_insights": "See figures of your Pages",
    "instagram_basic": "See your Instagram account", "instagram_content_publish": "Publish on Instagram",
    "instagram_manage_comments": "Answer comments on Instagram", "instagram_manage_insights": "See Instagram figures",
    "instagram_manage_contents": "Delete Instagram posts", "business_management": "See your business",
    "instagram_business_basic": "See your account", "instagram_business_content_publish": "Publish posts",
    "instagram_business_manage_comments": "Answer comments", "instagram_business_manage_insights": "See figures",
    "tweet.read": "Read posts you can see", "tweet.write": "Post and delete posts for you", "users.read": "See accounts",
    "media.write": "Upload pictures", "offline.access": "Stay connected until you say otherwise",
    "tweet.moderate.write": "Hide replies to your posts", "openid": "Know who you are", "profile": "See your name and picture",
    "email": "See your e-mail address", "w_member_social": "Post in your name",
    "w_organization_social": "Post for your organizations", "r_organization_social": "Read your organizations' posts",
    "rw_organization_admin": "See the organizations you administer", "w_organization_social_feed": "Answer comments",
    "r_organization_social_feed": "Read comments",
}


class OAuth:
    """Answers the four sign-in addresses."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.book = box, box.book

    def page(self, call: Call) -> Reply | None:
        """The dialog, or the way back after a decision; None for any other address."""
        path = call.path.rstrip("/")
        dialog = next((d for pattern, d in DIALOGS if pattern.match(path)), None)
        if dialog is None:
            return None
        redirect, scopes = self._check(call, dialog)
        if isinstance(scopes, Reply):
            return scopes
        if call.method != "POST":
            return self._ask(call, dialog, redirect, scopes)
        if call.params.get("decision") != "allow":
            return _back(redirect, self._refused(dialog, call))
        return self._allow(call, dialog, redirect, scopes)

    # --- is the question in order? ------------------------------------------------------------------------------

    def _check(self, call: Call, dialog: Dialog) -> tuple[str, Any]:
        client, redirect = call.query.get("client_id", ""), call.query.get("redirect_uri", "")
        if client not in CLIENTS:
            raise self._wrong(dialog, "This application is not known here.", "Check the client id (practice).")
        if not self._redirect_allowed(redirect):
            raise self._wrong(dialog, "The address to return to is not registered.",
                              "The practice networks return to addresses on this computer only.")
        if call.query.get("response_type", "code") != "code":
            raise self._wrong(dialog, "Only response_type=code is served.", "")
        if dialog.network == "twitter" and not self._pkce(call):
            raise self._wrong(dialog, "Something went wrong.", "code_challenge (S256) and a state of up to 500 characters "
                              "are needed.")
        asked = [s for s in re.split(r"[\s,]+", call.query.get("scope", "")) if s]
        unknown = [s for s in asked if s not in dialog.scopes]
        if dialog.network == "linkedin":
            closed = set(LINKEDIN_SCOPES) - set(LINKEDIN_SELF_SERVE) if client == SELF_SERVE_ID else set()
            if unknown or set(asked) & closed:
                words = f"Scope \"{(unknown or sorted(set(asked) & closed))[0]}\" is not authorized for your application"
                return redirect, _back(redirect, {"error": "unauthorized_scope_error", "error_description": words,
                                                  "state": call.query.get("state", "")})
        elif unknown:
            raise self._wrong(dialog, f"Invalid scope: {unknown[0]}", "")
        return redirect, asked

    def _redirect_allowed(self, redirect: str) -> bool:
        try:
            host = urlsplit(redirect).hostname
        except ValueError:
            return False
        return host in LOOPBACK or host in self.book.settings["redirect_hosts"]

    @staticmethod
    def _pkce(call: Call) -> bool:
        method, state = call.query.get("code_challenge_method", "plain"), call.query.get("state", "")
        return bool(call.query.get("code_challenge")) and method in ("S256", "plain") and 0 < len(state) <= STATE_MAX

    @staticmethod
    def _wrong(dialog: Dialog, title: str, words: str) -> Refusal:
        refusal = Refusal("", 400)
        refusal.reply = views.document("oauth_error", 400, title=dialog.title, theme=dialog.network, heading=title, words=words)
        return refusal

    # --- asking -------------------------------------------------------------------------------------------------

    def _choices(self, dialog: Dialog) -> tuple[str, str, list[dict[str, Any]]]:
        """(person id, person's name, accounts to choose from)."""
        if dialog.network in ("facebook", "instagram"):
            person = self.book.t["persons"]["facebook:99001"]
            rows = [self.book.account("facebook", page) for page in person["accounts"]]
            if dialog.network == "instagram":
                rows = [self.book.account("instagram", row["instagram"]) for row in rows if row]
            return person["id"], person["name"], [row for row in rows if row]
        if dialog.network == "twitter":
            row = self.book.account("twitter", "2244001")
            return "2244001", f"@{row['handle']}" if row else "", [row] if row else []
        person = self.book.t["persons"]["linkedin:rV8fernH1"]
        return person["id"], person["name"], []

    def _ask(self, call: Call, dialog: Dialog, redirect: str, scopes: list[str]) -> Reply:
        _, name, accounts = self._choices(dialog)
        rights = "".join(views.part(
            "oauth_right", name=scope, words=MEANINGS.get(scope, scope),
            box=views.safe(f'<input type="checkbox" name="scope:{views.escape(scope)}" checked>') if dialog.untick
            else views.safe('<span class="tick" aria-hidden="true">✓</span>')) for scope in scopes)
        several = dialog.network == "facebook"
        pages = "".join(views.part(
            "oauth_page", kind="checkbox" if several else "radio",
            field=f"page:{row['id']}" if several else "page", value="on" if several else row["id"],
            checked="checked" if several or index == 0 else "", name=row["name"], handle=row["handle"],
        ) for index, row in enumerate(accounts)) if dialog.choose else ""
        chooser = views.part("oauth_chooser", pages=views.safe(pages)) if pages else ""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(redirect))
        return views.document(
            "oauth", title=f"{dialog.title}: sign in", theme=dialog.network, network=dialog.title, person=name,
            rights=views.safe(rights), chooser=views.safe(chooser), form_targets=origin,
            action=f"{call.path}?{urlencode(call.query)}")

    # --- deciding -----------------------------------------------------------------------------------------------

    @staticmethod
    def _refused(dialog: Dialog, call: Call) -> dict[str, str]:
        state = call.query.get("state", "")
        if dialog.network == "facebook":
            return {"error": "access_denied", "error_reason": "user_denied", "error_code": "200",
                    "error_description": "Permissions error", "state": state}
        if dialog.network == "instagram":
            return {"error": "access_denied", "error_reason": "user_denied",
                    "error_description": "The user denied your request.", "state": state}
        if dialog.network == "twitter":
            return {"error": "access_denied", "state": state}
        return {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization",
                "state": state}

    def _allow(self, call: Call, dialog: Dialog, redirect: str, scopes: list[str]) -> Reply:
        person, _, accounts = self._choices(dialog)
        chosen, granted = [row["id"] for row in accounts], scopes
        if call.params.get("chosen"):
            if dialog.untick:
                granted = [scope for scope in scopes if call.params.get(f"scope:{scope}")]
            if dialog.choose:
                chosen = [name for name in chosen if call.params.get(f"page:{name}") or call.params.get("page") == name]
        if dialog.network == "facebook":
            self._remember(person, scopes, granted)
        code = self.book.put("codes", f"{dialog.network}:{(text := self.book.secret(40))}", {
            "code": text, "network": dialog.network, "client": call.query["client_id"], "redirect": redirect,
            "person": person, "accounts": chosen, "scopes": granted, "expires": call.now + dialog.code_life, "used": False,
            "challenge": call.query.get("code_challenge", ""), "method": call.query.get("code_challenge_method", "plain"),
        })
        answer = {"code": code["code"], "state": call.query.get("state", "")}
        return _back(redirect, answer, "#_" if dialog.network == "instagram" else "")

    def _remember(self, person: str, asked: list[str], granted: list[str]) -> None:
        row = self.book.t["persons"][f"facebook:{person}"]
        row["permissions"].update({scope: "granted" if scope in granted else "declined" for scope in asked})
        self.book.put("persons", f"facebook:{person}", row)


def _back(redirect: str, answer: dict[str, str], fragment: str = "") -> Reply:
    joint = "&" if "?" in redirect else "?"
    return Reply(None, 302, {"Location": f"{redirect}{joint}{urlencode(answer)}{fragment}"})
