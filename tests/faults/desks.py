"""A hundred learners who save, each with a ledger of her own: what the server acknowledged, and nothing else.

A desk does what the exam room does: numbers its saves, keeps each until a signed receipt of that very save came, and
repeats it otherwise. The network loses answers after the commit, doubles and reorders requests, as `Network` says.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PATIENCE, TIMEOUT, LONGEST_WAIT = 150.0, 20.0, 2.0
FINAL = frozenset({"submitted", "closed", "taken_over", "conflict"})


@dataclass(frozen=True)
class Network:
    """Shares of requests: `lost` after the answer was given, `cut` before reading, `doubled`; saves sent `at_once`."""

    lost: float = 0.0
    cut: float = 0.0
    doubled: float = 0.0
    at_once: int = 1


@dataclass
class Desk:
    """One learner, by number of the save: `ledger` has the receipts, `sent` what was sent, `refused` final refusals."""

    told: Mapping[str, Any]
    ports: Sequence[int]
    network: Network
    luck: random.Random
    ledger: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent: dict[int, dict[str, list[int]]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    trouble: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    async def work(self, go_on: Callable[[], bool], least: int) -> None:
        """Change and save until told otherwise, `least` times at least; then until nothing is left unanswered."""
        while (go_on() or len(self.sent) < least) and not self.refused:
            await asyncio.sleep(self.luck.uniform(0.1, 0.8))
            first = len(self.sent) + 1
            for seq in range(first, first + self.network.at_once):
                self.sent[seq] = self._change()
            order = self.luck.sample(range(first, first + self.network.at_once), self.network.at_once)
            await asyncio.gather(*(self._store(seq) for seq in order))

    def final(self) -> dict[str, list[int]]:
        """By this ledger alone: for each question the answer of the highest number acknowledged in time."""
        found: dict[str, list[int]] = {}
        for seq in sorted(self.ledger):
            if not self.ledger[seq]["late"]:
                found |= self.sent[seq]
        return {name: chosen for name, chosen in found.items() if chosen}

    def _change(self) -> dict[str, list[int]]:
        names = self.luck.sample(self.told["questions"], self.luck.randint(1, 3))
        return {name: sorted(self.luck.sample(range(4), self.luck.randint(0, 1))) for name in names}

    async def _store(self, seq: int) -> None:
        until, wait = time.monotonic() + PATIENCE, 0.1
        while time.monotonic() < until:
            copies = 2 if self.luck.random() < self.network.doubled else 1
            outcomes = await asyncio.gather(*(self._post(seq) for _copy in range(copies)))
            if any(outcomes):
                return
            await asyncio.sleep(self.luck.uniform(0.5, 1) * wait)
            wait = min(wait * 2, LONGEST_WAIT)
        self.trouble["never answered"] += 1

    async def _post(self, seq: int) -> bool:
        """Whether the save needs no repeat: acknowledged, or refused for good."""
        body = {"epoch": self.told["epoch"], "seq": seq, "answers": self.sent[seq], "answered": 1}
        path = f"/exams/sittings/{self.told['sitting']}/save/"
        draw = self.luck.random()
        started = time.monotonic()
        status, answer = await request(
            self.luck.choice(self.ports),
            "POST",
            path,
            body=json.dumps(body).encode(),
            headers={"X-Sitting-Token": self.told["token"], "Content-Type": "application/json"},
            cut=draw < self.network.cut,
        )
        if status and self.network.cut <= draw < self.network.cut + self.network.lost:
            self.trouble["answer lost"] += 1
            return False
        if status != 200:
            return self._refuse(seq, status, answer)
        self.seconds.append(time.monotonic() - started)
        return self._acknowledge(seq, json.loads(answer))

    def _refuse(self, seq: int, status: int, answer: bytes) -> bool:
        code = json.loads(answer)["code"] if status in {409, 410} else ""
        self.trouble[code or f"status {status}"] += 1
        if code in FINAL:
            self.refused[seq] = code
        return code in FINAL

    def _acknowledge(self, seq: int, receipt: dict[str, Any]) -> bool:
        if (receipt["sitting"], receipt["epoch"], receipt["seq"]) != (self.told["sitting"], self.told["epoch"], seq):
            self.contradictions.append(f"a receipt of {receipt['seq']} for {seq}")
            return False
        same = {name: receipt[name] for name in ("sitting", "epoch", "seq", "at", "late", "hash", "receipt")}
        if self.ledger.setdefault(seq, same) != same:
            self.contradictions.append(f"two receipts for {seq}")
        return True


async def request(
    port: int,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    cut: bool = False,
) -> tuple[int, bytes]:
    """(status, body); status 0 when no whole answer came. `cut`: the socket is closed before anything is read."""
    lines = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(body)), **(headers or {})}
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())])
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"{head}\r\n\r\n".encode() + body)
                await writer.drain()
                answer = b"" if cut else await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0, b""
    start, blank, content = answer.partition(b"\r\n\r\n")
    if not blank:
        return 0, b""
    lengths = [line.partition(b":")[2] for line in start.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    whole = not lengths or len(content) == int(lengths[0])
    return (int(start.split()[1]), content) if whole else (0, b"")


async def everybody(
    places: Sequence[Mapping[str, Any]],
    ports: Sequence[int],
    fault: Callable[[], None] | None = None,
    *,
    network: Network | None = None,
    least: int = 5,
) -> list[Desk]:
    """All desks at work while `fault` does its harm in a thread, and until they have an answer for every save."""
    desks = [Desk(place, ports, network or Network(), random.Random(number)) for number, place in enumerate(places)]
    harm = asyncio.create_task(asyncio.to_thread(fault)) if fault else None
    await asyncio.gather(*(desk.work(lambda: harm is not None and not harm.done(), least) for desk in desks))
    if harm:
        await harm
    return desks
