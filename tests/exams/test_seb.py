"""Safe Exam Browser: configuration and Config Key, 40 shapes of addresses, every request of a sitting, locks."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lms.core.exceptions import DomainError
from lms.exams.enums import LockKind
from lms.exams.models import AnswerEntry, ExamBrowser, LockEntry, Sitting
from lms.exams.rules import (
    build_settings,
    clean_keys,
    config_key,
    public_address,
    read_configuration,
    request_hash,
    seb_json,
    write_configuration,
)
from lms.exams.selectors import BrowserRule, browser_rule, saved_state
from lms.exams.services import lock_sitting, set_browser, unlock_sitting
from lms.exams.tokens import read_sitting_token, sign_browser_file, sitting_token, wants_browser
from lms.exams.views.seb import browser_proven
from lms.people.enums import Role
from tests import factories as people
from tests.exams import factories

ORIGIN = "https://training.example.org"
CONFIG, OTHER, BROWSER_KEY = ("c" * 64, "d" * 64, "e" * 64)


# the configuration and its key


def test_the_key_of_nothing_is_the_published_one():
    published = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    assert config_key({}) == hashlib.sha256(b"[]").hexdigest() == published
    assert config_key({"originatorVersion": "SEB_Win_3.3.2", "empty": {}}) == published


def test_the_text_of_the_key():
    settings = {
        "originatorVersion": "x",
        "b": "a/b\\c",
        "A": [{"z": 1, "Y": True, "nothing": {}}],
        "allowWLAN": False,
        "allowWlan": True,
        "data": b"\x00\xff",
        "date": datetime(2025, 3, 10, 4, 0, tzinfo=UTC),
        "字": "考试",
        "empty": {"inside": {}},
    }
    assert seb_json(settings) == (
        '{"A":[{"Y":true,"z":1}],"allowWlan":true,"allowWLAN":false,"b":"a/b\\c","data":"AP8=",'
        '"date":"2025-03-10T04:00:00+00:00","字":"考试"}'
    )


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)
PLAIN = st.one_of(TEXTS, st.booleans(), st.integers(0, 2**31), st.binary(max_size=12))
SETTINGS = st.dictionaries(
    st.text("abcdefXYZ", min_size=1, max_size=8), st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3))
)


@given(SETTINGS)
def test_a_file_read_again_has_the_same_key_whatever_the_order(settings):
    again = read_configuration(write_configuration(settings))
    assert config_key(again) == config_key(settings) == config_key(dict(reversed(settings.items())))
    assert write_configuration(again) == write_configuration(settings)


def test_the_file_of_an_exam_keeps_the_answers_and_opens_one_site_only():
    settings = build_settings(origin=ORIGIN, start="/exams/7/", leave="/exams/", quit_hash="", salt="ab" * 32)
    file = read_configuration(write_configuration(settings))
    assert (file["startURL"], file["removeLocalStorage"]) == (f"{ORIGIN}/exams/7/", False)
    assert file["examKeySalt"] == b"\xab" * 32
    assert [rule["expression"] for rule in file["URLFilterRules"]] == ["training.example.org/*"]
    assert "originatorVersion" not in seb_json(settings)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        (f"{'A' * 64}\n\n  {'a' * 64}  \n{'0' * 64}", ["a" * 64, "0" * 64]),
        ("a" * 63, None),
        (f"{'a' * 64}\nnonsense", None),
        ("g" * 64, None),
    ],
)
def test_browser_exam_keys_one_a_line(text, keys):
    assert clean_keys(text) == keys


# addresses: what the browser has in its address bar, and the request that reaches the application

PORT, CHINESE, IPV6 = "https://training.example.org:8443", "https://培训.example.org", "http://[2001:db8::1]:8000"
TYPED: list[tuple[str, str, dict[str, str]]] = [
    (origin, path, {})
    for origin, path in product(
        (ORIGIN, PORT, "http://127.0.0.1:8000", IPV6),
        (
            "/exams/sittings/5/",
            "/exams/sittings/5/?a=1&b=2",
            "/exams/sittings/5/?b=2&a=1",
            "/exams/sittings/5/?q=%E8%80%83%E8%AF%95",
            "/exams/sittings/5/?q=a%2Fb%20c+d",
            "/%E8%80%83%E8%AF%95/5/",
            "/exams/sittings/5/save/",
        ),
    )
]
TYPED += [
    (ORIGIN, "/exams/sittings/5/", {"fragment": "#q3"}),
    (ORIGIN, "/exams/sittings/5/?a=1&b=2", {"fragment": "#"}),
    (ORIGIN, "/exams/sittings/5/clock/", {"HTTP_X_FORWARDED_PROTO": "http"}),
    (ORIGIN, "/exams/sittings/5/clock/?a", {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "10.0.0.5:8000"}),
    (ORIGIN, "/exams/sittings/5/clock/?b", {"HTTP_X_FORWARDED_HOST": "evil.example.org"}),
    (ORIGIN, "/exams/sittings/5/?", {}),
    (ORIGIN, "/exams/sittings/5/?a=%e4", {}),
    (ORIGIN, "/%e8%80%83%e8%af%95/6/", {"raw": "1"}),
    (ORIGIN, "/exams/sittin%67s/6/", {"raw": "1"}),
    (ORIGIN, "/exams/a~b/", {}),
    (ORIGIN, "/exams/sittings/5/submit/", {}),
    (CHINESE, "/exams/sittings/5/", {}),
]
SHAPES = list(
    {f"{origin}{path}{more.get('fragment', '')}": (origin, path, more) for origin, path, more in TYPED}.items()
)


def typed_address(origin: str, path: str) -> str:
    """As the address bar shows it when copied."""
    return f"{origin.replace('培训', 'xn--2js261j')}{path}"


def request_for(settings: Any, origin: str, path: str, more: dict[str, str], **headers: str) -> Any:
    settings.LMS_PUBLIC_ORIGIN = origin
    meta = {name: value for name, value in more.items() if name.startswith("HTTP_")}
    if "raw" in more:
        meta["RAW_URI"] = path
    return RequestFactory().get(path.partition("#")[0], headers=headers, **meta)


def test_there_are_forty_shapes():
    assert len(SHAPES) == 40
    assert len({typed_address(origin, path) for _name, (origin, path, _more) in SHAPES}) == 38  # two differ by fragment


@pytest.mark.parametrize(("name", "shape"), SHAPES, ids=[name for name, _shape in SHAPES])
def test_a_hash_fits_its_own_address_and_no_other(settings, name, shape):
    origin, path, more = shape
    rule = BrowserRule(CONFIG, [], False)
    own = typed_address(origin, path).removesuffix("?")
    sent = {"X-SafeExamBrowser-ConfigKeyHash": hashlib.sha256((own + CONFIG).encode()).hexdigest()}
    assert browser_proven(request_for(settings, origin, path, more, **sent), rule, page="/elsewhere/")
    wrong = {"X-SafeExamBrowser-ConfigKeyHash": hashlib.sha256((own + OTHER).encode()).hexdigest()}
    assert not browser_proven(request_for(settings, origin, path, more, **wrong), rule, page="/elsewhere/")
    for _other, (origin_b, path_b, more_b) in SHAPES:
        if typed_address(origin_b, path_b).removesuffix("?") != own:
            replayed = request_for(settings, origin_b, path_b, more_b, **sent)
            assert not browser_proven(replayed, rule, page="/elsewhere/"), (name, path_b)


def test_what_the_request_says_of_its_host_counts_for_nothing(settings):
    """A hash for the address of another site does not fit, even when a header claims to be that site."""
    forged = hashlib.sha256(f"https://evil.example.org/exams/{CONFIG}".encode()).hexdigest()
    more = {"HTTP_HOST": "evil.example.org", "HTTP_X_FORWARDED_HOST": "evil.example.org"}
    request = request_for(settings, ORIGIN, "/exams/", more, **{"X-SafeExamBrowser-ConfigKeyHash": forged})
    assert not browser_proven(request, BrowserRule(CONFIG, [], False), page="/exams/")


def test_a_raw_address_of_another_page_is_not_believed(settings):
    forged = hashlib.sha256(f"{ORIGIN}/exams/9/{CONFIG}".encode()).hexdigest()
    request = request_for(settings, ORIGIN, "/exams/8/", {}, **{"X-SafeExamBrowser-ConfigKeyHash": forged})
    request.META["RAW_URI"] = "/exams/9/"
    assert not browser_proven(request, BrowserRule(CONFIG, [], False), page="/exams/8/")


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://Training.Example.org", "https://training.example.org/x"),
        ("https://training.example.org:443", "https://training.example.org/x"),
        ("http://training.example.org:80", "http://training.example.org/x"),
        ("http://training.example.org:443", "http://training.example.org:443/x"),
    ],
)
def test_origins_are_written_as_browsers_write_them(origin, address):
    assert public_address(origin, "/x#q1") == address


@pytest.mark.parametrize(
    ("config", "exam_key", "listed", "proven"),
    [
        (CONFIG, "", [], True),
        (CONFIG, BROWSER_KEY, [], True),
        (CONFIG, "", [BROWSER_KEY], False),
        (CONFIG, BROWSER_KEY, [OTHER, BROWSER_KEY], True),
        (CONFIG, OTHER, [BROWSER_KEY], False),
        (OTHER, BROWSER_KEY, [BROWSER_KEY], False),
        ("", BROWSER_KEY, [BROWSER_KEY], False),
        ("", "", [], False),
    ],
)
def test_config_key_and_browser_exam_keys(settings, config, exam_key, listed, proven):
    address = f"{ORIGIN}/exams/7/"
    sent = {}
    if config:
        sent["X-SafeExamBrowser-ConfigKeyHash"] = request_hash(address, config).upper()
    if exam_key:
        sent["X-SafeExamBrowser-RequestHash"] = request_hash(address, exam_key)
    request = request_for(settings, ORIGIN, "/exams/7/", {}, **sent)
    assert browser_proven(request, BrowserRule(CONFIG, listed, False), page="/exams/7/") is proven


# a sitting


class FakeBrowser:
    """A client that shows the hashes of Safe Exam Browser: by header, or as its JavaScript API gives them to pages."""

    def __init__(self, client: Client, key: str, *, scripted: bool = False) -> None:
        self.client, self.key, self.scripted = client, key, scripted

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers | self._headers(path))

    def post(self, path: str, data: Any = None, page: str = "") -> Any:
        if self.scripted:
            data = {**(data or {}), "browser_page": page, "browser_config_hash": request_hash(ORIGIN + page, self.key)}
        return self.client.post(path, data, headers=self._headers(path))

    def save(self, sitting: Sitting, answers: Any, *, seq: int = 1) -> Any:
        path, page = (reverse(f"lms_exams:{name}", args=[sitting.pk]) for name in ("save", "room"))
        headers = {"X-Sitting-Token": token_of(sitting), **self._headers(path)}
        if self.scripted:
            headers |= {"X-Exam-Page": page, "X-Exam-Page-ConfigKeyHash": request_hash(ORIGIN + page, self.key)}
        body = json.dumps({"epoch": sitting.epoch, "seq": seq, "answers": answers, "answered": 1})
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def _headers(self, path: str) -> dict[str, str]:
        return {} if self.scripted else {"X-SafeExamBrowser-ConfigKeyHash": request_hash(ORIGIN + path, self.key)}


def token_of(sitting: Sitting) -> str:
    return sitting_token(sitting.pk, sitting.owner_id, sitting.epoch, browser=True)


@pytest.fixture
def exam(db, settings):
    settings.LMS_PUBLIC_ORIGIN = ORIGIN
    exam = factories.an_exam(timezone.now() - timedelta(minutes=10), learners=2)
    set_browser(exam, required=True, quit_password="leave", exam_keys=[], at=timezone.now())
    return exam


@pytest.fixture
def key(exam):
    return ExamBrowser.objects.get(exam=exam).config_key


@pytest.fixture
def sitting(exam):
    return factories.a_sitting(exam)


@pytest.fixture
def begun(exam):
    return factories.a_started(exam, timezone.now() - timedelta(minutes=5))


def path_of(name: str, pk: int) -> str:
    return reverse(f"lms_exams:{name}", args=[pk])


@pytest.mark.parametrize("scripted", [False, True])
def test_the_way_through_in_the_right_browser(exam, key, sitting, signed_in, scripted):
    seb = FakeBrowser(signed_in(sitting.owner), key, scripted=scripted)
    waiting = path_of("exam", exam.pk)
    assert seb.get(waiting).context["browser_fits"] is not scripted
    started = seb.post(path_of("start", exam.pk), page=waiting)
    assert started.status_code == 302
    assert started.url == path_of("room", sitting.pk)
    sitting.refresh_from_db()
    room = seb.get(started.url)
    assert f'data-token="{token_of(sitting)}"' in room.content.decode()
    assert seb.save(sitting, {"q1": [0]}).json()["seq"] == 1
    page = {"X-Exam-Page": started.url, "X-Exam-Page-ConfigKeyHash": request_hash(ORIGIN + started.url, key)}
    clock = seb.get(
        path_of("clock", sitting.pk), **{"X-Sitting-Token": token_of(sitting), **(page if scripted else {})}
    )
    assert clock.json()["state"] == "running"
    asking = path_of("submit", sitting.pk)
    assert seb.get(asking).status_code == 200
    assert seb.post(asking, page=asking).url == path_of("receipt", sitting.pk)
    assert not LockEntry.objects.exists()


def test_another_browser_sees_the_page_of_the_exam_and_cannot_start(exam, sitting, signed_in):
    client = signed_in(sitting.owner)
    page = client.get(path_of("exam", exam.pk))
    assert "Safe Exam Browser" in page.content.decode()
    assert "data-browser hidden" in page.content.decode()
    refused = client.post(path_of("start", exam.pk))
    assert refused.status_code == 403
    assert [refusal.code for refusal in refused.context["refusals"]] == ["browser_missing"]
    sitting.refresh_from_db()
    assert (sitting.started_at, LockEntry.objects.count()) == (None, 0)


@pytest.mark.parametrize("name", ["room", "submit"])
def test_pages_of_a_running_sitting_are_not_shown_elsewhere(begun, signed_in, name):
    answer = signed_in(begun.owner).get(path_of(name, begun.pk))
    assert answer.status_code == 403
    assert "第1题" not in answer.content.decode()
    assert not LockEntry.objects.exists(), "reading never writes"


def test_a_hash_of_one_page_does_not_open_another(exam, key, begun, signed_in):
    other = {"X-SafeExamBrowser-ConfigKeyHash": request_hash(ORIGIN + path_of("exam", exam.pk), key)}
    client = signed_in(begun.owner)
    assert client.get(path_of("room", begun.pk), headers=other).status_code == 403
    assert client.get(path_of("exam", exam.pk), headers=other).context["browser_fits"]
    forged = {"browser_page": path_of("exam", exam.pk), "browser_config_hash": next(iter(other.values()))}
    assert client.post(path_of("submit", begun.pk), forged).status_code == 403
    begun.refresh_from_db()
    assert begun.submitted_at is None


def test_the_sign_in_of_another_sitting_or_epoch_opens_nothing(exam, key, sitting, signed_in):
    client = signed_in(sitting.owner)
    seb = FakeBrowser(client, key, scripted=True)
    seb.post(path_of("start", exam.pk), page=path_of("exam", exam.pk))
    assert client.get(path_of("room", sitting.pk)).status_code == 200
    elsewhere = FakeBrowser(signed_in(sitting.owner), key)
    elsewhere.post(path_of("start", exam.pk))
    assert client.get(path_of("room", sitting.pk)).status_code == 403


def test_a_failure_in_the_middle_saves_locks_and_waits_for_a_person(begun, key):
    seb, plain = FakeBrowser(Client(), key), FakeBrowser(Client(), OTHER)
    assert seb.save(begun, {"q1": [0]}).status_code == 200
    lost = plain.save(begun, {"q2": [1]}, seq=2)
    assert (lost.status_code, lost.json()["code"]) == (423, "browser_locked")
    assert lost.json()["receipt"]
    assert saved_state(begun).answers == {"q1": [0], "q2": [1]}
    for browser in (plain, seb):
        again = browser.save(begun, {"q3": [1]}, seq=3)
        assert (again.status_code, "receipt" in again.json()) == (423, False)
    assert AnswerEntry.objects.count() == 2
    assert [entry.kind for entry in LockEntry.objects.all()] == ["locked"]
    unlock_sitting(begun, reason="网络断开", at=timezone.now(), actor=people.staff(Role.ASSISTANT))
    assert plain.save(begun, {"q2": [1]}, seq=2).status_code == 423, "still the wrong browser"
    unlock_sitting(begun, reason="网络断开", at=timezone.now(), actor=people.staff(Role.ASSISTANT))
    assert seb.save(begun, {"q2": [1]}, seq=2).json()["receipt"] == lost.json()["receipt"]
    assert seb.save(begun, {"q3": [1]}, seq=3).status_code == 200


def test_handing_in_from_another_browser_locks(begun, signed_in):
    assert signed_in(begun.owner).post(path_of("submit", begun.pk)).status_code == 403
    assert [entry.kind for entry in LockEntry.objects.all()] == ["locked"]


def test_the_plain_form_saves_before_it_locks(begun, signed_in):
    client = signed_in(begun.owner)
    assert client.post(path_of("room", begun.pk), {"q1": "2", "save": "1"}).status_code == 403
    assert saved_state(begun).answers == {"q1": [2]}
    client.post(path_of("room", begun.pk), {"q1": "1", "save": "1"})
    assert saved_state(begun).answers == {"q1": [2]}


def test_the_clock_is_refused_without_writing(begun, key):
    address, token = path_of("clock", begun.pk), {"X-Sitting-Token": token_of(begun)}
    assert Client().get(address, headers=token).json()["code"] == "browser_missing"
    assert not LockEntry.objects.exists()
    lock_sitting(begun.pk, at=timezone.now())
    assert FakeBrowser(Client(), key).get(address, **token).json()["code"] == "browser_locked"


def test_the_demand_cannot_be_taken_off_the_token(begun):
    token = token_of(begun)
    assert (wants_browser(token), read_sitting_token(token)) == (True, (begun.pk, begun.owner_id, 1))
    assert read_sitting_token(token.removesuffix(".b")) is None
    assert read_sitting_token(sitting_token(begun.pk, begun.owner_id, 1) + ".b") is None


def test_a_person_may_let_a_learner_go_on_without(begun):
    lock_sitting(begun.pk, at=timezone.now())
    entry = unlock_sitting(begun, reason="电脑故障", without=True, at=timezone.now(), actor=people.staff(Role.EXAMINER))
    assert (entry.kind, browser_rule(begun.pk)) == (LockKind.WAIVED, None)
    assert FakeBrowser(Client(), OTHER).save(begun, {"q1": [0]}).status_code == 200


def test_unlocking_needs_a_reason_and_happens_once(begun):
    examiner = people.staff(Role.EXAMINER)
    lock_sitting(begun.pk, at=timezone.now())
    lock_sitting(begun.pk, at=timezone.now())
    assert LockEntry.objects.count() == 1
    with pytest.raises(DomainError) as refused:
        unlock_sitting(begun, reason="  ", at=timezone.now(), actor=examiner)
    assert refused.value.code == "reason_missing"
    assert unlock_sitting(begun, reason="看过", at=timezone.now(), actor=examiner)
    assert unlock_sitting(begun, reason="看过", at=timezone.now(), actor=examiner) is None
    for broken in (LockEntry.objects.all().delete, lambda: LockEntry.objects.update(kind="waived")):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


def test_without_the_demand_nothing_is_asked_and_nothing_read(db, settings):
    settings.LMS_PUBLIC_ORIGIN = ORIGIN
    exam = factories.an_exam(timezone.now() - timedelta(minutes=10))
    begun = factories.a_started(exam, timezone.now())
    body = json.dumps({"epoch": 1, "seq": 1, "answers": {"q1": [0]}, "answered": 1})
    headers = {"X-Sitting-Token": sitting_token(begun.pk, begun.owner_id, 1)}
    with CaptureQueriesContext(connection) as queries:
        Client().post(path_of("save", begun.pk), body, content_type="application/json", headers=headers)
    assert len(queries) == 1


# setting it


def test_the_file_given_out_stays_until_the_password_changes(exam, key):
    held = ExamBrowser.objects.get(exam=exam)
    assert config_key(read_configuration(held.configuration.encode())) == key
    set_browser(exam, required=True, quit_password=None, exam_keys=[BROWSER_KEY], at=timezone.now())
    assert ExamBrowser.objects.get(exam=exam).configuration == held.configuration
    set_browser(exam, required=True, quit_password="", exam_keys=[], at=timezone.now())
    changed = ExamBrowser.objects.get(exam=exam)
    assert (changed.quit_hash, changed.config_key == key) == ("", False)


def test_after_a_start_keys_may_be_added_and_the_demand_dropped_but_not_changed(exam, begun):
    set_browser(exam, required=True, quit_password=None, exam_keys=[BROWSER_KEY], at=timezone.now())
    with pytest.raises(DomainError) as refused:
        set_browser(exam, required=True, quit_password="other", exam_keys=[], at=timezone.now())
    assert refused.value.code == "already_started"
    set_browser(exam, required=False, quit_password=None, exam_keys=[], at=timezone.now())
    assert browser_rule(begun.pk) is None
    with pytest.raises(DomainError):
        set_browser(exam, required=True, quit_password=None, exam_keys=[], at=timezone.now())


def test_without_a_public_address_it_cannot_be_asked_for(exam, settings):
    settings.LMS_PUBLIC_ORIGIN = ""
    with pytest.raises(DomainError) as refused:
        set_browser(exam, required=True, quit_password=None, exam_keys=[], at=timezone.now())
    assert refused.value.code == "origin_missing"


def test_the_file_is_fetched_with_its_key_and_no_sign_in(exam, key):
    address = path_of("browser_file", exam.pk)
    file = Client().get(f"{address}?key={sign_browser_file(exam.pk)}")
    assert (file.headers["Content-Type"], config_key(read_configuration(file.content))) == ("application/seb", key)
    for wrong in ("", "?key=x", f"?key={sign_browser_file(exam.pk + 1)}"):
        assert Client().get(address + wrong).status_code == 404


def test_the_back_office_sets_and_unlocks(exam, begun, signed_in):
    client = signed_in(people.staff(Role.EXAMINER))
    screen = reverse("lms_exams_backoffice:browser", args=[exam.pk])
    wrong = client.post(screen, {"required": "on", "exam_keys": "nonsense"})
    assert wrong.status_code == 200
    assert client.post(screen, {"required": "on", "exam_keys": BROWSER_KEY.upper()}).url == screen
    assert ExamBrowser.objects.get(exam=exam).exam_keys == [BROWSER_KEY]
    assert ExamBrowser.objects.get(exam=exam).config_key in client.get(screen).content.decode()
    lock_sitting(begun.pk, at=timezone.now())
    assistant = signed_in(people.staff(Role.ASSISTANT))
    signals = reverse("lms_exams_backoffice:signals", args=[exam.pk])
    assert begun.enrolment.person.name in assistant.get(signals).content.decode()
    unlock = reverse("lms_exams_backoffice:unlock", args=[exam.pk])
    assert assistant.post(unlock, {"sitting": "abc", "reason": "x"}).status_code == 404
    assert assistant.post(unlock, {"sitting": begun.pk, "reason": "看过了"}).url == signals
    assert LockEntry.objects.get(kind="unlocked").reason == "看过了"


def test_outsiders_neither_set_nor_unlock(exam, begun, outsider, signed_in):
    assistant = signed_in(people.staff(Role.ASSISTANT))
    browser, signals, unlock = (
        reverse(f"lms_exams_backoffice:{name}", args=[exam.pk]) for name in ("browser", "signals", "unlock")
    )
    assert assistant.get(browser).status_code == 403
    for user in (outsider, begun.owner):
        client = signed_in(user)
        answers = [client.get(browser), client.get(signals), client.post(unlock, {"sitting": begun.pk, "reason": "x"})]
        assert all(answer.status_code in (302, 403) for answer in answers)
    assert not LockEntry.objects.exists()
