"""A walk over every page a person reaches by links from a start page, on small and large screens."""

import json
import os
import re
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, expect

from cms_pages.demo import STAFF
from tests.e2e.screen import DESKTOP, Screen

ON_SQLITE = pytest.mark.skipif(
    os.environ.get("LMS_TEST_DB") == "postgresql" and os.environ.get("LMS_WALK") != "1",
    reason="the walk looks at pages, not at the database: it is made on SQLite (LMS_WALK=1 makes it here too)",
)
PAGES = 40
AXE_SECONDS = 30.0
ZOOMED = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}  # the layout of DESKTOP at 200 %
NO_PAGE = re.compile(
    r"/(logout|pdf|download|file|export|feed|media|documents|static)(/|$)|\.\w{2,4}$|[?&](export|_export)="
)
# Wagtail's own screens are Wagtail's to test.
WAGTAIL = re.compile(
    r"/admin/(account|bulk|collections|documents|forms|groups|images|media|pages|redirects|reports|searchpicks|settings"
    r"|sites|snippets|styleguide|users|workflows)/"
)
LINKS = """[...document.links].filter(link => link.origin === location.origin && !link.hasAttribute('download'))
  .map(link => link.pathname + link.search)"""
FACTS = """() => {
  const seen = part => part.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const words = 'h1, h2, h3, h4, button, label, legend, summary, th, dt, nav a, a.btn, .badge, .notice-title';
  const inside = location.pathname.startsWith('/admin/') ? document.querySelector('main') : document.body;
  return {
    language: document.documentElement.lang.toLowerCase(),
    titles: [...document.querySelectorAll('h1')].filter(seen).length,
    overhang: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    words: [...(inside ?? document.body).querySelectorAll(words)].filter(seen).map(part => part.innerText.trim()),
  };
}"""
PALE_PARTS = """async () => {
  await new Promise(requestAnimationFrame);
  await Promise.allSettled(document.getAnimations().map(change => change.finished));
  const found = await axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']});
  return found.violations.flatMap(fault => fault.nodes.map(node => node.target.join(' ')));
}"""
PUBLIC = "public:"
AT = " -- "
ALLOWED = {"English", "Excel", "Wagtail", *(person.username for person in STAFF)}
WORD = re.compile(r"[A-Za-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CAPITALS_OR_CODE = re.compile(r"\b(?=\w*\d)[\w-]+|\b[A-Z]{2,5}\b")  # PDF, QR, XYJX-2025-00001


class Walker(Screen):
    """A screen that goes on as soon as its page was examined, and says of every fault on which page it was seen."""

    def __init__(self, browser: Browser, address: str, *, size: dict[str, int], language: str = "") -> None:
        self.examined: Counter[str] = Counter()
        self.name = f"{size['width']}{language and f' {language}'}"
        self.language = language or "zh"
        super().__init__(browser, address, size=size, language=language)

    def settle(self) -> None:
        """Until axe has answered; back-office pages are not given to axe."""
        self.page.wait_for_load_state("load")
        path = urlsplit(self.page.url).path
        if path.startswith("/admin/"):
            return
        for _turn in range(int(AXE_SECONDS * 20)):
            if self.examined.pop(path, 0):
                return
            self.page.wait_for_timeout(50)
        self.faults.append(f"{path} was not examined within {AXE_SECONDS:g} s")

    def look(self, path: str, note: str = "") -> bool:
        """Open a page and write down what is wrong with it; False when there is no page but a file."""
        known = len(self.faults)
        try:
            answer = self.page.goto(path)
        except Error as problem:
            if "Download is starting" not in problem.message and "ERR_ABORTED" not in problem.message:
                raise
            return False
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return False
        self.settle()
        if not WAGTAIL.match(urlsplit(self.page.url).path):
            self.check(path)
        self.faults[known:] = [f"{fault}{AT}{path} at {self.name}{note}" for fault in self.faults[known:]]
        return True

    def check(self, path: str) -> None:
        """One title, the right language, no English left in Chinese; learners never scroll sideways."""
        facts = self.page.evaluate(FACTS)
        if not facts["language"].startswith(self.language):
            self.faults.append(f"language is {facts['language'] or 'not given'}")
        if facts["titles"] != 1:
            self.faults.append(f"{facts['titles']} first-level headings")
        if facts["overhang"] > 1 and not path.startswith("/admin/"):
            self.faults.append(f"{facts['overhang']} px wider than the screen")
        if self.language == "zh":
            self.faults.extend(f"English in a Chinese page: {text}" for text in facts["words"] if is_english(text))

    def also_at(self, size: dict[str, int]) -> None:
        """The page that is open, on a screen of another size."""
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        overhang = self.page.evaluate(FACTS)["overhang"]
        if overhang > 1:
            self.faults.append(f"{overhang} px wider than the screen{AT}{self.page.url} at {size['width']}")

    def also_dark(self) -> None:
        """The page that is open, in its dark colours."""
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        pale = self.page.evaluate(PALE_PARTS)
        self.faults.extend(f"axe contrast in the dark: {part}{AT}{self.page.url}" for part in pale)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def _on_axe(self, told: str) -> None:
        report = json.loads(told)
        self.faults.extend(f"axe {line}" for line in report["violations"])
        self.examined[report["url"]] += 1


def summed_up(faults: list[str]) -> str:
    """One line for a fault, however many pages have it."""
    places: dict[str, list[str]] = {}
    for fault in faults:
        text, _at, place = fault.partition(AT)
        places.setdefault(text, []).append(place)
    return "\n".join(f"{text}: {where[0]}, {len(where)} times" for text, where in places.items())


def wander(walker: Walker, start: str, *, within: str = "/", also: Sequence[dict[str, int]] = ()) -> list[str]:
    """Breadth first along the links; one page of every kind, at most PAGES."""
    kinds: set[str] = set()
    found, waiting, pages = {start}, deque([start]), []
    while waiting and len(pages) < PAGES:
        path = waiting.popleft()
        if not walker.look(path):
            continue
        pages.append(path)
        if WAGTAIL.match(urlsplit(walker.page.url).path):
            continue
        if path == "/admin/":
            expect(walker.page.locator(".sidebar a[href^='/admin/']").first).to_be_attached()
        for size in also:
            walker.also_at(size)
        for link in walker.page.evaluate(LINKS):
            kind = kind_of(link)
            foreign = not link.startswith(within) or (kind.startswith(PUBLIC) and start != "/")
            if link in found or not kind or foreign or kind in kinds:
                continue
            found.add(link)
            kinds.add(kind)
            waiting.append(link)
    return pages


def kind_of(link: str) -> str:
    """Links of one kind lead to the same view with the same parameters; empty for what is no page of ours.

    Lists of the back office have hundreds of addresses that only sort or filter: those are left out.
    """
    place = urlsplit(link)
    if NO_PAGE.search(link) or WAGTAIL.match(place.path) or (place.path.startswith("/admin/") and place.query):
        return ""
    try:
        route: Any = resolve(place.path)
    except Resolver404:
        return place.path
    public = place.path.strip("/").split("/")
    name = (
        PUBLIC + "/".join(public[:1] + ["*"] * (len(public) - 1)) if route.url_name == "wagtail_serve" else route.route
    )
    return f"{name}?{'&'.join(sorted(parse_qs(place.query, keep_blank_values=True)))}"


def is_english(text: str) -> bool:
    """Words of two letters and more, and nothing Chinese beside them."""
    left = CAPITALS_OR_CODE.sub("", text)
    return not CHINESE.search(text) and any(word not in ALLOWED for word in WORD.findall(left))
