"""In or out of a room's surroundings or networks: pure functions; what goes in is never kept."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from math import asin, cos, radians, sin, sqrt

EARTH_METRES = 6_371_000


def metres_between(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Distance along the surface between two (latitude, longitude) in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*first, *second))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half)))


def round_metres(distance: float, step: int) -> int:
    """To the nearest multiple of `step`: what is kept says how far, never where."""
    return round(distance / step) * step


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Whether these are degrees of a place at all; NaN is not."""
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def read_networks(text: str) -> list[str]:
    """The networks written one a line; a line that is none raises ValueError with it."""
    return [str(ip_network(line.strip(), strict=False)) for line in text.splitlines() if line.strip()]


def is_inside_networks(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; an address that cannot be read lies in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ip_network(network) for network in networks)
