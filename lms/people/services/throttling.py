"""Counting failures in the cache, so that nobody tries codes for ever."""

import hashlib

from django.core.cache import cache

SECONDS = 1800


def count_failure(purpose: str, subject: str) -> int:
    """Count one failure of the subject; how many there were within half an hour."""
    key = _key(purpose, subject)
    cache.add(key, 0, SECONDS)
    try:
        return cache.incr(key)
    except ValueError:
        return 1


def failures(purpose: str, subject: str) -> int:
    """How many failures of the subject there were within half an hour."""
    return cache.get(_key(purpose, subject)) or 0


def _key(purpose: str, subject: str) -> str:
    return f"lms_people:{purpose}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
