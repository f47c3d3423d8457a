"""What is tried: a ladder of sittings, and ten times the load."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """`sittings` start within `start_seconds`, save once per `save_every` seconds, hand in within `submit_seconds`.

    A `surge` is more than the server carries: it has no times to reach, only nothing to lose.
    """

    name: str
    sittings: int
    start_seconds: float = 10.0
    save_every: float = 5.0
    submit_seconds: float = 60.0
    surge: bool = False


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("50", 50),
        Scenario("100", 100),
        Scenario("200", 200),
        Scenario("500", 500),
        Scenario("surge", 500, start_seconds=1.0, save_every=0.5, submit_seconds=6.0, surge=True),
    )
}
#: Milliseconds that 95 % must stay under, by kind of request.
REACH_P95_MS = {"start": 1000, "save": 300}
