"""The page tree, rights of instructors, and loading lessons."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import GroupPagePermission, Page, PageViewRestriction, Site

from lms.modules.models import Assignment, CourseIndexPage, CoursePage, LessonPage
from lms.modules.receivers import prepare_content
from lms.modules.rules import InvalidLessons, read_lessons
from lms.modules.services import load_lessons, prepare_tree
from lms.people.enums import Role
from tests import factories
from tests.modules import factories as make
from tests.modules.test_rules import LESSON

pytestmark = pytest.mark.django_db
DEMO = Path("lms/modules/data/demo-lessons.toml")


def the_whole_programme():
    programme = factories.a_programme()
    for kind, letter in (("theory", "T"), ("practice", "P"), ("case", "C")):
        for number in range(1, 5):
            factories.a_course(programme, f"{letter}{number}", kind=make.ModuleKind(kind), order=number)
    return programme


def test_the_tree_is_made_once():
    programme = make.a_programme_with_courses(2)
    prepare_tree(programme)
    index = CourseIndexPage.objects.get()
    assert index.get_parent() == Site.objects.get(is_default_site=True).root_page.specific_deferred
    assert list(index.get_children().values_list("slug", flat=True)) == [f"{programme.slug}-t1", f"{programme.slug}-t2"]


def test_a_course_that_got_another_title_gets_it_on_its_page():
    programme = make.a_programme_with_courses()
    course = make.course_of(programme)
    course.title = "新的名称"
    course.save()
    prepare_tree(programme)
    assert CoursePage.objects.get().title == "新的名称"


def test_the_section_follows_the_site_to_a_new_home():
    programme = make.a_programme_with_courses(2)
    home = Page.get_first_root_node().add_child(instance=Page(title="首页", slug="shouye"))
    Site.objects.update(root_page=home)
    Site.clear_site_root_paths_cache()
    prepare_tree(programme)
    assert CourseIndexPage.objects.get().path.startswith(home.path)
    assert CoursePage.objects.filter(path__startswith=home.path).count() == 2


def test_instructors_may_write_and_publish_below_the_section_only():
    programme = make.a_programme_with_courses()
    prepare_content(None, programme)
    prepare_content(None, programme)
    index = CourseIndexPage.objects.get()
    assert GroupPagePermission.objects.filter(group__name=Role.INSTRUCTOR, page=index).count() == 3
    assert PageViewRestriction.objects.filter(page=index).count() == 1
    teacher = factories.staff(Role.INSTRUCTOR)
    course_page = CoursePage.objects.get()
    assert course_page.permissions_for_user(teacher).can_add_subpage()
    assert course_page.permissions_for_user(teacher).can_publish_subpage()
    assert not index.get_parent().permissions_for_user(teacher).can_add_subpage()
    examiner = factories.staff(Role.EXAMINER)
    assert not course_page.permissions_for_user(examiner).can_add_subpage()


def test_the_demonstration_content_counts_eighteen_class_hours(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    programme = the_whole_programme()
    term = factories.a_term(programme)
    document = read_lessons(DEMO.read_text(encoding="utf-8"))
    report = load_lessons(document, programme=programme, terms=[term])
    assert dict(report.counts) == {"lessons": 27, "assignments": 3, "pictures": 12}
    assert sum(LessonPage.objects.live().values_list("minutes", flat=True)) == 18 * 45
    assert [task.due_at.isoformat() for task in Assignment.objects.all()] == [
        "2025-03-10T15:59:00+00:00",
        "2025-03-19T15:59:00+00:00",
        "2025-03-29T15:59:00+00:00",
    ]
    again = load_lessons(document, programme=programme, terms=[term], update=True)
    assert not +again.counts


def test_a_changed_file_replaces_a_lesson_only_when_asked(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    programme = make.a_programme_with_courses()
    load_lessons(read_lessons(LESSON), programme=programme)
    changed = read_lessons(LESSON.replace("正文", "新的正文").replace("29", "31"))
    load_lessons(changed, programme=programme)
    assert LessonPage.objects.get().minutes == 29
    report = load_lessons(changed, programme=programme, update=True)
    lesson = LessonPage.objects.get()
    assert dict(report.counts) == {"lessons_updated": 1}
    assert lesson.minutes == 31
    assert "新的正文" in str(lesson.body)


def test_a_course_the_programme_does_not_have_stops_the_load():
    programme = make.a_programme_with_courses()
    with pytest.raises(InvalidLessons, match="course T9: not in the programme"):
        load_lessons(read_lessons(LESSON.replace("T1", "T9")), programme=programme)
    assert not LessonPage.objects.exists()


def test_the_command_names_an_unknown_programme_or_term():
    with pytest.raises(CommandError, match="no programme nowhere"):
        call_command("load_lessons", str(DEMO), "--programme", "nowhere")
    programme = make.a_programme_with_courses()
    with pytest.raises(CommandError, match="no term then"):
        call_command("load_lessons", str(DEMO), "--programme", programme.slug, "--term", "then")


def test_text_of_a_file_is_escaped(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    programme = make.a_programme_with_courses()
    load_lessons(read_lessons(LESSON.replace("正文", "<script>alert(1)</script>")), programme=programme)
    assert "<script>" not in LessonPage.objects.get().body.render_as_block()
