"""The exchange in a simulated term, and the data file."""

import tomllib
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from lms.community.models import Board, PolicyAnswer, PolicyQuestion, Post, Resource, Thread
from lms.community.selectors import verify_threads
from lms.community.services.loading import draw_sheet
from lms.community.simulation import DEMO, take_part
from lms.people.enums import Role
from lms.programmes.rules import day_end
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.LMS_PRIVATE_ROOT = tmp_path


@pytest.fixture
def world(db):
    term = factories.a_term(code="lived")
    staff = {"administrator": factories.staff(Role.ADMINISTRATOR), "expert": factories.staff(Role.EXPERT)}
    world = SimulatedTerm(term, seed=7, until=day_end(date(2025, 4, 30)), staff=staff)
    for number in range(1, 13):
        seat = factories.an_enrolment(term, number=number)
        world.learners.append(SimulatedLearner(seat.person, 0.7, 0.8, 0.9, seat))
    return world


def test_a_term_writes_its_share_and_a_second_run_adds_nothing(world):
    take_part(world)
    posts = world.counts["posts"]
    assert (Board.objects.count(), Resource.objects.count(), Thread.objects.count()) == (5, 14, 6)
    assert posts == Post.objects.count() > 18
    assert world.counts["questions"] == PolicyQuestion.objects.count() == 2
    assert world.counts["answers"] == PolicyAnswer.objects.count() == 2
    world.counts.clear()
    take_part(world)
    assert (world.counts["posts"], Post.objects.count()) == (posts, posts)
    assert list(verify_threads()) == []


def test_nothing_happens_after_until(world):
    world.until = day_end(date(2025, 3, 6))
    take_part(world)
    assert not Post.objects.filter(at__gt=world.until).exists()


def test_the_file_is_loaded_again_without_change():
    factories.staff(Role.ADMINISTRATOR)
    for _time in range(2):
        call_command("load_community", DEMO, verbosity=0)
    assert (Board.objects.count(), Resource.objects.count()) == (5, 14)
    assert set(Resource.objects.values_list("version", flat=True)) == {1}


def test_loading_without_an_administrator_says_so():
    with pytest.raises(CommandError, match="administrator"):
        call_command("load_community", DEMO)


def test_a_wrong_file_leaves_nothing(tmp_path):
    factories.staff(Role.ADMINISTRATOR)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[boards]]\nslug="a"\nname="A"\n[[resources]]\nslug="x"\ntitle="X"\nkind="novel"\nbody="y"\n')
    with pytest.raises(CommandError, match="novel"):
        call_command("load_community", wrong)
    assert not Board.objects.exists()


def test_every_document_of_the_file_becomes_a_pdf():
    for entry in tomllib.loads(DEMO.read_text("utf-8"))["resources"][:2]:
        assert draw_sheet(entry["title"], entry["body"]).startswith(b"%PDF-")
