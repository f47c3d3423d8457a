"""What learners see, who is refused, and what it costs."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from wagtail.images import get_image_model
from wagtailmedia.models import get_media_model

from lms.modules.models import CoursePage, LessonPage, LessonProgress, Submission
from lms.modules.pages import PICTURE
from lms.modules.services import complete_lesson
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.selectors import minutes_earned
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return make.a_programme_with_courses()


@pytest.fixture
def term(programme):
    return factories.a_term(programme)


@pytest.fixture
def enrolment(term):
    return factories.an_enrolment(term)


@pytest.fixture
def client(enrolment, signed_in):
    return signed_in(enrolment.person.user)


@pytest.fixture
def lesson(programme):
    return make.a_lesson(make.course_of(programme), "考核依据", minutes=30)


def address(lesson, name="lesson"):
    return reverse(f"lms_modules:{name}", args=["T1", lesson.slug])


def a_picture(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    buffer = BytesIO()
    Image.new("RGB", (1200, 480), "#1d5c7a").save(buffer, "PNG")
    return get_image_model().objects.create(title="图", file=ContentFile(buffer.getvalue(), name="p.png"))


def every_page(lesson, assignment):
    return [
        reverse("lms_modules:courses"),
        reverse("lms_modules:course", args=["T1"]),
        address(lesson),
        reverse("lms_modules:assignment", args=[assignment.pk]),
        reverse("lms_modules:media", args=[1]),
        reverse("lms_modules:captions", args=[lesson.pk, uuid4()]),
    ]


def test_anonymous_people_sign_in_first(client, db, lesson, term):
    from django.test import Client

    for url in every_page(lesson, make.an_assignment(term)):
        response = Client().get(url)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=")


def test_somebody_without_a_seat_is_told_what_to_do(outsider, signed_in, lesson, term):
    client = signed_in(outsider)
    for url in every_page(lesson, make.an_assignment(term)):
        response = client.get(url)
        assert response.status_code == 403
    assert "请先报名参加培训" in response.content.decode()
    for name in ("opened", "complete"):
        assert client.post(address(lesson, name)).status_code == 403
    assert not LessonProgress.objects.exists()


def test_staff_read_lessons_and_nothing_is_counted(signed_in, lesson):
    client = signed_in(factories.staff(Role.INSTRUCTOR))
    assert client.get(reverse("lms_modules:courses")).status_code == 200
    page = client.get(address(lesson)).content.decode()
    assert "考核工作应当有依据" in page
    assert "标记为已学完" not in page
    client.post(address(lesson, "opened"))
    client.post(address(lesson, "complete"))
    assert not LessonProgress.objects.exists()


def test_an_alumnus_reads_on_without_counting(client, enrolment, lesson):
    enrolment.state = EnrolmentState.COMPLETED
    enrolment.save()
    assert "标记为已学完" not in client.get(address(lesson)).content.decode()
    response = client.post(address(lesson, "complete"), follow=True)
    assert "只有在读学员的学习时间计入学时" in response.content.decode()
    assert not LessonProgress.objects.exists()


def test_reading_writes_nothing_and_finishing_counts(client, enrolment, programme, lesson):
    after = make.a_lesson(make.course_of(programme), "考核等次", minutes=15)
    for url in (reverse("lms_modules:courses"), reverse("lms_modules:course", args=["T1"]), address(lesson)):
        assert client.get(url).status_code == 200
    assert not LessonProgress.objects.exists()
    assert client.post(address(lesson, "opened")).status_code == 204
    response = client.post(address(lesson, "complete"))
    assert response["Location"] == address(after)
    assert minutes_earned(enrolment, HourKind.ONLINE) == 30
    assert "“考核依据”已学完，计入 0.67 学时" in client.get(response["Location"]).content.decode()
    last = client.post(address(after, "complete"))
    assert last["Location"] == reverse("lms_modules:course", args=["T1"])
    assert "您已学完全部课程内容" in client.get(reverse("lms_modules:courses")).content.decode()


def test_a_get_cannot_finish_a_lesson(client, lesson):
    for name in ("opened", "complete"):
        assert client.get(address(lesson, name)).status_code == 405


def test_drafts_and_unknown_lessons_are_not_found(client, programme, lesson):
    draft = make.a_lesson(make.course_of(programme), live=False)
    assert client.get(address(draft)).status_code == 404
    assert client.get(reverse("lms_modules:course", args=["T9"])).status_code == 404
    assert client.post(address(draft, "complete")).status_code == 404


def test_lessons_of_another_programme_are_not_found(client, lesson):
    other = make.a_programme_with_courses()
    foreign = make.a_lesson(make.course_of(other))
    assert client.get(address(foreign)).status_code == 404


@pytest.mark.parametrize("count", [3, 200])
def test_pages_cost_the_same_with_3_and_200_lessons(
    client, programme, term, enrolment, count, django_assert_max_num_queries
):
    course = make.course_of(programme)
    parent = CoursePage.objects.get(course=course)
    first = make.a_lesson(course)
    for number in range(count - 1):
        page = LessonPage(title=f"课{number}", slug=f"more-{number}", minutes=5, body="[]", show_in_menus=False)
        parent = CoursePage.objects.get(pk=parent.pk)
        parent.add_child(instance=page)
    make.an_assignment(term)
    complete_lesson(enrolment, first, at=timezone.now())
    client.get(reverse("lms_modules:courses"))
    with django_assert_max_num_queries(10):
        client.get(reverse("lms_modules:courses"))
    with django_assert_max_num_queries(10):
        client.get(reverse("lms_modules:course", args=["T1"]))
    with django_assert_max_num_queries(10):
        client.get(address(first))


@pytest.mark.parametrize("count", [1, 12])
def test_pictures_cost_two_queries_however_many(
    client, programme, settings, tmp_path, count, django_assert_max_num_queries
):
    blocks = []
    for number in range(count):
        picture = a_picture(settings, tmp_path)
        picture.get_rendition(PICTURE)
        blocks.append({"type": "image", "value": {"image": picture.pk, "alt": f"图{number}", "caption": ""}})
    lesson = make.a_lesson(make.course_of(programme), body=blocks)
    client.get(address(lesson))
    with django_assert_max_num_queries(10):
        page = client.get(address(lesson)).content.decode()
    assert page.count("<figure") == count


def test_publishing_makes_the_pictures_so_that_reading_writes_nothing(
    client, programme, settings, tmp_path, django_capture_on_commit_callbacks
):
    picture = a_picture(settings, tmp_path)
    body = [{"type": "image", "value": {"image": picture.pk, "alt": "一张图", "caption": "图一"}}]
    lesson = make.a_lesson(make.course_of(programme), body=body)
    with django_capture_on_commit_callbacks(execute=True):
        lesson.save_revision().publish()
    made = picture.renditions.count()
    assert made == 1
    page = client.get(address(lesson)).content.decode()
    assert 'alt="一张图"' in page
    assert picture.renditions.count() == made


def test_every_block_is_shown_without_script(client, programme, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    video = get_media_model().objects.create(
        title="录像", type="video", duration=1, file=ContentFile(b"0123456789", name="v.webm")
    )
    body = [
        {"type": "heading", "value": "<script>alert(1)</script>"},
        {"type": "paragraph", "value": '<p>段落<img src=x onerror="alert(1)"></p>'},
        {"type": "list", "value": ["要点一"]},
        {"type": "law", "value": {"text": "条文", "source": "《公务员法》", "article": "第三十五条"}},
        {"type": "case", "value": {"title": "", "text": "<p>某单位</p>"}},
        {
            "type": "video",
            "id": str(uuid4()),
            "value": {"video": video.pk, "captions": "WEBVTT\n", "transcript": "文字稿"},
        },
    ]
    lesson = make.a_lesson(make.course_of(programme), body=body)
    page = client.get(address(lesson)).content.decode()
    assert "<script>alert" not in page
    assert "style=" not in page
    for words in ("要点一", "《公务员法》 第三十五条", "某单位", "文字稿", "<video controls"):
        assert words in page
    block = json.loads(json.dumps(body))[-1]["id"]
    captions = client.get(reverse("lms_modules:captions", args=[lesson.pk, block]))
    assert captions["Content-Type"] == "text/vtt; charset=utf-8"
    assert captions.content == b"WEBVTT\n"


@pytest.mark.parametrize(
    ("asked", "status", "body", "range_"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=4-99", 206, b"456789", "bytes 4-9/10"),
        ("bytes=20-", 416, b"", "bytes */10"),
        ("bytes=x", 200, b"0123456789", None),
    ],
)
def test_videos_play_in_ranges(client, settings, tmp_path, asked, status, body, range_):
    settings.MEDIA_ROOT = tmp_path
    video = get_media_model().objects.create(
        title="录像", type="video", duration=1, file=ContentFile(b"0123456789", name="v.webm")
    )
    headers = {"range": asked} if asked else {}
    response = client.get(reverse("lms_modules:media", args=[video.pk]), headers=headers)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert (response.status_code, content, response.get("Content-Range")) == (status, body, range_)
    response.close()


def test_a_learner_writes_saves_and_hands_in(client, enrolment, term):
    task = make.an_assignment(term, due_at=timezone.now() + timezone.timedelta(days=3))
    url = reverse("lms_modules:assignment", args=[task.pk])
    empty = client.post(url, {"text": "", "revision": 1, "action": "final"})
    assert empty.status_code == 200
    assert not Submission.objects.exists()
    assert client.post(url, {"text": "提纲", "revision": 1, "action": "draft"})["Location"] == url
    assert client.post(url, {"text": "正文", "revision": 2, "action": "final"})["Location"] == url
    assert [row.kind for row in Submission.objects.all()] == ["draft", "final"]
    stale = client.post(url, {"text": "另一个窗口", "revision": 2, "action": "final"}).content.decode()
    assert "另一个窗口" in stale
    assert "这份作业刚才在另一个窗口保存过" in stale
    assert 'name="revision" value="3"' in stale


def test_a_draft_is_saved_while_she_writes(client, enrolment, term):
    """The page saves by itself; a second window is told, and an empty text is no draft."""
    task = make.an_assignment(term, due_at=timezone.now() + timezone.timedelta(days=3))
    address, quiet = reverse("lms_modules:assignment", args=[task.pk]), {"Accept": "application/json"}
    saved = client.post(address, {"text": "第一段", "revision": 1}, headers=quiet)
    again = client.post(address, {"text": "第一段", "revision": 1}, headers=quiet)
    assert (saved.status_code, saved.json()["revision"]) == (200, 2)
    assert again.json() == saved.json()
    assert [row.kind for row in Submission.objects.filter(enrolment=enrolment)] == ["draft"]
    other = client.post(address, {"text": "另一个窗口", "revision": 1}, headers=quiet)
    assert other.status_code == 409
    assert other.json()["problem"]
    assert client.post(address, {"text": " ", "revision": 2}, headers=quiet).status_code == 422


def test_after_the_deadline_the_text_stays_on_the_screen(client, term):
    task = make.an_assignment(term)
    url = reverse("lms_modules:assignment", args=[task.pk])
    assert "截止前没有提交作业" in client.get(url).content.decode()
    late = client.post(url, {"text": "迟到的正文", "revision": 1, "action": "final"}).content.decode()
    assert "迟到的正文" in late
    assert "已过截止时间" in late


def test_assignments_of_other_terms_are_not_found(client, programme):
    task = make.an_assignment(factories.a_term(programme))
    assert client.get(reverse("lms_modules:assignment", args=[task.pk])).status_code == 404
    hidden = make.an_assignment(factories.a_term(programme), published=False)
    assert client.get(reverse("lms_modules:assignment", args=[hidden.pk])).status_code == 404


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "继续学习"), ("en", "Go on studying")])
def test_the_courses_speak_both_languages(client, enrolment, programme, lesson, language, words):
    make.a_lesson(make.course_of(programme))
    complete_lesson(enrolment, lesson, at=timezone.now())
    client.cookies["django_language"] = language
    page = client.get(reverse("lms_modules:courses")).content.decode()
    assert words in page
    assert f'<html lang="{language}"' in page


def test_the_page_of_a_lesson_leads_to_the_learners_address(client, lesson):
    response = client.get(lesson.url)
    assert response.status_code == 302, lesson.url
    assert response["Location"] == address(lesson)


def test_the_preview_is_the_draft_without_the_button(lesson, rf):
    lesson.title = "草稿标题"
    response = lesson.make_preview_request()
    response.render() if hasattr(response, "render") else None
    page = response.content.decode()
    assert "草稿标题" in page
    assert "标记为已学完" not in page.replace("会看到“标记为已学完”按钮", "")
