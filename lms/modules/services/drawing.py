"""A calm picture for each course: layered hills, a sun and a grid, different for each module; no text, no fonts."""

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

WIDTH, HEIGHT, SCALE = 1200, 480, 2
INKS: dict[str, tuple[str, str, str, str]] = {
    "theory": ("#eef3f4", "#c3d7de", "#7fa9ba", "#1d5c7a"),
    "practice": ("#eff4ee", "#c9dccd", "#83b196", "#2f7d57"),
    "case": ("#f6f1e6", "#e4d3ae", "#c2a15c", "#8f5f0f"),
}


def draw_cover(kind: str, number: int) -> bytes:
    """PNG of 1200 × 480 for the `number`-th course of a module; the same input gives the same picture."""
    paper, light, middle, deep = INKS.get(kind, INKS["theory"])
    picture = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), paper)
    pen = ImageDraw.Draw(picture)
    _draw_grid(pen, light)
    x = WIDTH * SCALE * (0.2 + 0.16 * (number % 4))
    pen.ellipse(_around(x, HEIGHT * SCALE * 0.36, 86 * SCALE), fill=light)
    for layer, ink in enumerate((light, middle, deep)):
        pen.polygon(_ridge(number * 3 + layer, 0.58 + 0.13 * layer), fill=ink)
    _draw_steps(pen, number, paper)
    buffer = io.BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_grid(pen: ImageDraw.ImageDraw, ink: str) -> None:
    for x in range(0, WIDTH * SCALE, 80 * SCALE):
        pen.line([(x, 0), (x, HEIGHT * SCALE)], fill=ink, width=1)
    for y in range(0, HEIGHT * SCALE, 80 * SCALE):
        pen.line([(0, y), (WIDTH * SCALE, y)], fill=ink, width=1)


def _ridge(seed: int, level: float) -> Sequence[tuple[float, float]]:
    """A hill line from left to right, closed below."""
    width, height = WIDTH * SCALE, HEIGHT * SCALE
    points = [(-1.0, float(height))]
    for step in range(101):
        x = step / 100
        wave = math.sin(x * 5.1 + seed * 1.7) * 0.075 + math.sin(x * 11.3 + seed * 0.9) * 0.03
        points.append((x * width, (level + wave) * height))
    return [*points, (float(width), float(height))]


def _draw_steps(pen: ImageDraw.ImageDraw, number: int, paper: str) -> None:
    """Rising bars in the foreground: one more for each further course."""
    base, gap = HEIGHT * SCALE, 46 * SCALE
    left = WIDTH * SCALE * 0.62
    for bar in range(3 + number % 4):
        top = base - (70 + 26 * bar) * SCALE
        pen.rounded_rectangle(
            [left + bar * gap, top, left + bar * gap + 26 * SCALE, base], radius=6 * SCALE, fill=paper
        )


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius
