"""What is tried."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """What the network does: `lost` is the share of answers that never arrive, `slowest` the longest delay in s."""

    lost: float = 0.1
    slowest: float = 3.0


@dataclass(frozen=True)
class Scenario:
    """`learners` phones begin to scan, evenly spread over `seconds`; `kill` ends one web worker at work."""

    name: str
    title: str
    learners: int
    seconds: float
    kill: bool = False
    faults: Faults = Faults()


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("class", "300 check-ins in 3 min", 300, 180),
        Scenario("rush", "100 check-ins in 10 s", 100, 10),
        Scenario("killed", "300 check-ins in 30 s, a web worker killed in the middle", 300, 30, kill=True),
        Scenario("ten_classes", "3,000 check-ins in 3 min", 3000, 180),
    )
}
