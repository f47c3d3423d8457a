"""The page tree of the public site, prepared from a programme and `data/site.toml`. What exists is never touched."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Site

from cms_pages import models as pages
from cms_pages.models import HomePage, SitePage
from cms_pages.services import texts
from cms_pages.services.texts import both, site_texts
from cms_pages.services.wording import note_words
from lms.programmes.models import Programme, Term

P = TypeVar("P", bound=SitePage)


@transaction.atomic
def prepare_site(programme: Programme, document: Mapping[str, Any] | None = None) -> HomePage:
    """Make the pages that are missing: home, programme, terms, notices, articles, questions, lodging, contact.

    A page is known by what it was prepared as, wherever editors moved it and however they renamed it. A page that
    was deleted is made again by the next load; take it offline instead. Wagtail's welcome page is replaced, pages
    below it move to the new home.
    """
    home = _prepare_home(programme)
    document = document or {}
    _prepare_programme(home, programme)
    terms = _prepare_terms(home, programme)
    _prepare_apply(home, document)
    _prepare_reading(home)
    _prepare_service(home, document)
    for page in (home, *terms):
        note_words(page)
    return home


def _plant(parent: Page, key: str, kind: type[P], slug: str, *, menu: bool = False, **fields: Any) -> P:
    """The page prepared as `key`, made under `parent` when it is missing."""
    held = kind._default_manager.filter(prepared_as=key).first()
    if held is not None:
        return held
    now = timezone.now()
    page = kind(
        slug=slug,
        prepared_as=key,
        show_in_menus=menu,
        live=True,
        first_published_at=now,
        last_published_at=now,
        **{name: value for name, value in fields.items() if value is not None},
    )
    Page.objects.get(pk=parent.pk).add_child(instance=page)
    note_words(page)
    return page


def _prepare_home(programme: Programme) -> HomePage:
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    held = HomePage.objects.first()
    if held is not None:
        return held
    root = Page.get_first_root_node() or Page.add_root(instance=Page(title="Root", slug="root"))
    text = site_texts()
    home = _plant(
        root,
        "home",
        HomePage,
        "site-home",
        title=text["site"]["name"]["zh"],
        title_en=text["site"]["name"]["en"],
        programme=programme,
        highlights=texts.entries(text["home"]["highlights"]),
        **both("summary", text["site"]["description"]),
        **both("hero_title", text["home"]["title"]),
        **both("hero_lead", text["home"]["lead"]),
        **both("organiser", text["site"]["organiser"]),
        **both("footer", text["site"]["footer"]),
    )
    _take_over(site, home)
    return home


def _take_over(site: Site | None, home: HomePage) -> None:
    """The default site's root is now `home`; an untouched welcome page goes, what stood below it moves."""
    if site is None:
        Site.objects.create(hostname="localhost", port=80, is_default_site=True, root_page=home, site_name=home.title)
        return
    old = site.root_page
    site.root_page = home
    site.site_name = site.site_name or home.title
    site.save()
    if old.depth != 2 or old.content_type != ContentType.objects.get_for_model(Page, for_concrete_model=False):
        return
    for child in Page.objects.child_of(old):
        Page.objects.get(pk=child.pk).move(Page.objects.get(pk=home.pk), pos="last-child")
    Page.objects.get(pk=old.pk).delete()


def _prepare_programme(home: HomePage, programme: Programme) -> None:
    if pages.ProgrammePage.objects.filter(programme=programme).exists():
        return
    text = site_texts()["programme"]
    first = not pages.ProgrammePage.objects.exists()
    _plant(
        home,
        f"programme:{programme.slug}",
        pages.ProgrammePage,
        "programme" if first else f"programme-{programme.slug}",
        menu=first,
        programme=programme,
        sections=texts.entries(text["sections"]),
        **both("title", text["title"]),
        **both("summary", text["lead"]),
    )


def _prepare_terms(home: HomePage, programme: Programme) -> list[SitePage]:
    """The list of terms and a page for every term without one."""
    text = site_texts()["home"]
    index = _plant(
        home,
        "terms",
        pages.TermIndexPage,
        "terms",
        menu=True,
        **both("title", text["terms_title"]),
        **both("summary", text["terms_lead"]),
    )
    made: list[SitePage] = [index]
    for term in Term.objects.filter(programme=programme, site_page=None).order_by("starts_on"):
        made.append(_plant(index, f"term:{term.code}", pages.TermPage, term.code, title=term.name, term=term))
    return made


def _prepare_apply(home: HomePage, document: Mapping[str, Any]) -> None:
    text = site_texts()["apply"]
    papers = [
        ("entry", {"title": row["title"], "text": row.get("detail", "")}) for row in document.get("documents", ())
    ]
    _plant(
        home,
        "apply",
        pages.ApplyPage,
        "how-to-apply",
        menu=True,
        steps=texts.entries(text["steps"]),
        papers=papers,
        **both("title", text["title"]),
        **both("summary", text["lead"]),
        **both("after", text["after"]),
    )


def _prepare_reading(home: HomePage) -> None:
    """Notices and articles: written in Chinese, dated as the file says."""
    text = site_texts()
    for key, index_kind, kind in (
        ("notices", pages.NoticeIndexPage, pages.NoticePage),
        ("articles", pages.ArticleIndexPage, pages.ArticlePage),
    ):
        index = _plant(home, key, index_kind, key, menu=True, **both("title", text["home"][f"{key}_title"]))
        for row in text[key]:
            _plant(
                index,
                f"{key}:{row['slug']}",
                kind,
                row["slug"],
                title=row["title"],
                summary=row.get("summary", ""),
                published_on=row["date"],
                body=texts.body(row["blocks"]),
            )


def _prepare_service(home: HomePage, document: Mapping[str, Any]) -> None:
    text = site_texts()
    _plant(
        home,
        "faq",
        pages.FAQPage,
        "faq",
        menu=True,
        title="常见问题",
        title_en="Questions",
        questions=texts.questions(document.get("faq", ())),
    )
    _prepare_lodging(home, text["lodging"])
    _prepare_contact(home, text["contact"])
    rules = [item["zh"] for item in text["discipline"]["items"]], [item["en"] for item in text["discipline"]["items"]]
    _prepare_standard(home, "discipline", text["discipline"], [("items", rules[0])], [("items", rules[1])])
    chinese, english = ([part[code] for part in text["about"]["paragraphs"]] for code in ("zh", "en"))
    _prepare_standard(home, "about", text["about"], texts.paragraphs(chinese), texts.paragraphs(english))


def _prepare_standard(home: HomePage, key: str, text: Mapping[str, Any], body: Any, body_en: Any) -> None:
    _plant(
        home,
        key,
        pages.StandardPage,
        key,
        body=body,
        body_en=body_en,
        **both("title", text["title"]),
        **both("summary", text.get("lead", {})),
    )


def _prepare_lodging(home: HomePage, text: Mapping[str, Any]) -> None:
    places = [("place", _flat(row, ("name", "distance", "price", "remark"), ("phone",))) for row in text["places"]]
    _plant(
        home,
        "lodging",
        pages.LodgingPage,
        "lodging",
        places=places,
        **both("title", text["title"]),
        **both("summary", text["lead"]),
        **both("note", text["note"]),
    )


def _prepare_contact(home: HomePage, text: Mapping[str, Any]) -> None:
    _plant(
        home,
        "contact",
        pages.ContactPage,
        "contact",
        entries=[("entry", _flat(row, ("title",), ("phone",))) for row in text["entries"]],
        **both("title", text["title"]),
        **both("summary", text["lead"]),
        **both("hours", text["hours"]),
    )


def _flat(row: Mapping[str, Any], bilingual: tuple[str, ...], plain: tuple[str, ...]) -> dict[str, str]:
    values = {name: row.get(name, "") for name in plain}
    for name in bilingual:
        values |= both(name, row.get(name, {}))
    return values
