"""bin/screenshots: every page at two widths, in both themes, empty and full, with what axe and the ruler say about it."""

from __future__ import annotations

import argparse
import html
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library_social.config import BASE_DIR

WIDTHS, THEMES = (360, 1280), ("light", "dark")
# Pictures below the fold are fetched when somebody scrolls there; a photograph of the whole page wants them all.
SHOWN = """Promise.all([...document.images].map(one => {
  one.loading = 'eager';
  return one.decode().catch(() => null);
}))"""
# Addresses that show no page of their own to somebody signed in.
NO_PAGE = {
    "libraries:healthz", "libraries:address_probe", "libraries:sign_in", "libraries:home", "platforms:return",
    "platforms:choose", "media_library:thumb", "media_library:public", "posts:follow",
    "posts:approve_many", "posts:card_picture",
}  # fmt: skip
# name of an address -> which example its number is; the second part names a page that is shown twice.
EXAMPLES = {
    "posts:post": ("post", "talked", "doubt", "draft"), "posts:edit": ("draft",), "posts:correct": ("post",), "media_library:picture": ("asset",),
    "programs:event": ("event",), "programs:preview": ("preview",), "programs:feed": ("feed",),
    "inbox:talk": ("conversation",), "platforms:account": ("account",), "libraries:change_person": ("membership",),
    "posts:series": ("series",), "posts:series_new": ("draft",), "posts:pause_end": ("pause",),
    **{f"posts:campaign{page}": ("campaign",) for page in ("", "_edit", "_copy")},
    "planner:move": ("planned",), "audit:entry": ("entry",), "audit:erase": ("entry",),
}  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """One page to look at: the file's name and the path."""

    name: str
    path: str


def sights(rows: dict[str, Any]) -> Iterator[Sight]:
    """Every address of the product that a browser may open. KeyError: a new one needs an example in EXAMPLES."""
    from django.urls import get_resolver, reverse

    for space, (_, resolver) in get_resolver().namespace_dict.items():
        for pattern in resolver.url_patterns:
            name = f"{space}:{pattern.name}"
            if name in NO_PAGE:
                continue
            if not pattern.pattern.converters:
                yield Sight(name.replace(":", "-"), reverse(name))
            elif "pk" in pattern.pattern.converters:
                for example in EXAMPLES.get(name, ()):
                    if example in rows:
                        part = f"-{example}" if len(EXAMPLES[name]) > 1 else ""
                        yield Sight(name.replace(":", "-") + part, reverse(name, args=[rows[example].pk]))
    yield Sight("not-found", "/no/such/page/")


def examples(rows: dict[str, Any]) -> dict[str, Any]:
    """The rows of the showcase, and those that came to be by themselves."""
    from audit.models import AuditEntry
    from libraries.models import Membership
    from platforms.models import Account
    from posts.models import Post

    return {
        **rows, "account": Account.objects.latest("pk"), "entry": AuditEntry.objects.latest("pk"),
        "membership": Membership.objects.filter(role="staff").latest("pk"),
        "planned": Post.objects.filter(deliveries__state="scheduled").latest("pk"),
    }  # fmt: skip


class Photographer:
    """Goes from page to page, in each width and theme, and keeps what it saw."""

    def __init__(self, browser: Any, base: str, folder: Path) -> None:
        self.browser, self.base, self.folder = browser, base, folder
        self.seen: list[tuple[str, int, str, list[str], int]] = []

    def tour(self, state: str, person: tuple[str, str] | None, places: list[Sight]) -> None:
        from tests.browser.stand import Visitor

        for width, theme in itertools.product(WIDTHS, THEMES):
            visitor = Visitor(self.browser, self.base, width=width, height=800, dark=theme == "dark")
            if person:
                visitor.sign_in(*person)
            places = [sight for sight in places if self.is_page(visitor, sight)]
            for sight in places:
                self.take(visitor, state, sight, width, theme)
            visitor.context.close()

    def is_page(self, visitor: Any, sight: Sight) -> bool:
        """Not an address that takes forms only, nor a part that another page fetches."""
        answer = visitor.context.request.get(self.base + sight.path)
        return "text/html" in answer.headers.get("content-type", "") and "<h1" in answer.text()

    def take(self, visitor: Any, state: str, sight: Sight, width: int, theme: str) -> None:
        from tests.browser.stand import overflow, violations

        visitor.page.goto(self.base + sight.path)
        name = f"{state}-{sight.name}-{width}-{theme}"
        visitor.page.evaluate(SHOWN)
        visitor.page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        found, wide = violations(visitor.page), overflow(visitor.page)
        self.seen.append((f"{state}-{sight.name}", width, theme, found, wide))
        print(
            f"{name}: {len(found)} violations, {max(0, wide)} px too wide{''.join(f'; {one}' for one in found)}",
            flush=True,
        )

    def index(self) -> None:
        """index.html: a row for each page, its four pictures side by side."""
        rows = []
        for name, group in itertools.groupby(sorted(self.seen), key=lambda one: one[0]):
            shots = "".join(
                f'<figure><a href="{name}-{width}-{theme}.png"><img loading="lazy" src="{name}-{width}-{theme}.png" '
                f'alt="{name}, {width} px, {theme}"></a><figcaption>{width} px, {theme}: {len(found)} violations, '
                f"{max(0, wide)} px too wide</figcaption></figure>"
                for _, width, theme, found, wide in group
            )
            rows.append(f"<h2>{html.escape(name)}</h2><div>{shots}</div>")
        style = "body{font:16px sans-serif;margin:2rem}div{display:flex;gap:1rem;align-items:start}img{height:400px;border:1px solid #999}"
        (self.folder / "index.html").write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>{style}</style>'
            f"<h1>Every page</h1>{''.join(rows)}</html>"
        )


def readme_pictures(photographer: Photographer, person: tuple[str, str], rows: dict[str, Any], folder: Path) -> None:
    """The four of the README, 1280 × 800, with few colours so that they stay small."""
    from datetime import timedelta

    from django.utils import timezone
    from PIL import Image

    from tests.browser.stand import Visitor

    month = f"{timezone.now() + timedelta(days=12):%Y-%m}"
    pages = {
        "calendar": f"/calendar/?month={month}",
        "post": f"/posts/{rows['talked'].pk}/",
        "composer": f"/posts/{rows['draft'].pk}/edit/",
        "review": "/posts/review/",
    }
    visitor = Visitor(photographer.browser, photographer.base)
    visitor.sign_in(*person)
    for name, path in pages.items():
        visitor.page.goto(photographer.base + path)
        visitor.page.evaluate(SHOWN)
        target = folder / f"{name}.png"
        visitor.page.screenshot(path=target)
        Image.open(target).convert("RGB").quantize(192, dither=Image.Dither.NONE).save(target, optimize=True)
        print(f"{target.name}: {target.stat().st_size // 1024} KiB", flush=True)
    visitor.context.close()


def asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BASE_DIR / "var" / "screenshots")
    parser.add_argument("--readme", action="store_true", help="only the pictures in docs/images")
    return parser.parse_args(words)


def main() -> int:
    """0 when no page breaks a rule and none is wider than its window."""
    given = asked(sys.argv[1:])
    given.folder.mkdir(parents=True, exist_ok=True)
    from tests.browser.stand import practice

    with practice() as stack:
        import django

        django.setup()
        from tests.proof import showcase

        nobody = showcase.empty_library(stack)
        full = showcase.Showcase(stack)
        rows = full.fill()
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
        from playwright.sync_api import sync_playwright

        from tests.chromium import launch

        with sync_playwright() as playwright:
            browser = launch(playwright)
            photographer = Photographer(browser, stack.base, given.folder)
            readme_pictures(photographer, stack.sign_ins["manager"], rows, BASE_DIR / "docs" / "images")
            if not given.readme:
                full.trouble()
                places, plain = list(sights(examples(rows))), list(sights({}))
                photographer.tour(
                    "outside", None, [Sight("sign-in", "/sign-in/"), Sight("not-found", "/no/such/page/")]
                )
                photographer.tour("full", stack.sign_ins["admin"], places)
                photographer.tour("empty", nobody, plain)
                photographer.index()
            browser.close()
    bad = [one for one in photographer.seen if one[3] or one[4] > 0]
    print(f"{len(photographer.seen)} pictures in {given.folder}; {len(bad)} with something to mend.", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
