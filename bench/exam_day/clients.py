"""A learner's browser on the exam day: does what the waiting page and `room.js` do, and keeps a ledger of receipts."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.exam_day.scenarios import Scenario

TIMEOUT = 8.0
WAITS = (1.0, 2.0, 4.0, 8.0)
PATIENCE = 120.0
QUESTIONS = 50
CSRF = "c" * 32
DATA = re.compile(r'data-(token|epoch|seq)="([^"]+)"')


@dataclass(frozen=True)
class Receipt:
    """What the server acknowledged, as the browser wrote it down."""

    sitting: int
    epoch: int
    seq: int
    answers: str
    hash: str


@dataclass
class Day:
    """What all browsers saw: receipts, seconds by kind of request, answers other than the wanted one."""

    receipts: list[Receipt] = field(default_factory=list)
    sent: set[tuple[int, int, int]] = field(default_factory=set)
    started: set[int] = field(default_factory=set)
    submitted: set[int] = field(default_factory=set)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    shed: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Answer:
    """An answer as it came; status 0 when none came in time."""

    status: int
    head: str = ""
    text: str = ""

    @property
    def retry_after(self) -> float:
        """Seconds the server asked to wait, or 0."""
        found = re.search(r"^retry-after: *(\d+)", self.head, re.MULTILINE | re.IGNORECASE)
        return float(found[1]) if found else 0.0


class Browser:
    """One learner at one sitting."""

    def __init__(self, port: int, exam: int, sitting: int, cookie: str, day: Day, seed: int) -> None:
        self.port, self.exam, self.sitting, self.cookie, self.day = port, exam, sitting, cookie, day
        self.luck = random.Random(seed)
        self.token, self.epoch, self.seq = "", 0, 1

    async def sit(self, scenario: Scenario, seconds: float) -> None:
        """Start, save until the time is up, hand in. The moments are spread as the scenario says."""
        began = time.monotonic()
        await asyncio.sleep(self.luck.uniform(0, scenario.start_seconds))
        if not await self._enter():
            return
        until = began + scenario.start_seconds + seconds
        await asyncio.sleep(self.luck.uniform(0, scenario.save_every))
        while time.monotonic() < until:
            turn = time.monotonic()
            await self._save()
            await asyncio.sleep(max(0.0, scenario.save_every - (time.monotonic() - turn)))
        await asyncio.sleep(self.luck.uniform(0, scenario.submit_seconds))
        if await self._insist("submit", "POST", f"/exams/sittings/{self.sitting}/submit/", 302):
            self.day.submitted.add(self.sitting)

    async def _enter(self) -> bool:
        if not await self._insist("start", "POST", f"/exams/{self.exam}/start/", 302):
            return False
        self.day.started.add(self.sitting)
        page = await self._insist("page", "GET", f"/exams/sittings/{self.sitting}/", 200)
        found = dict(DATA.findall(page.text)) if page else {}
        if found.keys() != {"token", "epoch", "seq"}:
            self.day.errors["page: no room"] += 1
            return False
        self.token, self.epoch, self.seq = found["token"], int(found["epoch"]), int(found["seq"])
        return True

    async def _save(self) -> None:
        """One entry, with the same number until it is acknowledged."""
        answers = {f"q{self.luck.randint(1, QUESTIONS)}": [self.luck.randint(0, 1)]}
        entry = {"epoch": self.epoch, "seq": self.seq, "answers": answers, "answered": 1}
        self.day.sent.add((self.sitting, self.epoch, self.seq))
        answer = await self._insist("save", "POST", f"/exams/sittings/{self.sitting}/save/", 200, json.dumps(entry))
        told = read_receipt(answer.text) if answer else None
        if told is None or (told["sitting"], told["seq"]) != (self.sitting, self.seq):
            self.day.errors["save: no receipt"] += 1
            return
        text = json.dumps(answers, separators=(",", ":"))
        self.day.receipts.append(Receipt(self.sitting, self.epoch, self.seq, text, told["hash"]))
        self.seq += 1

    async def _insist(self, kind: str, method: str, path: str, wanted: int, body: str = "") -> Answer | None:
        """Ask until the wanted answer comes, for at most two minutes; the pause is the server's or grows."""
        until, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < until:
            asked = time.monotonic()
            answer = await self._ask(method, path, body)
            if answer.status == wanted:
                self.day.seconds.setdefault(kind, []).append(time.monotonic() - asked)
                return answer
            if answer.status == 503 and answer.retry_after:
                self.day.shed[kind] += 1
            else:
                self.day.errors[f"{kind}: {answer.status or 'no answer'}"] += 1
            pause = answer.retry_after or WAITS[min(tries, len(WAITS) - 1)] * self.luck.uniform(0.75, 1.25)
            tries += 1
            await asyncio.sleep(pause)
        self.day.errors[f"{kind}: given up"] += 1
        return None

    async def _ask(self, method: str, path: str, body: str) -> Answer:
        form = urlencode({"csrfmiddlewaretoken": CSRF}) if method == "POST" and not body else ""
        content = (body or form).encode()
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Cookie: {self.cookie}; csrftoken={CSRF}",
            f"Accept: {'*/*' if body else 'text/html'}",
            "Connection: close",
        ]
        if content:
            sort = "application/json" if body else "application/x-www-form-urlencoded"
            head += [f"Content-Type: {sort}", f"Content-Length: {len(content)}"]
        if body:
            head.append(f"X-Sitting-Token: {self.token}")
        try:
            raw = await asyncio.wait_for(self._exchange("\r\n".join(head).encode() + b"\r\n\r\n" + content), TIMEOUT)
        except (OSError, TimeoutError):
            return Answer(0)
        return read_answer(raw)

    async def _exchange(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()


def read_answer(raw: bytes) -> Answer:
    """Status, head and text; status 0 for what is no answer."""
    head, _blank, text = raw.decode("utf-8", "replace").partition("\r\n\r\n")
    words = head.split(None, 2)
    return Answer(int(words[1]), head, text) if len(words) > 1 and words[1].isdigit() else Answer(0)


def read_receipt(text: str) -> dict[str, Any] | None:
    """The receipt of a save; None for anything else, such as the page of a captive portal."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    wanted = {"sitting", "seq", "hash", "receipt"}
    return told if isinstance(told, dict) and wanted <= told.keys() else None
