"""Who lives on the practice networks: the invented Fernhollow library, its patrons, and accounts made for tests."""

from __future__ import annotations

from typing import Any

from .book import Book

APP_ID, APP_SECRET, APP_NAME = "practice", "practice-secret", "Library Social (practice)"
SELF_SERVE_ID = "practice-self-serve"      # LinkedIn: no refresh tokens, no organisations
PUBLIC_ID = "practice-public"              # X: a public client, no secret
CLIENTS = {APP_ID: APP_SECRET, SELF_SERVE_ID: APP_SECRET, PUBLIC_ID: ""}

DAY = 86400
FACEBOOK_SCOPES = (
    "pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_read_user_content",
    "pages_manage_engagement", "pages_manage_metadata", "read_insights", "pages_messaging", "business_management",
    "instagram_basic", "instagram_content_publish", "instagram_manage_comments", "instagram_manage_insights",
    "instagram_manage_contents", "instagram_manage_engagement", "instagram_manage_messages", "public_profile", "email",
)
INSTAGRAM_SCOPES = (
    "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments",
    "instagram_business_manage_messages", "instagram_business_manage_insights",
)
X_SCOPES = (
    "tweet.read", "tweet.write", "users.read", "media.write", "offline.access", "tweet.moderate.write", "like.read",
    "like.write", "dm.read", "dm.write", "bookmark.read", "bookmark.write", "follows.read", "follows.write",
)
LINKEDIN_SELF_SERVE = ("openid", "profile", "email", "w_member_social")
LINKEDIN_SCOPES = (
    *LINKEDIN_SELF_SERVE, "w_organization_social", "r_organization_social", "rw_organization_admin", "r_basicprofile",
    "w_organization_social_feed", "r_organization_social_feed", "w_member_social_feed", "r_member_social_feed",
    "r_member_postAnalytics", "r_member_profileAnalytics", "r_organization_admin",
)
PAGE_TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]

PLACES = (
    "Alderbrook", "Birchwater", "Candlewick", "Dunmarrow", "Elmstead", "Foxglove", "Greywell", "Hazelmoor", "Ivybridge",
    "Juniper Hill", "Kestrel Bay", "Larkfield", "Mossgate", "Nettlecombe", "Oakhurst", "Pemberfold", "Quillham",
    "Rowanside", "Saltmarsh", "Thistledown",
)


class World:
    """Makes persons, accounts and tokens in the book."""

    def __init__(self, book: Book) -> None:
        self.book = book

    # --- the seed -----------------------------------------------------------------------------------------------

    def seed(self) -> None:
        """The Fernhollow library on all four networks, unless it is there already. No tokens: those come by sign-in."""
        if self.book.t["persons"]:
            return
        self._page("1000001", "Fernhollow Public Library", "fernhollow.library", "17841400000000001", "99001")
        self._page("1000002", "Fernhollow Children's Room", "fernhollow.kids", "17841400000000002", "99001")
        self._person("facebook", "99001", "Robin Vale", accounts=["1000001", "1000002"])
        self._x_user("2244001", "Fernhollow Public Library", "fernhollowlib")
        self._organization("5005001", "Fernhollow Public Library", "fernhollow-public-library", "rV8fernH1")
        self._member("rV8fernH1", "Robin", "Vale", ["urn:li:organization:5005001"])
        self.book.commit()

    def _person(self, network: str, person_id: str, name: str, **facts: Any) -> None:
        self.book.put("persons", f"{network}:{person_id}", {
            "network": network, "id": person_id, "name": name, "accounts": [], "permissions": {}, "authorized_at": 0,
            **facts,
        })

    def _account(self, network: str, external_id: str, name: str, handle: str, kind: str, **facts: Any) -> None:
        self.book.put("accounts", f"{network}:{external_id}", {
            "network": network, "id": external_id, "name": name, "handle": handle, "kind": kind, **facts,
        })

    def _page(self, page_id: str, name: str, handle: str, ig_id: str, person: str) -> None:
        self._account("facebook", page_id, name, handle, "page", instagram=ig_id, person=person, tasks=list(PAGE_TASKS),
                      category="Library", followers=1240)
        self._account("instagram", ig_id, name, handle, "business", page=page_id, person=person, followers=860)

    def _x_user(self, user_id: str, name: str, handle: str) -> None:
        self._account("twitter", user_id, name, handle, "user", followers=412, premium=False)

    def _organization(self, org_id: str, name: str, handle: str, person: str) -> None:
        urn = f"urn:li:organization:{org_id}"
        self._account("linkedin", urn, name, handle, "organization", org=org_id, person=person, followers=233)

    def _member(self, sub: str, given: str, family: str, organizations: list[str]) -> None:
        self._person("linkedin", sub, f"{given} {family}", given=given, family=family, accounts=organizations)
        self._account("linkedin", f"urn:li:person:{sub}", f"{given} {family}", f"{given}-{family}".lower(), "member",
                      person=sub, followers=51)

    # --- tokens -------------------------------------------------------------------------------------------------

    def mint(
        self, network: str, kind: str, *, person: str, account: str, scopes: tuple[str, ...] | list[str],
        seconds: float, client: str = APP_ID, **extra: Any
    ) -> dict[str, Any]:
        """A new token. `seconds`: its life on the networks' clock; 0 means it has no end of its own."""
        now = self.book.now()
        text = {"facebook": "EAA", "instagram": "IGAA", "twitter": "x2", "linkedin": "AQX"}[network]
        text += self.book.secret(520 if network == "linkedin" else 96)
        return self.book.put("tokens", text, {
            "t": text, "network": network, "kind": kind, "person": person, "account": account, "scopes": list(scopes),
            "issued": now, "expires": now + seconds if seconds else 0, "dead": "", "client": client, **extra,
        })

    def expire(self, network: str, account: str, how: str) -> int:
        """End all tokens that speak for an account or person: how = expire | revoke | 458 | 459 | 460 | 463 | 492 …

        With `expire` refresh tokens live on; with the others they die too. Returns how many were ended.
        """
        ended = 0
        names = {account}
        if network == "instagram" and (row := self.book.account("instagram", account)):
            names |= {row["page"], f"fb:{row['page']}"}
        for token in self.book.t["tokens"].values():
            same = token["network"] == network or (network == "instagram" and token["network"] == "facebook")
            reaches = token["account"] in names or token["person"] in names or account in token.get("accounts", ())
            if not same or not reaches or token["dead"]:
                continue
            if how == "expire" and token["kind"] == "refresh":
                continue
            token["dead"] = {"expire": "expired", "revoke": "revoked"}.get(how, how)
            self.book.put("tokens", token["t"], token)
            ended += 1
        return ended

    # --- accounts for tests -------------------------------------------------------------------------------------

    def make(self, network: str, count: int, options: dict[str, Any]) -> list[dict[str, Any]]:
        """`count` accounts with tokens, ready to publish. Raises ValueError for an unknown network."""
        makers = {
            "facebook": self._make_facebook, "instagram": self._make_instagram, "twitter": self._make_x,
            "linkedin": self._make_linkedin,
        }
        if network not in makers:
            raise ValueError("network must be one of " + ", ".join(makers))
        return [makers[network](options) for _ in range(count)]

    def _names(self) -> tuple[int, str, str]:
        number = self.book.fresh_id()
        place = PLACES[len(self.book.t["accounts"]) % len(PLACES)]
        return number, f"{place} Library", f"{place.lower().replace(' ', '')}{number % 100000}"

    def _pair(self) -> tuple[str, str, str]:
        number, name, handle = self._names()
        page_id, ig_id, person = f"1{number}", f"178{number}", f"9{number}"
        self._page(page_id, name, handle, ig_id, person)
        self._person("facebook", person, "Robin Vale", accounts=[page_id])
        return page_id, ig_id, person

    def _page_token(self, page_id: str, person: str) -> dict[str, Any]:
        return self.mint("facebook", "page", person=person, account=page_id, scopes=FACEBOOK_SCOPES, seconds=0)

    def _made(self, network: str, external_id: str, token: dict[str, Any], path: str, **facts: Any) -> dict[str, Any]:
        account = self.book.account(network, external_id)
        assert account is not None
        life = int(token["expires"] - self.book.now()) if token["expires"] else 0
        self.book.commit()
        return {
            "external_id": external_id, "name": account["name"], "handle": account["handle"], "path": path,
            "token": {"access": token["t"], "refresh": "", "expires_in": life, "scopes": token["scopes"]},
            "facts": {"kind": account["kind"], "username": account["handle"], **facts},
        }

    def _make_facebook(self, options: dict[str, Any]) -> dict[str, Any]:
        page_id, ig_id, person = self._pair()
        user = self.mint("facebook", "user_long", person=person, account="", scopes=FACEBOOK_SCOPES, seconds=60 * DAY)
        made = self._made("facebook", page_id, self._page_token(page_id, person), f"/www.facebook.com/{page_id}",
                          instagram_id=ig_id, tasks=list(PAGE_TASKS))
        made["token"]["user"] = user["t"]
        return made

    def _make_instagram(self, options: dict[str, Any]) -> dict[str, Any]:
        page_id, ig_id, person = self._pair()
        account = self.book.account("instagram", ig_id)
        assert account is not None
        path = f"/www.instagram.com/{account['handle']}/"
        if options.get("path") == "instagram_login":
            token = self.mint("instagram", "long", person=person, account=ig_id, scopes=INSTAGRAM_SCOPES, seconds=60 * DAY)
            return self._made("instagram", ig_id, token, path, login="instagram")
        return self._made("instagram", ig_id, self._page_token(page_id, person), path, login="facebook",
                          instagram_page_id=page_id, page_id=page_id)

    def _make_x(self, options: dict[str, Any]) -> dict[str, Any]:
        number, name, handle = self._names()
        user_id = str(number)
        self._x_user(user_id, name, handle[:15])
        access, refresh = self.x_pair(user_id, X_SCOPES[:5], APP_ID, str(number))
        made = self._made("twitter", user_id, access, f"/x.com/{handle[:15]}", premium=False)
        made["token"]["refresh"] = refresh["t"] if refresh else ""
        return made

    def x_pair(
        self, user_id: str, scopes: tuple[str, ...] | list[str], client: str, family: str
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """An X access token (2 h) and, with offline.access, its refresh token (about six months)."""
        access = self.mint("twitter", "access", person=user_id, account=user_id, scopes=scopes, seconds=7200,
                           client=client, family=family)
        if "offline.access" not in scopes:
            return access, None
        refresh = self.mint("twitter", "refresh", person=user_id, account=user_id, scopes=scopes, seconds=180 * DAY,
                            client=client, family=family)
        return access, refresh

    def _make_linkedin(self, options: dict[str, Any]) -> dict[str, Any]:
        number, name, handle = self._names()
        sub, urn = f"m{number}", f"urn:li:organization:{number}"
        self._organization(str(number), name, handle, sub)
        self._member(sub, "Robin", "Vale", [urn])
        member = f"urn:li:person:{sub}"
        if options.get("kind") == "member":
            token = self.mint("linkedin", "access", person=sub, account=member, scopes=LINKEDIN_SELF_SERVE,
                              seconds=60 * DAY, client=SELF_SERVE_ID)
            return self._made("linkedin", member, token, f"/www.linkedin.com/in/{sub}/", app="self_serve", urn=member)
        common = {"person": sub, "account": member, "scopes": LINKEDIN_SCOPES, "accounts": [urn]}
        token = self.mint("linkedin", "access", seconds=60 * DAY, **common)
        refresh = self.mint("linkedin", "refresh", seconds=365 * DAY, **common)
        made = self._made("linkedin", urn, token, f"/www.linkedin.com/company/{handle}/", app="approved", urn=urn,
                          person=member)
        made["token"]["refresh"] = refresh["t"]
        made["token"]["refresh_expires_in"] = 365 * DAY
        return made
