"""Every address of the suite: strangers are turned away, nothing breaks, and reading never writes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from lms.people.enums import Role
from tests import factories

PUBLIC = {
    "lms_core:health",
    "lms_core:styleguide",
    "lms_people:activate",
    "lms_certificates:verify",
    "lms_certificates:verify_code",
    "lms_attendance:feed",
    "lms_attendance:scan",
    "lms_attendance:my_code_worker",
    "lms_attendance:scanner_worker",
    "lms_attendance:scanner_manifest",
    "lms_attendance:watch",  # tells a stranger "over", as anybody without a sealed text of her own
    "lms_exams:worker",
}
SAMPLES = {
    "check_kind": "in",
    "int": "1",
    "str": "x",
    "slug": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "path": "x",
}
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.I)
OWN_BOOKKEEPING = re.compile(
    r"django_session|wagtailsearch|wagtail_userprofile|wagtailusers_userprofile|lms_cache", re.I
)


def addresses() -> Iterator[tuple[str, str]]:
    """(name, path with sample arguments) of every address of the suite, with or without a namespace."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: Any, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).replace("^", "").replace("$", "").replace(r"\Z", "")
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and (namespace or entry.name or "").startswith(("lms_", "units")):
            yield f"{namespace}:{entry.name}".lstrip(":"), "/" + re.sub(r"<(?:(\w+):)?\w+>", _sample, route)


def _sample(match: re.Match[str]) -> str:
    return SAMPLES.get(match[1] or "str", "1")


ADDRESSES = sorted(set(addresses()))


def test_there_are_addresses_to_test() -> None:
    assert len(ADDRESSES) > 200
    assert {"lms_people_reveal", "lms_programmes_class_list", "units:edit"} <= {name for name, _path in ADDRESSES}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), ADDRESSES)
def test_a_stranger_is_sent_to_sign_in_or_turned_away(client: Client, name: str, path: str) -> None:
    answer = client.get(path)
    if name in PUBLIC:
        assert answer.status_code in {200, 302, 404, 405, 410}
        return
    if answer.status_code == 302:
        assert "/accounts/login/" in answer.headers["Location"], answer.headers["Location"]
        return
    assert answer.status_code in {403, 404, 405}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), ADDRESSES)
def test_a_stranger_cannot_post(client: Client, name: str, path: str) -> None:
    if name in PUBLIC:
        pytest.skip("public")
    answer = client.post(path, {})
    if answer.status_code == 302:
        assert "/accounts/login/" in answer.headers["Location"], answer.headers["Location"]
        return
    assert answer.status_code in {400, 401, 403, 404, 405}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), [entry for entry in ADDRESSES if entry[1].startswith("/admin/")])
def test_a_learner_does_not_get_into_the_back_office(signed_in: Any, name: str, path: str) -> None:
    learner = factories.an_enrolment().person.user
    answer = signed_in(learner).get(path)
    assert answer.status_code in {302, 403, 404, 405}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), ADDRESSES)
@pytest.mark.parametrize("role", [None, Role.ADMINISTRATOR])
def test_reading_never_writes_and_never_breaks(signed_in: Any, name: str, path: str, role: Role | None) -> None:
    user = factories.an_enrolment().person.user
    if role:
        user.groups.add(factories.role_group(role))
    browser = signed_in(user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = browser.get(path)
    assert answer.status_code < 500
    written = [query["sql"] for query in queries if WRITES.match(query["sql"] or "")]
    assert [sql for sql in written if not OWN_BOOKKEEPING.search(sql)] == []
