"""What people write can do nothing in a reader's browser."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lms.community.services.rendering import ALLOWED_TAGS, render_text

CORPUS = Path(__file__).resolve().parent.parent / "corpora" / "xss"
PAYLOADS = [
    line for file in sorted(CORPUS.glob("*.txt")) for line in file.read_text("utf-8", "replace").splitlines() if line
]


class Reader(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def acts_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    bad = [tag for tag, _attrs in reader.found if tag not in ALLOWED_TAGS]
    for _tag, attrs in reader.found:
        bad += [name for name in attrs if name not in {"href", "title", "rel", "start"}]
        if "href" in attrs and urlsplit(attrs["href"] or "").scheme not in {"", "http", "https", "mailto"}:
            bad.append(attrs["href"])
    return bad


def test_the_corpus_is_there():
    assert len(PAYLOADS) > 200


@pytest.mark.parametrize("wrap", ["{}", "[a]({})", "![a]({})", "<{}>", "```{}\nx\n```", "> {}", "| {} |\n|--|\n| x |"])
def test_no_payload_survives(wrap):
    for payload in PAYLOADS:
        assert acts_in(render_text(wrap.replace("{}", payload))) == []


def test_markdown_is_rendered():
    assert render_text("**粗**\n第二行\n\n> 引用") == (
        "<p><strong>粗</strong><br>\n第二行</p>\n<blockquote>\n<p>引用</p>\n</blockquote>\n"
    )


def test_headings_start_below_the_heading_of_the_page():
    assert render_text("# 一\n\n## 二") == "<h3>一</h3>\n<h4>二</h4>\n"


def test_pictures_are_links_and_fetch_nothing():
    assert "<img" not in render_text("![x](http://example.com/x.png)")


def test_links_carry_no_trust():
    assert 'rel="nofollow noopener noreferrer"' in render_text("[a](https://example.com)")
