"""Kills a web worker in the midst of its work: only with requests in its hands does that say anything."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

ESTABLISHED = "01"
LOOK_EVERY, FREEZE = 0.002, 0.05


@dataclass(frozen=True)
class Held:
    """What a worker had in its hands: requests without an answer so far, and how many of them were taps (POST)."""

    requests: int = 0
    taps: int = 0

    @classmethod
    def of(cls, methods: Mapping[int, str]) -> "Held":
        """From port -> method."""
        return cls(len(methods), sum(method == "POST" for method in methods.values()))


class Killer(threading.Thread):
    """After `after` seconds, SIGKILL to the first worker that holds `wanted` requests, a tap among them.

    A worker is stopped before its requests are counted, so that it cannot answer any of them in between; one that holds
    too few goes on. After `patience` more seconds the first worker is killed with whatever it holds. `flying` gives the
    requests on their way, by the port they left from; `workers` the processes that may be killed; `held` how it was.
    While it looks, `stall` keeps taps from being finished: a quick worker would have none in its hands.
    """

    def __init__(
        self,
        port: int,
        workers: Callable[[], list[int]],
        flying: Mapping[int, str],
        *,
        after: float,
        patience: float,
        wanted: int = 2,
        stall: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.workers, self.flying = port, workers, flying
        self.after, self.patience, self.wanted, self.stall = after, patience, wanted, stall
        self.held: Held | None = None

    def run(self) -> None:
        """Wait, look, kill."""
        time.sleep(self.after)
        with self.stall():
            self._look()

    def _look(self) -> None:
        until = time.monotonic() + self.patience
        while self.held is None:
            late = time.monotonic() >= until
            for pid in self.workers()[: 1 if late else None]:
                if (late or self._enough(pid)) and self._kill(pid, late):
                    return
            time.sleep(LOOK_EVERY)

    def _enough(self, pid: int) -> bool:
        flying = dict(self.flying)
        if len(flying) < self.wanted or "POST" not in flying.values():
            return False
        held = Held.of(held_by(pid, self.port, flying))
        return held.requests >= self.wanted and held.taps > 0

    def _kill(self, pid: int, late: bool) -> bool:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(FREEZE)  # what it had answered already arrives
        if not late and not self._enough(pid):
            os.kill(pid, signal.SIGCONT)
            return False
        self.held = Held.of(held_by(pid, self.port, dict(self.flying)))
        os.kill(pid, signal.SIGKILL)
        return True


def held_by(pid: int, port: int, flying: Mapping[int, str]) -> dict[int, str]:
    """Those of `flying` whose connections the process has taken, as a server on the local `port`."""
    taken, own = _connections(port), _sockets(pid)
    return {peer: method for peer, method in flying.items() if taken.get(peer) in own}


def _connections(port: int) -> dict[int, str]:
    """Port of the other end -> inode of our end, of every open connection to the local port."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _number, local, remote, state, *_more, inode = line.split()[:10]
        if state == ESTABLISHED and int(local.partition(":")[2], 16) == port:
            found[int(remote.partition(":")[2], 16)] = inode
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(handle)
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[len("socket:[") : -1])
    return found
