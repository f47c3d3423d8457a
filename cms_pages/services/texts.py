"""The first texts of the site, from `data/site.toml`: read into what page types hold."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.html import escape, format_html

FILE = Path(__file__).resolve().parent.parent / "data" / "site.toml"
Stream = list[tuple[str, Any]]


@cache
def site_texts() -> Mapping[str, Any]:
    """The whole file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def both(field: str, text: Mapping[str, str]) -> dict[str, Any]:
    """`{field: zh, field_en: en}`."""
    return {field: text.get("zh", ""), f"{field}_en": text.get("en", "")}


def entries(rows: Iterable[Mapping[str, Any]]) -> Stream:
    """Titles with a sentence, in both languages."""
    return [("entry", {**both("title", row["title"]), **both("text", row.get("text", {}))}) for row in rows]


def paragraphs(texts: Iterable[str]) -> Stream:
    """Plain sentences as rich text."""
    return [("paragraph", format_html("<p>{}</p>", text)) for text in texts]


def body(blocks: Iterable[Mapping[str, Any]]) -> Stream:
    """Blocks of a notice or article; an unknown kind is an error of the file."""
    return [_block(block) for block in blocks]


def questions(rows: Iterable[Mapping[str, str]]) -> Stream:
    """Questions of the programme file."""
    return [("question", {"question": row["question"], "answer": f"<p>{escape(row['answer'])}</p>"}) for row in rows]


def _block(block: Mapping[str, Any]) -> tuple[str, Any]:
    kind = block["kind"]
    if kind == "list":
        return "items", list(block["items"])
    if kind == "quote":
        return "quote", {"text": block["text"], "source": block.get("source", "")}
    if kind == "paragraph":
        return "paragraph", f"<p>{escape(block['text'])}</p>"
    if kind in {"heading", "case"}:
        return kind, block["text"]
    raise ValueError(f"site.toml: unknown kind of block {kind!r}")
