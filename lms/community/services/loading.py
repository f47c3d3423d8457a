"""Boards and documents from a file, so that a new site is not empty."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from django.db import transaction

from lms.community.enums import ResourceKind
from lms.community.models import Board, Resource
from lms.community.services.library import ResourceFacts, publish_resource, revise_resource

SHEET = """
#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: sheet.title)
#set page(paper: "a4", margin: (x: 25mm, y: 28mm), footer: align(center, text(9pt, context counter(page).display())))
#set text(font: "Noto Sans SC", size: 11pt, lang: "zh", region: "cn")
#set par(leading: 0.9em, spacing: 1.2em, justify: true)
#align(center, text(16pt, sheet.title))
#v(1em)
#for paragraph in sheet.paragraphs { par(paragraph) }
"""


@transaction.atomic
def load_community(document: Mapping[str, Any], *, actor: Any, at: datetime) -> dict[str, int]:
    """Make or refresh the boards and documents of a parsed file; a second load changes only what the file changed.

    Boards and documents that are not in the file are left alone. Returns how many are there: boards, resources.
    KeyError or ValueError on a wrong file, nothing written.
    """
    for order, board in enumerate(document.get("boards", []), start=1):
        values = {"title": board["name"], "description": board.get("description", ""), "order": order * 10}
        Board.objects.update_or_create(slug=board["slug"], defaults=values)
    for entry in document.get("resources", []):
        _load_resource(entry, actor=actor, at=at)
    return {"boards": len(document.get("boards", [])), "resources": len(document.get("resources", []))}


def draw_sheet(title: str, body: str) -> bytes:
    """A PDF of plain paragraphs under a title."""
    sheet = {"title": title, "paragraphs": [part.strip() for part in body.split("\n\n") if part.strip()]}
    pdf: bytes = typst.compile(  # type: ignore[misc]
        SHEET.encode(), font_paths=[_font_folder()], ignore_system_fonts=True, sys_inputs={"sheet": json.dumps(sheet)}
    )
    return pdf


def _load_resource(entry: Mapping[str, Any], *, actor: Any, at: datetime) -> Resource:
    facts = ResourceFacts(
        title=entry["title"],
        kind=ResourceKind(entry["kind"]),
        summary=entry.get("summary", ""),
        tags=list(entry.get("tags", [])),
        document_number=entry.get("document_number", ""),
        issuer=entry.get("issuer", ""),
    )
    held = Resource.objects.filter(slug=entry["slug"]).first()
    if held is None:
        content = io.BytesIO(draw_sheet(facts.title, entry["body"]))
        return publish_resource(entry["slug"], facts, content=content, name=f"{facts.title}.pdf", actor=actor, at=at)
    if (held.title, held.kind, held.summary, held.tags) == (facts.title, facts.kind, facts.summary, facts.tags):
        return held
    return revise_resource(held, facts, actor=actor, at=at)


@cache
def _font_folder() -> str:
    return str(Path(pylopdf_fonts_zh_cn.__file__).parent)
