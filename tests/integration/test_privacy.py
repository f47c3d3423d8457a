"""A lived term: what belongs to one learner is closed to another, and no ID number lies anywhere in plain."""

import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, TestCase
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import ModelLogEntry, PageLogEntry

from lms.admissions.models import Application
from lms.attendance.models import AttendanceMark, LeaveRequest, Session
from lms.attendance.services import Correction, correct_attendance
from lms.certificates.models import Certificate
from lms.certificates.services import confirm_revocation, propose_revocation
from lms.community.models import PolicyQuestion, Post
from lms.core.audit import ACTIONS
from lms.exams.models import Sitting
from lms.exams.tokens import sitting_token
from lms.fees.models import Order, Refund
from lms.fees.services import decide_refund
from lms.files.services import remove_file, store_file
from lms.notifications.models import Notice
from lms.people.enums import Role
from lms.people.models import Person
from lms.people.services import change_phone, issue_activation_codes, reveal_id_number, revoke_role
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment, Term
from lms.programmes.services import change_programme, end_enrolment
from tests import factories

pytestmark = pytest.mark.slow
ROOT = Path(settings.BASE_DIR)
TERM = "2025-spring"


class World:
    """The term, and two learners of it: hers is whatever `anna` owns, `berta` is the other one."""

    def __init__(self) -> None:
        self.term = Term.objects.get(code=TERM)
        held = Certificate.objects.filter(revoked_at=None).order_by("pk").first()
        assert held is not None
        self.anna: Enrolment = held.enrolment
        others = Enrolment.objects.filter(term=self.term).exclude(pk=self.anna.pk)
        self.berta: Enrolment = others.exclude(person__name=self.anna.person.name).order_by("pk")[0]
        for seat in (self.anna, self.berta):
            Application.objects.get_or_create(
                person=seat.person, term=self.term, defaults={"year": 2025, "started_at": timezone.now()}
            )
        now = timezone.now()
        self.file = store_file(
            BytesIO(b"%PDF-1.4 proof of degree %%EOF\n"),
            owner=self.anna.person.user,
            kind="lms_admissions.document",
            name="proof.pdf",
            reference="",
            allowed={"pdf"},
            max_bytes=10_000,
            at=now,
        )
        session = Session.objects.filter(term=self.term).order_by("pk").first()
        assert session is not None
        self.leave = LeaveRequest.objects.create(
            session=session, enrolment=self.anna, reason="Confidential reason", asked_at=now
        )
        self.notice = Notice.objects.create(
            user=self.anna.person.user, kind=Notice._meta.get_field("kind").choices[0][0], key="planted", made_at=now
        )

    def own_application(self) -> Application:
        return Application.objects.get(person=self.anna.person)

    def own(self, model: Any, **lookup: Any) -> Any:
        return model.objects.filter(**lookup).order_by("pk").first()

    def browser(self, seat: Enrolment) -> Client:
        client = Client()
        client.force_login(seat.person.user)
        return client


def tell_numbers_apart() -> None:
    """On PostgreSQL every table counts from a place of its own: no object can stand in for another by its number."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename"
        )
        for place, (name,) in enumerate(cursor.fetchall(), start=1):
            cursor.execute("SELECT setval(%s::regclass, %s)", [f'"{name}"', place * 100_000])


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    """Lived once for the module, with everything that happens on commit, and taken back at the end."""
    quiet: dict[str, Any] = {"stdout": StringIO(), "stderr": StringIO()}
    with django_db_blocker.unblock(), transaction.atomic():
        tell_numbers_apart()
        with TestCase.captureOnCommitCallbacks(execute=True):
            call_command("load_programme", str(ROOT / "lms/programmes/data/xianyang-2025.toml"), **quiet)
            slug = {"programme": "xianyang-2025", **quiet}
            call_command("load_items", str(ROOT / "lms/questions/data/demo-bank.toml"), **slug)
            call_command("load_lessons", str(ROOT / "lms/modules/data/demo-lessons.toml"), term=[TERM], **slug)
            call_command("simulate_term", term=TERM, learners=20, seed=11, **quiet)
            lived = World()
            administrator = get_user_model().objects.filter(groups__name="lms.administrator").first()
            reveal_id_number(lived.anna.person, reason="Checking the identity card", actor=administrator)
            lived.anna.person = change_phone(lived.anna.person, "13711113333", actor=administrator)
            issue_activation_codes([lived.anna.person], at=timezone.now(), actor=administrator)
            change_phone(lived.berta.person, "13711112222", actor=lived.berta.person.user)
        yield lived
        transaction.set_rollback(True)


OBJECTS: dict[str, Callable[[World], Any]] = {
    "/exams/sittings/{}/": lambda w: w.own(Sitting, enrolment=w.anna),
    "/exams/sittings/{}/submit/": lambda w: w.own(Sitting, enrolment=w.anna),
    "/exams/sittings/{}/receipt/": lambda w: w.own(Sitting, enrolment=w.anna),
    "/exams/sittings/{}/save/": lambda w: w.own(Sitting, enrolment=w.anna),
    "/exams/sittings/{}/clock/": lambda w: w.own(Sitting, enrolment=w.anna),
    "/certificates/{}/pdf/": lambda w: w.own(Certificate, enrolment=w.anna),
    "/files/{}/": lambda w: w.file,
    "/apply/{}/": lambda w: w.own(Application, person=w.anna.person),
    "/apply/{}/withdraw/": lambda w: w.own(Application, person=w.anna.person),
    "/apply/{}/identity/": lambda w: w.own(Application, person=w.anna.person),
    "/apply/{}/materials/": lambda w: w.own(Application, person=w.anna.person),
    "/apply/{}/review/": lambda w: w.own(Application, person=w.anna.person),
    "/fees/{}/refund/": lambda w: w.own(Order, enrolment=w.anna),
    "/messages/{}/open/": lambda w: w.notice,
    "/attendance/leave/{}/withdraw/": lambda w: w.leave,
}


@pytest.mark.django_db
@pytest.mark.parametrize("route", OBJECTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_hers_is_closed_to_another_learner(world: World, route: str, method: str) -> None:
    row = OBJECTS[route](world)
    assert row is not None, f"the simulation made nothing for {route}"
    before = type(row).objects.filter(pk=row.pk).values().get()
    for client in (world.browser(world.berta), Client()):
        answer = getattr(client, method)(route.format(row.pk))
        signs_in = answer.status_code == 302 and "/accounts/login/" in answer.headers["Location"]
        assert signs_in or answer.status_code in {403, 404, 405}, answer.status_code
        assert world.anna.person.name not in answer.content.decode(errors="ignore")
    assert type(row).objects.filter(pk=row.pk).values().get() == before


@pytest.mark.django_db
def test_the_same_addresses_are_open_to_their_owner(world: World) -> None:
    """Otherwise the test above would prove nothing."""
    client = world.browser(world.anna)
    for route in ("/certificates/{}/pdf/", "/files/{}/", "/apply/{}/", "/exams/sittings/{}/receipt/"):
        assert client.get(route.format(OBJECTS[route](world).pk)).status_code == 200, route


@pytest.mark.django_db
def test_lists_show_only_what_is_hers(world: World) -> None:
    client, name = world.browser(world.berta), world.anna.person.name
    own_pages = ["/desk/", "/desk/hours/", "/attendance/", "/attendance/leave/", "/exams/", "/results/"]
    own_pages += ["/certificates/", "/messages/", "/apply/", "/fees/", "/appeals/", "/evaluation/", "/courses/", "/me/"]
    for path in own_pages:
        answer = client.get(path, follow=True)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert name not in text, path
        assert "Confidential reason" not in text, path


@pytest.mark.django_db
def test_a_token_of_another_sitting_saves_nothing(world: World) -> None:
    mine, hers = world.own(Sitting, enrolment=world.berta), world.own(Sitting, enrolment=world.anna)
    body = {"epoch": mine.epoch, "seq": 9999, "answers": {}, "answered": 0}
    forged = sitting_token(hers.pk, mine.owner_id, hers.epoch)
    for token in (sitting_token(mine.pk, mine.owner_id, mine.epoch), forged):
        answer = Client().post(
            f"/exams/sittings/{hers.pk}/save/",
            json.dumps(body),
            content_type="application/json",
            headers={"X-Sitting-Token": token},
        )
        assert answer.status_code in {400, 403, 404}
        assert "receipt" not in answer.json()


@pytest.mark.django_db
def test_nobody_edits_the_words_of_another(world: World) -> None:
    post = Post.objects.exclude(author=world.berta.person.user).order_by("pk").first()
    assert post is not None
    client = world.browser(world.berta)
    client.post(f"/exchange/forum/posts/{post.pk}/edit/", {"body": "changed"})
    assert client.post(f"/exchange/forum/posts/{post.pk}/hide/", {"reason": "because"}).status_code in {403, 404}
    assert client.post(f"/exchange/forum/threads/{post.thread_id}/moderate/", {"act": "lock"}).status_code in {403, 404}
    assert (Post.objects.get(pk=post.pk).body, Post.objects.get(pk=post.pk).html) == (post.body, post.html)
    question = PolicyQuestion.objects.exclude(author=world.berta.person.user).first()
    if question is not None:
        assert client.post(f"/exchange/consulting/{question.pk}/close/").status_code in {403, 404}


def id_numbers() -> set[str]:
    numbers = {number for number in Person.objects.values_list("id_number", flat=True) if number}
    assert len(numbers) >= 20
    assert all(re.fullmatch(r"\d{17}[\dX]", number) for number in numbers)
    return numbers


def dumped_tables() -> Iterator[tuple[str, str]]:
    """Every table as the database holds it: nothing is decrypted on the way."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield table, "\n".join(_readable(row) for row in cursor.fetchall())


def _readable(row: Any) -> str:
    return "|".join(cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) for cell in row)


@pytest.mark.django_db
def test_no_id_number_lies_in_the_database(world: World) -> None:
    numbers, tables = id_numbers(), dict(dumped_tables())
    assert {"lms_people_person", "wagtailcore_modellogentry", "django_session", "django_q_task"} <= tables.keys()
    assert [name for name in tables if "search" in name]
    hits = {name for name, text in tables.items() if any(number in text for number in numbers)}
    assert hits == set()


@pytest.mark.django_db
def test_no_id_number_lies_in_a_file(world: World) -> None:
    numbers = {number.encode() for number in id_numbers()}
    hits = []
    for folder in (settings.MEDIA_ROOT, settings.LMS_PRIVATE_ROOT):
        for path in (path for path in Path(folder).rglob("*") if path.is_file()):
            if any(number in content for content in _contents(path) for number in numbers):
                hits.append(path.name)
    assert hits == []


def _contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


@pytest.mark.django_db
def test_the_audit_trail_holds_no_number_and_only_declared_acts(world: World) -> None:
    entries = [*ModelLogEntry.objects.all(), *PageLogEntry.objects.all()]
    assert len(entries) > 100
    text = "\n".join(f"{entry.label} {json.dumps(entry.data, ensure_ascii=False)}" for entry in entries)
    phones = {phone for phone in Person.objects.values_list("phone", flat=True) if phone}
    assert phones
    assert [number for number in id_numbers() | phones if number in text] == []
    undeclared = {entry.action for entry in entries if entry.action.startswith("lms_")} - ACTIONS.keys()
    assert undeclared == set()


@pytest.mark.django_db
def test_the_task_queue_and_notices_hold_no_number(world: World) -> None:
    tables = {name: text for name, text in dumped_tables() if name.startswith(("django_q", "lms_notifications"))}
    codes = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
    assert {name: codes.findall(text) for name, text in tables.items() if codes.search(text)} == {}


@pytest.mark.django_db
def test_a_removed_upload_is_gone_from_the_disk(world: World, tmp_path: Path, settings: Any) -> None:
    """A class list holds ID numbers while it is previewed; importing or discarding removes it."""
    settings.LMS_PRIVATE_ROOT = tmp_path
    file = store_file(
        ContentFile(b"%PDF-1.4 hello %%EOF\n"),
        owner=world.anna.person.user,
        kind="x",
        name="x.pdf",
        reference="",
        allowed={"pdf"},
        max_bytes=10_000,
        at=timezone.now(),
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
    with TestCase.captureOnCommitCallbacks(execute=True):
        remove_file(file, at=timezone.now())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


LIVED = {
    "lms_programmes.enrol": "after",
    "lms_admissions.admitted": "both",
    "lms_fees.payment": "both",
    "lms_attendance.publish": "",
    "lms_attendance.close": "both",
    "lms_attendance.classroom_marks": "after",
    "lms_attendance.exclusion_confirmed": "both",
    "lms_modules.mark": "after",
    "lms_exams.publish": "both",
    "lms_exams.practical": "after",
    "lms_grading.compose": "after",
    "lms_grading.release": "both",
    "lms_certificates.issue": "after",
    "lms_programmes.complete": "both",
    "lms_people.grant_role": "both",
    "lms_people.change": "both",
    "lms_people.reveal_id": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("action", LIVED)
def test_what_staff_did_in_the_term_is_on_record(world: World, action: str) -> None:
    entries = ModelLogEntry.objects.filter(action=action)
    assert entries, "the simulation did not do it"
    for entry in entries:
        assert_tells(entry, LIVED[action])
        assert entry.user_id is not None or action == "lms_people.grant_role"


def assert_tells(entry: ModelLogEntry, wanted: str) -> None:
    if wanted in {"after", "both"}:
        assert entry.data.get("after"), entry.data
    if wanted == "both":
        assert entry.data.get("before"), entry.data
        assert entry.data["before"] != entry.data["after"]


def acts(world: World) -> dict[str, Callable[[Any], Any]]:
    """Verbs the simulation has no use for: action -> what an administrator does."""
    now, cert = timezone.now(), world.own(Certificate, enrolment=world.anna)
    session = Session.objects.filter(term=world.term, state="closed").order_by("pk")[0]
    programme = world.term.programme

    def revoke(actor: Any) -> None:
        proposed = propose_revocation(cert, reason="The name is written wrongly", at=now, actor=a_colleague())
        confirm_revocation(proposed, number=cert.number, at=now, actor=actor)

    def refund(actor: Any) -> None:
        order = world.own(Order, enrolment=world.berta)
        asked = Refund.objects.create(order=order, verdict="between", asked_at=now, reason="ill")
        decide_refund(asked, granted=False, answer="Too late in the term", at=now, actor=actor)

    def change(actor: Any) -> None:
        programme.summary = "another summary"
        change_programme(programme, at=now, actor=actor)

    def correct(actor: Any) -> None:
        cell = AttendanceMark.objects.filter(session=session, enrolment=world.anna).count()
        minutes = 0 if cell == 0 else None
        correct_attendance(session, [Correction(world.anna, minutes)], reason="not in the room", at=now, actor=actor)

    return {
        "lms_attendance.correct": correct,
        "lms_certificates.revoked": revoke,
        "lms_fees.refund_decided": refund,
        "lms_programmes.change": change,
        "lms_people.revoke_role": lambda actor: revoke_role(held_by_nobody_else(Role.EXPERT), Role.EXPERT, actor=actor),
        "lms_programmes.end": lambda actor: end_enrolment(
            factories.an_enrolment(world.term, number=9001),
            state=EnrolmentState.WITHDRAWN,
            at=now,
            reason="moved away",
            actor=actor,
        ),
    }


def a_colleague() -> Any:
    return factories.staff(Role.EXAMINER)


def held_by_nobody_else(role: Role) -> Any:
    return factories.staff(role)


ACTS = [
    *("lms_attendance.correct", "lms_certificates.revoked", "lms_fees.refund_decided"),
    *("lms_programmes.change", "lms_people.revoke_role", "lms_programmes.end"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("action", ACTS)
def test_a_single_act_is_on_record_with_its_actor(world: World, action: str) -> None:
    actor = factories.staff(Role.ADMINISTRATOR)
    acts(world)[action](actor)
    entry = ModelLogEntry.objects.filter(action=action).order_by("-pk")[0]
    assert entry.user == actor
    assert_tells(entry, "both")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_audit_trail_is_one_screen_for_administrators(world: World, language: str) -> None:
    client = Client()
    client.force_login(factories.staff(Role.ADMINISTRATOR))
    client.cookies["django_language"] = language
    with override(language):
        released = str(ACTIONS["lms_grading.release"])
    page = client.get("/admin/audit/", {"action": "lms_grading.release"})
    assert page.status_code == 200
    text = page.content.decode()
    assert released in text
    assert "lms_grading.release</" not in text
    assert [entry.action for entry in page.context["object_list"]] == ["lms_grading.release"]
    everything = client.get("/admin/audit/")
    assert {entry.content_type.app_label for entry in everything.context["object_list"]} & {"lms_certificates"}
    revealed = client.get("/admin/audit/", {"action": "lms_people.reveal_id"}).content.decode()
    assert "Checking the identity card" in revealed
    for kind in ("csv", "xlsx"):
        assert client.get("/admin/audit/", {"export": kind}).status_code == 200


@pytest.mark.django_db
def test_the_audit_trail_reads_in_words(world: World) -> None:
    """No key, code or object number of ours is left in the Chinese screen and file of a lived term."""
    client = Client()
    client.force_login(factories.staff(Role.ADMINISTRATOR))
    client.cookies["django_language"] = "zh-hans"
    file = b"".join(client.get("/admin/audit/", {"export": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(StringIO(file)))
    assert len(rows) > 100
    facts = {fact.partition(":")[0] for row in rows for fact in row["变更前后"].split("\n") if fact}
    assert {name for name in facts if not re.search("[\u4e00-\u9fff]", name)} == set()
    assert [
        row for row in rows if re.search(r"object \(\d+\)|[\[{]|\d\d:\d\d\+|: None", row["对象"] + row["变更前后"])
    ] == []
    shown = client.get("/admin/audit/", {"action": "lms_grading.compose"}).content.decode()
    assert "其余" in shown
    assert "<details>" in shown


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_reads_the_audit_trail(world: World, role: Role) -> None:
    client = Client()
    client.force_login(factories.staff(role))
    for path in ("/admin/audit/", "/admin/audit/results/"):
        assert client.get(path).status_code in {302, 403}, path
        assert "object_list" not in (client.get(path).context or {})
