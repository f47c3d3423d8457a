"""A bounded load generator: threads with keep-alive connections that take the calls in turn."""

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.jobs import Call


@dataclass
class Outcome:
    """What happened: latencies in seconds, errors as sentences with their number."""

    took: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Answered as expected."""
        return len(self.latencies)

    def at(self, share: float) -> float:
        """Latency in ms that `share` of the requests stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def drive(port: int, turn: Iterator[Call], *, clients: int, seconds: float) -> Outcome:
    """Send the next calls of `turn` from `clients` connections until the time is up."""
    outcome, lock = Outcome(), threading.Lock()
    until = time.monotonic() + seconds

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        latencies: list[float] = []
        while time.monotonic() < until:
            with lock:
                call = next(turn)
            started = time.perf_counter()
            problem = _send(connection, call)
            if problem:
                with lock:
                    outcome.errors[problem] = outcome.errors.get(problem, 0) + 1
            else:
                latencies.append(time.perf_counter() - started)
        connection.close()
        with lock:
            outcome.latencies += latencies

    started = time.monotonic()
    workers = [threading.Thread(target=work) for _client in range(clients)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outcome.took = time.monotonic() - started
    return outcome


def _send(connection: http.client.HTTPConnection, call: Call) -> str:
    try:
        connection.request(call.method, call.path, call.body or None, call.headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as problem:
        connection.close()
        return f"{type(problem).__name__}: {problem}"
    return "" if response.status == call.expect else f"status {response.status} instead of {call.expect}"
