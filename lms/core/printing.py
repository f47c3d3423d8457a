"""Drawing printed sheets as PDF with typst, in fonts that come along; nothing is stored here."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst
from PIL import ImageFont

from lms.core.conf import core_settings

ARCHIVAL: Literal["a-2b"] = "a-2b"  # PDF/A refuses to draw a character that no font has
FONT_FILES = {".otf", ".ttf", ".ttc"}
NO_CHARACTER = "\U0010fffe"


class UndrawableError(ValueError):
    """The sheet cannot be drawn; the text is what typst says, for the log."""


def draw_pages(source: Path, data: Any, *, at: datetime, fonts: Sequence[str] = ()) -> bytes:
    """A PDF/A drawn by the typst file `source`, which reads `data` (JSON) from `sys.inputs.data`.

    The same data and `at` give the same bytes. `fonts` are folders besides those of LMS_FONT_PATHS. Every character
    must be in a font (ask `missing_characters` first): UndrawableError otherwise, and on any error of the file.
    """
    try:
        drawn: bytes = typst.compile(
            source,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            font_paths=[Path(folder) for folder in _folders(fonts)],
            ignore_system_fonts=True,
            pdf_standards=ARCHIVAL,
            timestamp=int(at.timestamp()),
            format="pdf",
        )
    except typst.TypstError as problem:
        raise UndrawableError(str(problem)) from problem
    return drawn


def missing_characters(texts: Iterable[str], *, fonts: Sequence[str] = ()) -> set[str]:
    """The characters of these texts that no font has, white space aside; `fonts` as in `draw_pages`."""
    faces, used = _faces(tuple(_folders(fonts))), set("".join(texts))
    return {char for char in used if not char.isspace() and not any(_has_glyph(face, char) for face in faces)}


def spelled_out(data: Any, *, fonts: Sequence[str] = ()) -> Any:
    """The same JSON-able data with every character that no font has as its code point: no hole that nobody sees."""
    missing = missing_characters(_texts(data), fonts=fonts)
    return _spell(data, missing) if missing else data


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _spell(value: Any, missing: set[str]) -> Any:
    if isinstance(value, str):
        return "".join(f"〔U+{ord(char):04X}〕" if char in missing else char for char in value)
    if isinstance(value, dict):
        return {key: _spell(part, missing) for key, part in value.items()}
    return [_spell(part, missing) for part in value] if isinstance(value, list | tuple) else value


def _folders(more: Sequence[str]) -> list[str]:
    return [str(Path(pylopdf_fonts_zh_cn.sans_path()).parent), *core_settings.FONT_PATHS, *more]


@lru_cache(maxsize=4)
def _faces(folders: tuple[str, ...]) -> tuple[ImageFont.FreeTypeFont, ...]:
    files = (path for folder in folders for path in sorted(Path(folder).rglob("*")))
    return tuple(ImageFont.truetype(str(path), 16) for path in files if path.suffix.lower() in FONT_FILES)


@lru_cache(maxsize=20_000)
def _has_glyph(face: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the character is drawn otherwise than a code point that no font may have."""
    drawn, missing = face.getmask(char), face.getmask(NO_CHARACTER)
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)
