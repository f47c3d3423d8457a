"""What a plug-in shows on shared screens, as plain values returned from Wagtail hooks (see docs/plugging-in.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lms.core.exceptions import Refusal


@dataclass(frozen=True)
class Action:
    """A link drawn as a button. `primary` is kept for the one thing to do now."""

    label: str
    url: str
    primary: bool = False


@dataclass(frozen=True)
class Figure:
    """A number that always says of what: "24 / 72 学时 已获"."""

    label: str
    value: str
    of: str = ""
    unit: str = ""
    share: float | None = None


@dataclass(frozen=True)
class DeskCard:
    """One card of the learner's desk. Hook `lms_desk_cards(request, enrolment)` gives one, several or None.

    `zone` is "now" (today's next thing), "due" (what is asked of her) or "progress"; `order` sorts inside. `part` is
    markup of the plug-in's own above the card, rendered from one of its templates; plain text is escaped.
    """

    key: str
    zone: str
    title: str
    text: str = ""
    order: int = 100
    icon: str = "info"
    state: str = "neutral"
    state_label: str = ""
    figures: Sequence[Figure] = field(default_factory=tuple)
    actions: Sequence[Action] = field(default_factory=tuple)
    lines: Sequence[str] = field(default_factory=tuple)
    refusals: Sequence[Refusal] = field(default_factory=tuple)
    part: str = ""


@dataclass(frozen=True)
class Place:
    """An entry of the learner's bottom bar and rail. Hook `lms_places() -> Place`."""

    key: str
    label: str
    url: str
    icon: str
    order: int


@dataclass(frozen=True)
class MeLink:
    """An entry of the 我的 page. Hook `lms_me_links(request) -> Sequence[MeLink]`."""

    label: str
    url: str
    icon: str
    order: int = 100
    note: str = ""


@dataclass(frozen=True)
class BarItem:
    """An entry in the head of every learner's page. Hook `lms_bar_items(request) -> BarItem | None`, at most one query.

    `count` is drawn beside the icon when it is not 0; above `cap` it reads "99+".
    """

    label: str
    url: str
    icon: str
    count: int = 0
    cap: int = 99

    @property
    def shown(self) -> str:
        """The number as drawn."""
        return f"{self.cap}+" if self.count > self.cap else str(self.count or "")


@dataclass(frozen=True)
class HomeJob:
    """A job on the first screen of the back office. Hook `lms_backoffice_home(request) -> Sequence[HomeJob]`, at most
    two queries, and only what this person may do.

    `waiting` is how much waits for her, None where nothing is counted; what waits stands first.
    """

    label: str
    url: str
    text: str = ""
    icon: str = "arrow-right"
    waiting: int | None = None
    order: int = 100


@dataclass(frozen=True)
class ArchiveSection:
    """A table on one trainee's archive page. Hook `lms_archive_sections(person) -> ArchiveSection | None`"""

    key: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    order: int = 100
