"""Signing in: throttled by account and by address, tells nothing, and a second factor for staff."""

import base64
import hashlib
import hmac
import struct
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from lms.people.auth_backends import lock_name
from lms.people.checks import check_doors
from lms.people.enums import Role
from lms.people.permissions import held_roles, roles_of
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "right-password-1"
LOGIN = "/accounts/login/"
SET_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def _guarded(settings: Any) -> Any:
    """The throttles as they stand in every site; only the tests' own settings switch them off."""
    settings.AXES_ENABLED = True
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def learner() -> Any:
    return factories.a_person(user=factories.a_user("wang", password=PASSWORD), phone="13900005511")


def sign_in(login: str, password: str = PASSWORD, client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).post(LOGIN, {"login": login, "password": password}, **extra)


def fail(login: str, times: int, **extra: Any) -> Any:
    answer = None
    for _number in range(times):
        answer = sign_in(login, "wrong", **extra)
    return answer


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_five_failures_lock_the_account_with_the_calm_page(learner: Any, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    assert fail("wang", 4, client=client).status_code == 200
    locked = fail("wang", 1, client=client)
    assert locked.status_code in {403, 429}
    assert ("登录" in locked.content.decode()) == (language == "zh-hans")
    assert ("Signing in is paused" in locked.content.decode()) == (language == "en")
    assert f'lang="{language}"' in locked.content.decode().lower()
    assert sign_in("wang").status_code == locked.status_code


@pytest.mark.parametrize(
    "spellings",
    [
        ["13900005511"] * 5,
        ["13900005511", "+86 139 0000 5511", "139-0000-5511", "008613900005511", "１３９００００５５１１"],
        ["wang", "13900005511", "wang", "13900005511", "wang"],
    ],
)
def test_no_spelling_of_the_name_has_tries_of_its_own(learner: Any, spellings: list[str]) -> None:
    for spelling in spellings:
        last = fail(spelling, 1)
    assert last.status_code in {403, 429}
    assert sign_in("wang").status_code in {403, 429}
    assert sign_in("13900005511").status_code in {403, 429}


def test_the_lock_ends_after_half_an_hour_even_when_somebody_goes_on_trying(learner: Any) -> None:
    fail("wang", 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=29))
    assert fail("wang", 1).status_code in {403, 429}
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert sign_in("wang").status_code == 302


def test_a_lock_is_of_one_account_not_of_the_address(learner: Any) -> None:
    factories.a_user("li", password=PASSWORD)
    fail("wang", 5)
    assert sign_in("li").status_code == 302


def test_success_before_the_fifth_failure_starts_the_count_again(learner: Any) -> None:
    fail("wang", 4)
    assert sign_in("13900005511").status_code == 302
    fail("wang", 4)
    assert sign_in("wang").status_code == 302


def test_failures_of_an_address_are_limited_by_rate() -> None:
    for number in range(20):
        fail(f"nobody{number}", 1, REMOTE_ADDR="203.0.113.9")
    refused = fail("nobody-else", 1, REMOTE_ADDR="203.0.113.9")
    assert refused.status_code in {200, 429}
    assert AccessAttempt.objects.filter(ip_address="203.0.113.9").count() == 20
    factories.a_user("li", password=PASSWORD)
    assert sign_in("li", REMOTE_ADDR="203.0.113.10").status_code == 302


def test_a_locked_account_keeps_its_running_session(learner: Any) -> None:
    running = Client()
    assert sign_in("wang", client=running).status_code == 302
    fail("wang", 6)
    assert running.get("/me/").status_code == 200


def test_staff_open_a_locked_account_at_once(learner: Any, signed_in: Any) -> None:
    fail("wang", 5)
    assistant = factories.staff(Role.ASSISTANT)
    answer = signed_in(assistant).post(f"/admin/people/{learner.pk}/unlock/")
    assert answer.status_code == 302
    assert sign_in("13900005511").status_code == 302
    entry = ModelLogEntry.objects.get(action="lms_people.unlock")
    assert (entry.user, entry.object_id, entry.data) == (assistant, str(learner.pk), {"before": {"failures": 1}})


def test_nobody_else_opens_an_account(learner: Any, signed_in: Any, outsider: Any) -> None:
    fail("wang", 5)
    for user in (outsider, factories.staff(Role.FINANCE), factories.an_enrolment().person.user):
        assert signed_in(user).post(f"/admin/people/{learner.pk}/unlock/").status_code in {302, 403}
    assert sign_in("wang").status_code in {403, 429}


def test_known_and_unknown_names_get_the_same_answer_and_the_same_work(
    learner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, seen = MD5PasswordHasher.encode, []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *given: seen.append(1) or encode(self, *given))
    factories.a_person(phone="13900005522")  # known, never activated
    bodies, work = set(), {}
    for login in ("wang", "nobody", "13900005511", "13900005599", "13900005522"):
        seen.clear()
        answer = fail(login, 1)
        work[login] = len(seen)
        text = answer.content.decode().replace(login, "…").replace(answer.wsgi_request.META.get("CSRF_COOKIE", "-"), "")
        bodies.add((answer.status_code, text[text.index("error-summary") :][:600] if "error-summary" in text else ""))
    assert len(bodies) == 1
    assert next(iter(bodies))[1]
    assert work["wang"] == work["nobody"] == 1
    assert work["13900005511"] == work["13900005599"] == work["13900005522"]


def test_what_belongs_to_nobody_is_not_kept_in_plain(rf: Any) -> None:
    number = factories.an_id_number(77)
    fail(number, 2)
    kept = list(AccessAttempt.objects.values_list("username", "get_data", "post_data", "path_info"))
    assert kept
    assert number not in str(kept)
    assert lock_name(rf.post(LOGIN), {"login": number}) == lock_name(rf.post(LOGIN), {"username": f" {number} "})


def test_an_activation_tells_nothing_about_a_number(learner: Any) -> None:
    def answers(phone: str) -> list[str]:
        cache.clear()
        found = []
        for number in range(7):
            page = Client().post(
                "/me/activate/",
                {"phone": phone, "code": f"{number:08d}", "password": "new-password-9", "again": "new-password-9"},
            )
            found.append(str(page.context["form"].errors.get("code")))
        return found

    from lms.people.services import make_activation_code

    make_activation_code(learner, at=timezone.now())
    assert answers("13900005511") == answers("13900009999")


def test_signing_out_ends_the_session_on_the_server(learner: Any) -> None:
    client = Client()
    sign_in("wang", client=client)
    stolen = Client()
    stolen.cookies["sessionid"] = client.cookies["sessionid"].value
    assert stolen.get("/me/").status_code == 200
    client.post("/accounts/logout/")
    assert stolen.get("/me/").status_code == 302


def test_signing_out_needs_a_post(learner: Any) -> None:
    client = Client()
    sign_in("wang", client=client)
    client.get("/accounts/logout/")
    assert client.get("/me/").status_code == 200


def test_a_new_password_signs_every_other_device_out(learner: Any) -> None:
    here, there = Client(), Client()
    sign_in("wang", client=here)
    sign_in("wang", client=there)
    fresh = {"oldpassword": PASSWORD, "password1": "other-password-2", "password2": "other-password-2"}
    assert here.post("/accounts/password/change/", fresh).status_code == 302
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302


def test_signing_in_changes_the_session_key(learner: Any) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    sign_in("wang", client=client)
    assert client.cookies["sessionid"].value != planted


def totp(secret: str) -> str:
    """RFC 6238 by hand: HMAC-SHA1 over the half-minute, six digits."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def secret_shown_to(client: Client) -> str:
    """The page that sets TOTP up, which asks for the password once more before it shows the secret."""
    asked = client.get(SET_UP)
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    page = client.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == SET_UP
    secret: str = page.context["form"].secret
    return secret


class TestSecondFactor:
    """With LMS_STAFF_SECOND_FACTOR, as in production."""

    @pytest.fixture(autouse=True)
    def _wanted(self, settings: Any) -> None:
        settings.LMS_STAFF_SECOND_FACTOR = True

    @pytest.fixture
    def assistant(self) -> Any:
        return factories.a_user("helper", password=PASSWORD, roles=(Role.ASSISTANT,))

    ADDRESSES = (
        "/admin/",
        "/admin/people/",
        "/admin/pages/",
        "/admin/images/",
        "/admin/reports/site-history/",
        "/admin/attendance/timetable/",
        "/admin/no-such/",
    )

    @pytest.mark.parametrize("path", ADDRESSES)
    def test_staff_without_one_are_led_to_its_set_up(self, signed_in: Any, assistant: Any, path: str) -> None:
        for user in (assistant, factories.a_user(is_superuser=True)):
            answer = signed_in(user).get(path)
            assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/")
            assert signed_in(user).post(path).headers["Location"] == "/accounts/2fa/"

    def test_the_set_up_says_why(self, signed_in: Any, assistant: Any) -> None:
        page = signed_in(assistant).get("/admin/", follow=True)
        assert page.redirect_chain[-1] == ("/accounts/2fa/", 302)
        assert page.status_code == 200
        assert [str(message) for message in page.context["messages"]]

    def test_the_board_is_refused_too(self, signed_in: Any, assistant: Any) -> None:
        from tests.attendance.factories import a_board, a_session

        session = a_session(factories.a_term())
        a_board(session)
        for path in (f"/attendance/board/{session.pk}/", f"/attendance/board/{session.pk}/state/"):
            answer = signed_in(assistant).get(path)
            assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/")
        for path in (f"/attendance/board/{session.pk}/open/", f"/attendance/board/{session.pk}/switch/"):
            assert signed_in(assistant).post(path).headers["Location"] == "/accounts/2fa/"

    @pytest.mark.parametrize("role", Role)
    def test_no_role_counts_anywhere_without_one(self, role: Role) -> None:
        user = factories.a_user(roles=(role,))
        assert roles_of(user) == frozenset()
        assert held_roles(user) == {role}

    def test_after_the_real_set_up_it_opens(self, assistant: Any) -> None:
        client = Client()
        assert sign_in("helper", client=client).status_code == 302
        secret = secret_shown_to(client)
        done = client.post(SET_UP, {"code": totp(secret)})
        assert done.status_code == 302, done.context["form"].errors
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/people/").status_code == 200
        other = Client()
        halfway = sign_in("helper", client=other)
        assert halfway.headers["Location"].startswith("/accounts/2fa/authenticate/")
        assert other.get("/admin/").status_code == 302
        assert "/accounts/login/" in other.get("/admin/").headers["Location"]

    @pytest.mark.parametrize("door", ["/admin/login/", "/_util/login/"])
    def test_no_other_door_asks_for_the_password_alone(self, assistant: Any, door: str) -> None:
        first = Client()
        sign_in("helper", client=first)
        first.post(SET_UP, {"code": totp(secret_shown_to(first))})
        client = Client()
        answer = client.get(f"{door}?next=/admin/people/")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next=/admin/people/")
        client.post(f"{door}?next=/admin/people/", {"username": "helper", "password": PASSWORD})
        assert "_auth_user_id" not in client.session
        assert "/accounts/login/" in client.get("/admin/people/").headers["Location"]

    def test_a_site_with_another_door_is_told_at_the_start(self, settings: Any) -> None:
        assert check_doors() == []
        settings.ROOT_URLCONF = "wagtail.admin.urls"
        assert [found.id for found in check_doors()] == ["lms_people.E001"]
        settings.LMS_STAFF_SECOND_FACTOR = False
        assert check_doors() == []

    def test_a_wrong_code_sets_nothing_up(self, assistant: Any) -> None:
        client = Client()
        sign_in("helper", client=client)
        secret = secret_shown_to(client)
        wrong = f"{(int(totp(secret)) + 1) % 1_000_000:06d}"
        assert client.post(SET_UP, {"code": wrong}).status_code == 200
        assert not Authenticator.objects.exists()
        assert client.get("/admin/").headers["Location"] == "/accounts/2fa/"

    def test_the_secret_does_not_lie_in_plain(self, assistant: Any) -> None:
        client = Client()
        sign_in("helper", client=client)
        secret = secret_shown_to(client)
        client.post(SET_UP, {"code": totp(secret)})
        assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    def test_learners_notice_nothing(self, signed_in: Any) -> None:
        client = signed_in(factories.an_enrolment().person.user)
        for path in ("/desk/", "/me/", "/courses/", "/attendance/", "/exchange/forum/", "/results/"):
            assert client.get(path).status_code == 200, path
        assert client.get("/attendance/board/1/").status_code == 403
        assert "/accounts/2fa/" not in client.get("/admin/").headers.get("Location", "")

    def test_she_is_a_member_of_staff_still(self, signed_in: Any, assistant: Any) -> None:
        """Nobody takes her account over meanwhile, and after signing in she is led to the back office."""
        person = factories.a_person(user=assistant)
        colleague = factories.a_user(roles=(Role.ASSISTANT,))
        Authenticator.objects.create(user=colleague, type=Authenticator.Type.TOTP, data={"secret": ""})
        assert signed_in(colleague).get(f"/admin/people/{person.pk}/edit/").status_code == 403
        signed_in(colleague).post(f"/admin/people/{person.pk}/code/")
        assert not person.activation_codes.exists()
        assert sign_in("helper").headers["Location"] == "/admin/"
