"""A learner's phone: scans the board, taps, and then does what `scan.js` does until there is an answer."""

import asyncio
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

PATIENCE, TIMEOUT = 60.0, 8.0
WAITS = (0.5, 1, 2, 3, 4, 5)
PAGE_PATIENCE = 60.0
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
KEY = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Learner:
    """Who holds the phone, signed in by `cookie`."""

    enrolment_id: int
    cookie: str


@dataclass
class Ending:
    """Where a phone ended. `state` is what stands on its screen: "recorded", "already", "refused", "signed_out",
    "given_up" (not recorded yet: show this page), or "no_page" when the page with the tap never came.
    """

    enrolment_id: int
    state: str = "no_page"
    at: str = ""
    taps: int = 0
    seconds: float = 0.0


async def check_in(learner: Learner, address: Callable[[], str], *, port: int, seed: int) -> Ending:
    """Scan (again, while the page does not come), tap, and wait for at most a minute."""
    luck, ending, jar = random.Random(seed), Ending(learner.enrolment_id), dict(_pairs(learner.cookie))
    page = await _scan(address, port, jar)
    ticket, key = TICKET.search(page), KEY.search(page)
    if not ticket or not key:
        return ending
    body = urlencode({"ticket": ticket[1], "csrfmiddlewaretoken": key[1]}).encode()
    started = time.monotonic()
    until = started + PATIENCE
    ending.state = "given_up"
    while time.monotonic() < until:
        ending.taps += 1
        status, text = await _send("POST", "/attendance/check-in/", port, jar, body, until - time.monotonic())
        if status and status < 500 and status != 429:
            told = json.loads(text) if text.startswith("{") else {"state": f"status {status}"}
            ending.state, ending.at = told["state"], told.get("at", "")
            break
        pause = WAITS[min(ending.taps, len(WAITS)) - 1] * luck.uniform(0.8, 1.2)
        await asyncio.sleep(max(0.0, min(pause, until - time.monotonic())))
    ending.seconds = time.monotonic() - started
    return ending


async def _scan(address: Callable[[], str], port: int, jar: dict[str, str]) -> str:
    until = time.monotonic() + PAGE_PATIENCE
    while time.monotonic() < until:
        status, text = await _send("GET", address(), port, jar, b"", until - time.monotonic())
        if status == 200:
            return text
        await asyncio.sleep(1)
    return ""


async def _send(method: str, path: str, port: int, jar: dict[str, str], body: bytes, left: float) -> tuple[int, str]:
    """(status, text); (0, "") when no answer came in time."""
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in jar.items())}",
        f"Accept: {'application/json' if body else 'text/html'}",
        f"Origin: http://127.0.0.1:{port}",
        "Connection: close",
        *(("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}") if body else ()),
    ]
    request = ("\r\n".join(head) + "\r\n\r\n").encode() + body
    try:
        answer = await asyncio.wait_for(_exchange(port, request), max(1.0, min(TIMEOUT, left)))
    except (OSError, TimeoutError):
        return 0, ""
    start, _blank, text = answer.decode("utf-8", "replace").partition("\r\n\r\n")
    lines = start.split("\r\n")
    for line in lines[1:]:
        if line.lower().startswith("set-cookie:"):
            jar.update(_pairs(line.partition(":")[2].split(";")[0]))
    return (int(lines[0].split()[1]), text) if len(lines[0].split()) > 1 else (0, "")


async def _exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


def _pairs(cookie: str) -> list[tuple[str, str]]:
    found = (part.strip().partition("=") for part in cookie.split(";"))
    return [(name, value) for name, _equals, value in found if name]
