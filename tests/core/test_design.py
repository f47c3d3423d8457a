"""The design system keeps its promises: contrast, icons, no outside address, nothing inline."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateDoesNotExist, loader
from django.test import RequestFactory
from django.utils import translation

from lms.core.exceptions import Refusal
from lms.core.screens import Action, DeskCard, Figure, Place
from lms.core.templatetags import lms_ui
from lms.core.views import ICONS, server_error

LMS = Path(__file__).resolve().parents[2] / "lms"
CORE = LMS / "core"
TOKENS = (CORE / "static/lms/css/tokens.css").read_text()
TEMPLATES = sorted((CORE / "templates").rglob("*.html"))
STYLES = sorted((CORE / "static").rglob("*.css"))
SCRIPTS = sorted((CORE / "static").rglob("*.js"))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read_themes() -> dict[str, dict[str, str]]:
    """The colours of each block of tokens.css that declares a colour scheme."""
    found = {}
    for number, block in enumerate(re.findall(r"\{([^{}]*color-scheme:[^{}]*)\}", TOKENS)):
        found[("light", "dark by system", "dark by choice")[number]] = dict(
            re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6});", block)
        )
    return found


THEMES = read_themes()
BACKGROUNDS = ("paper", "surface", "sunk")
TEXT_PAIRS = [
    *[(text, ground) for text in ("ink", "ink-soft", "accent", "accent-strong", "cinnabar") for ground in BACKGROUNDS],
    *[(text, ground) for text in ("pine", "gamboge") for ground in BACKGROUNDS[:2]],
    *[("ink", f"{tone}-soft") for tone in ("accent", "cinnabar", "pine", "gamboge")],
    *[("ink-soft", f"{tone}-soft") for tone in ("accent", "cinnabar", "pine", "gamboge")],
    *[("accent", f"{tone}-soft") for tone in ("accent", "cinnabar", "pine", "gamboge")],
    *[(tone, f"{tone}-soft") for tone in ("cinnabar", "pine", "gamboge")],
    *[(f"{tone}-ink", tone) for tone in ("accent", "cinnabar", "pine", "gamboge")],
    ("accent-ink", "accent-strong"),
    ("cinnabar-ink", "cinnabar-strong"),
    ("cinnabar-strong", "cinnabar-soft"),
    ("accent-strong", "accent-soft"),
]
CONTROL_PAIRS = [
    *[("line-control", ground) for ground in BACKGROUNDS],
    *[("focus", ground) for ground in BACKGROUNDS],
    ("accent", "line"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def render(source: str, **values: object) -> str:
    return Template("{% load lms_ui i18n %}" + source).render(Context(values))


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_the_three_themes_are_found_and_the_given_colours_stand() -> None:
    assert list(THEMES) == ["light", "dark by system", "dark by choice"]
    light = THEMES["light"]
    assert (light["paper"], light["ink"], light["accent"]) == ("#fbfaf7", "#1f2a37", "#1d5c7a")
    assert (light["cinnabar"], light["pine"], light["gamboge"]) == ("#b8372b", "#2f7d57", "#8f5f0f")


def test_both_dark_themes_are_the_same() -> None:
    assert THEMES["dark by system"] == THEMES["dark by choice"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_is_readable(theme: str, text: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "ground"), CONTROL_PAIRS)
def test_controls_stand_out(theme: str, line: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[line], colours[ground]) >= 3.0


def test_every_icon_used_or_promised_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (CORE / "static/lms/icons.svg").read_text()))
    sources = [*LMS.rglob("templates/**/*.html"), *(LMS.parent / "cms_pages").rglob("templates/**/*.html")]
    used = {name for path in sources for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    assert set(ICONS.split()) | used | set(lms_ui.STATE_ICONS.values()) <= drawn


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_use_tokens_and_known_properties_only(path: Path) -> None:
    source = path.read_text()
    if path.name not in ("tokens.css", "print.css"):
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", source)) <= {"#ffffff"}
    declared = set(re.findall(r"--([\w-]+):", TOKENS))
    used = set(re.findall(r"var\(--([\w-]+)", source))
    assert {name for name in used if not name.startswith("w-color-")} <= declared  # those are Wagtail's, in its admin


@pytest.mark.parametrize("path", [*TEMPLATES, *STYLES, *SCRIPTS], ids=lambda path: path.name)
def test_no_outside_address(path: Path) -> None:
    source = path.read_text().replace("http://www.w3.org/", "")
    assert not re.findall(r"""(?:https?:)?//[\w-]+\.[\w.]+""", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(CORE)))
def test_nothing_inline(path: Path) -> None:
    source = path.read_text()
    assert not re.findall(r"\sstyle\s*=", source)
    assert "<style" not in source
    assert not re.findall(r"\son[a-z]+\s*=\s*[\"']", source)
    scripts = re.findall(r"<script([^>]*)>", source)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, "0"), (45, "1"), (1080, "24"), (1102, "24.49"), (1103, "24.51"), (15, "0.33"), (30, "0.67"), (4050, "90")],
)
def test_minutes_read_as_class_hours(minutes: int, shown: str) -> None:
    assert lms_ui.class_hours(minutes) == shown


@pytest.mark.parametrize(
    ("fen", "shown"), [(180000, "¥1,800.00"), (0, "¥0.00"), (5, "¥0.05"), (-36000, "−¥360.00"), (None, "")]
)
def test_fen_read_as_yuan(fen: int | None, shown: str) -> None:
    assert lms_ui.money(fen) == shown


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("610404198803121234", "610***********1234"),
        ("13800138000", "138****8000"),
        ("张伟", "张*"),
        ("", ""),
        (None, ""),
    ],
)
def test_only_the_ends_of_a_number_are_shown(plain: str | None, shown: str) -> None:
    assert lms_ui.masked(plain) == shown


@pytest.mark.parametrize(
    ("last", "shown"),
    [(datetime(2025, 11, 6, 3, 30), "2025年11月6日 周四 09:00–11:30"), (datetime(2025, 11, 7, 3, 30), "2025年11月7日")],
)
def test_a_stretch_of_time_says_its_day_once(last: datetime, shown: str) -> None:
    first = datetime(2025, 11, 6, 1, 0, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert shown in re.sub(r"<[^>]+>", "", lms_ui.moments(first, last.replace(tzinfo=UTC)))


def test_an_end_at_midnight_belongs_to_the_day_before() -> None:
    with translation.override("zh-hans"):
        assert lms_ui.until(datetime(2025, 12, 26, 16, 0, tzinfo=UTC)) == "2025年12月26日 周五 24:00"
        assert lms_ui.until(datetime(2025, 12, 26, 4, 0, tzinfo=UTC)) == "2025年12月26日 周五 12:00"
        assert lms_ui.until(None) == ""


@pytest.mark.parametrize(
    ("language", "choice", "shown"),
    [
        ("zh-hans", "short", "10月8日 周三 08:30"),
        ("zh-hans", "year", "2025年10月8日 周三 08:30"),
        ("en", "short", "Wed 8 Oct 08:30"),
        ("en", "year", "Wed 8 Oct 2025 08:30"),
    ],
)
def test_a_moment_is_absolute_with_its_weekday(language: str, choice: str, shown: str) -> None:
    with translation.override(language):
        assert lms_ui.when(datetime(2025, 10, 8, 0, 30, tzinfo=ZoneInfo("UTC")), choice) == shown


def test_a_moment_is_readable_for_machines() -> None:
    with translation.override("en"):
        drawn = render('{% moment at "short" %}', at=datetime(2025, 10, 8, 8, 30, tzinfo=SHANGHAI))
    assert drawn == '<time datetime="2025-10-08T08:30:00+08:00">Wed 8 Oct 08:30</time>'


class Fields(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the card")
    way = forms.ChoiceField(label="Way", widget=forms.RadioSelect, choices=[("bus", "Bus")])


def test_a_field_ties_label_hint_and_error_together() -> None:
    drawn = render("{% field form.name %}", form=Fields({}))
    assert '<label class="field-label" for="id_name">' in drawn
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert 'id="id_name_error"' in drawn
    assert 'aria-invalid="true"' in drawn


def test_a_group_of_choices_is_a_fieldset() -> None:
    drawn = render("{% field form.way %}", form=Fields({}))
    assert "<fieldset" in drawn
    assert "<legend" in drawn
    assert 'aria-describedby="id_way_error"' in drawn


def test_the_summary_names_every_error_and_is_silent_without() -> None:
    with translation.override("en"):
        drawn = render("{% error_summary form %}", form=Fields({}))
    assert "Please correct 2 things" in drawn
    assert 'href="#id_name"' in drawn
    assert render("{% error_summary form %}", form=Fields()).strip() == ""


def test_every_error_link_has_a_target() -> None:
    form = Fields({})
    summary = render("{% error_summary form %}", form=form)
    fields = render("{% field form.name %}{% field form.way %}", form=form)
    assert all(f'id="{target}"' in fields for target in re.findall(r'href="#([\w-]+)"', summary))


def test_a_desk_card_says_figure_reason_and_next_step() -> None:
    card = DeskCard(
        "exam",
        "now",
        "Theory exam",
        state="danger",
        state_label="Excluded",
        figures=[Figure("Missed", "24.5", "72", "hours", 0.5)],
        actions=[Action("Appeal", "/appeal/", primary=True)],
        refusals=[Refusal("absence", "Too much missed", "24.5 of 72", rule="R12")],
    )
    drawn = render("{% desk_card card %}", card=card)
    for words in ("card-now", "badge-danger", "/ 72", 'value="0.5000"', "Too much missed", "R12", 'href="/appeal/"'):
        assert words in drawn


def test_no_refusal_draws_nothing() -> None:
    assert render("{% refusals none %}", none=()).strip() == ""


def test_what_is_typed_is_escaped() -> None:
    drawn = render('{% state_badge "done" word %}{{ name|initial }}', word="<b>", name="<i>")
    assert "<b>" not in drawn
    assert "<i>" not in drawn


def test_pages_keep_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/", {"q": "张", "page": "2"})
    drawn = render("{% pagination page %}", request=request, page=Paginator(range(60), 20).page(2))
    assert "?q=%E5%BC%A0&amp;page=1" in drawn
    assert "?q=%E5%BC%A0&amp;page=3" in drawn


def test_one_page_needs_no_pages() -> None:
    assert render("{% pagination page %}", page=Paginator(range(3), 20).page(1)).strip() == ""


def test_the_nearest_place_is_current() -> None:
    request = RequestFactory().get("/courses/theory/")
    entries = [Place("today", "T", "/", "today", 1), Place("courses", "C", "/courses/", "course", 2)]
    drawn = render("{% lms_places entries %}", request=request, entries=entries)
    assert re.findall(r'href="([^"]+)" aria-current', drawn) == ["/courses/"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_page_answers_in_its_language(client, db, language: str) -> None:  # type: ignore[no-untyped-def]
    client.cookies["django_language"] = language
    answer = client.get("/styleguide/")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_neither_request_nor_database(name: str) -> None:
    with translation.override("en"):
        drawn = Template(f'{{% extends "{name}.html" %}}').render(Context())
    assert all(words in drawn for words in ("What happened", "Was anything lost", "What to do now"))


def test_the_last_resort_speaks_when_templates_fail(rf, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def fail(name: str) -> None:
        raise TemplateDoesNotExist(name)

    monkeypatch.setattr(loader, "get_template", fail)
    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()


def test_the_sign_in_page_speaks_of_the_telephone(client, db) -> None:  # type: ignore[no-untyped-def]
    client.cookies["django_language"] = "en"
    shown = client.get("/accounts/login/").content.decode()
    assert "Phone number or user name" in shown
    assert "data-reveal" in shown
    assert 'autocomplete="current-password"' in shown
