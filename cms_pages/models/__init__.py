"""Page types of the public site. Interface texts have an English twin; content is Chinese."""

from cms_pages.models.base import SitePage
from cms_pages.models.front import HomePage, ProgrammePage
from cms_pages.models.reading import ArticleIndexPage, ArticlePage, NoticeIndexPage, NoticePage, StandardPage
from cms_pages.models.service import ContactPage, FAQPage, LodgingPage
from cms_pages.models.terms import ApplyPage, TermIndexPage, TermPage

__all__ = [
    "ApplyPage",
    "ArticleIndexPage",
    "ArticlePage",
    "ContactPage",
    "FAQPage",
    "HomePage",
    "LodgingPage",
    "NoticeIndexPage",
    "NoticePage",
    "ProgrammePage",
    "SitePage",
    "StandardPage",
    "TermIndexPage",
    "TermPage",
]
