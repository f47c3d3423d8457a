"""The prepared site: complete, idempotent, kept as editors left it, found by any Chinese word."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, Site

from cms_pages.models import HomePage, NoticePage, SitePage, TermPage
from cms_pages.selectors import search_site
from lms.modules.pages import CourseIndexPage
from lms.programmes.models import Programme
from lms.programmes.services import load_programme
from tests import factories

pytestmark = pytest.mark.django_db
FILE = Path(settings.BASE_DIR) / "lms/programmes/data/xianyang-2025.toml"
ADDRESSES = [
    "/",
    "/programme/",
    "/terms/",
    "/terms/2025-spring/",
    "/how-to-apply/",
    "/notices/",
    "/notices/spring-registration/",
    "/articles/",
    "/articles/fewer-indicators/",
    "/faq/",
    "/lodging/",
    "/contact/",
    "/about/",
    "/discipline/",
    "/search/",
    "/sitemap.xml",
    "/robots.txt",
    "/notices/feed/",
]


@pytest.fixture
def site(db: None) -> Programme:
    report = load_programme(FILE.read_text(encoding="utf-8"), at=timezone.now())
    assert report.stands
    return Programme.objects.get(slug="xianyang-2025")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_prepared_page_answers_in_both_languages(site: Programme, client: Client, language: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for address in ADDRESSES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.headers["Content-Type"].startswith("text/html"):
            assert f'<html lang="{language}"' in answer.content.decode()


def test_a_public_page_costs_few_queries(site: Programme, client: Client, django_assert_max_num_queries: Any) -> None:
    for address in ADDRESSES[:15]:
        client.get(address)
        with django_assert_max_num_queries(12):
            client.get(address)


def test_the_welcome_page_is_replaced_and_the_courses_stand_below_the_new_home(site: Programme) -> None:
    home = HomePage.objects.get()
    assert Site.objects.get(is_default_site=True).root_page_id == home.pk
    assert not Page.objects.filter(title__startswith="Welcome to your new Wagtail").exists()
    assert CourseIndexPage.objects.get().get_parent().pk == home.pk
    assert Page.find_problems() == ([], [], [], [], [])


def test_loading_again_makes_nothing_twice_and_keeps_what_editors_wrote(site: Programme) -> None:
    before = Page.objects.count()
    NoticePage.objects.filter(slug="spring-registration").update(title="改过的标题", slug="changed")
    load_programme(FILE.read_text(encoding="utf-8"), at=timezone.now())
    assert Page.objects.count() == before
    assert NoticePage.objects.filter(title="改过的标题").count() == 1


def test_a_term_without_a_page_of_its_own_is_shown_at_its_code(site: Programme, client: Client) -> None:
    factories.a_term(site, "demo-next", name="演示下期")
    assert not TermPage.objects.filter(term__code="demo-next").exists()
    assert "演示下期" in client.get("/terms/demo-next/").content.decode()
    assert client.get("/terms/nothing/").status_code == 404


def test_seats_and_state_are_computed_at_every_look(site: Programme, client: Client) -> None:
    today = timezone.localdate()
    term = factories.a_term(
        site,
        "open-now",
        registration_opens_on=today,
        registration_closes_on=today,
        starts_on=today.replace(year=today.year + 1),
        ends_on=today.replace(year=today.year + 1),
        capacity=2,
    )
    assert "报名中" in client.get("/terms/open-now/").content.decode()
    for _number in range(2):
        factories.an_enrolment(term)
    assert "名额已满" in client.get("/terms/open-now/").content.decode()


@pytest.mark.parametrize(
    ("query", "slug"),
    [("请假", "attendance-reminder"), ("平时成绩", "programme"), ("招待所", "lodging"), ("跨期次", "faq")],
)
def test_any_part_of_a_chinese_sentence_is_found(site: Programme, query: str, slug: str) -> None:
    assert slug in search_site(query).values_list("slug", flat=True)


@pytest.mark.parametrize("query", ["", "   ", "%", "'; --", "不存在的词语甲乙丙", "\x00"])
def test_strange_queries_find_nothing_and_break_nothing(site: Programme, client: Client, query: str) -> None:
    assert client.get("/search/", {"q": query}).status_code == 200


def test_drafts_are_not_found(site: Programme) -> None:
    SitePage.objects.filter(slug="attendance-reminder").update(live=False)
    assert "attendance-reminder" not in search_site("请假").values_list("slug", flat=True)


def test_a_published_change_is_found(site: Programme) -> None:
    page = NoticePage.objects.get(slug="spring-registration")
    page.summary = "增设周末班"
    page.save_revision().publish()
    assert "spring-registration" in search_site("周末班").values_list("slug", flat=True)


def test_maps_feeds_and_shares_name_this_host_alone(site: Programme) -> None:
    client = Client(headers={"host": "127.0.0.1:8000"})
    page = client.get("/sitemap.xml").content.decode()
    assert "http://127.0.0.1:8000/programme/" in page
    assert "localhost" not in page
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in client.get("/robots.txt").content.decode()
    home = client.get("/").content.decode()
    assert 'property="og:image" content="http://127.0.0.1:8000/static/cms_pages/share.png"' in home
    assert "spring-registration" in client.get("/notices/feed/").content.decode()


def test_pages_of_other_apps_show_the_same_menu(site: Programme, client: Client) -> None:
    page = client.get("/certificates/verify/").content.decode()
    assert "培训介绍" in page
    assert "住宿参考" in page


def test_an_english_reader_gets_chinese_content_marked_as_such(site: Programme, client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get("/notices/spring-registration/").content.decode()
    assert '<div class="prose" lang="zh-Hans">' in page
