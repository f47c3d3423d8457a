"""A browser page that watches itself: console errors, failed requests, other hosts, axe violations fail the test."""

import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
PROJECTOR = {"width": 1920, "height": 1080}
CUT = "ERR_INTERNET_DISCONNECTED"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """
window.addEventListener('load', () => setTimeout(async () => {
  if (!location.protocol.startsWith('http') || location.pathname.startsWith('/admin/')) return;
  if (document.contentType !== 'text/html' || !window.__lmsAxe) return;
  const found = await axe.run(document, {resultTypes: ['violations']});
  const told = found.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.target.join(' ')).join(' | ')}`);
  await window.__lmsAxe(JSON.stringify({url: location.pathname, violations: told}));
}, 150));
"""


class Screen:
    """A signed-out browser context with one page. `faults` must be empty at the end of the test."""

    def __init__(
        self, browser: Browser, address: str, *, size: dict[str, int], language: str = "", **options: Any
    ) -> None:
        self.address = address
        self.faults: list[str] = []
        self.allowed_statuses: set[int] = set()
        self.without_network = False
        self.context: BrowserContext = browser.new_context(
            viewport=size, locale="en-US", base_url=address, is_mobile=False, has_touch=size == PHONE, **options
        )
        if language:
            self.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        self.context.expose_function("__lmsAxe", self._on_axe)
        self.context.add_init_script(AXE + RUN_AXE)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        self.context.on("requestfailed", self._on_request_failed)
        self.context.on("request", self._on_request)
        self.context.on("response", self._on_response)
        self.page: Page = self.context.new_page()

    def open(self, path: str) -> Page:
        """Go to a path of the site and wait until the page has settled and been examined."""
        self.page.goto(path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Let the automatic examination of the present page finish."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_timeout(700)

    def sign_in(self, username: str, password: str) -> Page:
        """Through the sign-in page, as a person does."""
        self.open("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")
        self.settle()
        return self.page

    def cut_network(self) -> None:
        """No request gets through from now on; that requests fail is no fault then."""
        self.without_network = True
        self.context.set_offline(True)

    def restore_network(self) -> None:
        """Requests get through again."""
        self.context.set_offline(False)

    def fits(self) -> None:
        """Nothing makes the page scroll sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{self.page.url} is {wide} px wider than the screen"

    def close(self) -> list[str]:
        """End the context; what went wrong on any of its pages."""
        self.context.close()
        return self.faults

    def _on_axe(self, told: str) -> None:
        report = json.loads(told)
        self.faults.extend(f"axe {report['url']}: {line}" for line in report["violations"])

    def _on_console(self, message: Any) -> None:
        status = any(f"status of {code}" in message.text for code in self.allowed_statuses)
        cut = self.without_network and CUT in message.text
        if message.type == "error" and not status and not cut:
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request_failed(self, request: Any) -> None:
        failure = request.failure or ""
        if "ERR_ABORTED" not in failure and not (self.without_network and CUT in failure):
            self.faults.append(f"failed request: {request.url} {request.failure}")

    def _on_request(self, request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme in {"http", "https", "ws", "wss"} and f"{place.scheme}://{place.netloc}" != self.address:
            self.faults.append(f"another host was asked: {request.url}")

    def _on_response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.allowed_statuses:
            self.faults.append(f"{response.status} {response.url}")
