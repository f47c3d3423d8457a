"""Wagtail keeps site addresses and picture sizes in the cache: each test starts with an empty one."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()
