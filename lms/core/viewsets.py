"""The back office: its menu, one group per plug-in, and the jobs on its first screen."""

import re
from collections.abc import Callable, Mapping, Sequence
from numbers import Number
from typing import Any

from django.http import HttpRequest
from django.utils.functional import cached_property
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from lms.core.screens import HomeJob

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠].|[\t\r\n]", re.S)
FIGURE = re.compile(r"[+-]?\d[\d .]*\Z", re.A)


def plain_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; figures and telephones stay."""
    if value is None or isinstance(value, Number):
        return value
    text = str(value)
    return f"'{text}" if FORMULA.match(text) and not FIGURE.match(text) else text


def quiet_spreadsheets() -> None:
    """Every CSV of the back office, Wagtail's own included, which leaves formulas to whoever opens the file.

    Wagtail's workbooks need nothing: their cells are never formulas.
    """

    def write_csv_row(view: Any, writer: Any, row: Mapping[str, Any]) -> Any:
        cells = {name: view.preprocess_field_value(name, value, view.FORMAT_CSV) for name, value in row.items()}
        return writer.writerow({name: plain_cell(value) for name, value in cells.items()})

    SpreadsheetExportMixin.write_csv_row = write_csv_row


class BackofficeItem(MenuItem):
    """A menu item shown when `allowed(user)` says so."""

    def __init__(self, label: Any, url: str, *, allowed: Callable[[Any], bool], **kwargs: Any) -> None:
        self.allowed = allowed
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        """Asks the policy."""
        return self.allowed(request.user)


def backoffice_group(name: str, label: Any, *, icon: str, order: int, items: Callable[[], Sequence[MenuItem]]) -> None:
    """Register a main-menu group `name`; `items` is called at first use, when addresses can be reversed.

    Other plug-ins may add to it with the Wagtail hook `lms_backoffice_<name>` (fn() -> Sequence[MenuItem]).
    """

    def build() -> SubmenuMenuItem:
        return SubmenuMenuItem(label, _LazyMenu(name, items), name=name, icon_name=icon, order=order)

    hooks.register("register_admin_menu_item", build)


class _LazyMenu(Menu):
    def __init__(self, name: str, items: Callable[[], Sequence[MenuItem]]) -> None:
        super().__init__()
        self._name = name
        self._items_of = items

    @cached_property
    def registered_menu_items(self) -> list[MenuItem]:
        more = [item for extra in hooks.get_hooks(f"lms_backoffice_{self._name}") for item in extra()]
        return [*self._items_of(), *more]


class SaysWhatComes:
    """For a list: `empty_hint` says, where there is nothing yet, where its rows come from and what to do."""

    empty_hint: Any = ""

    @property
    def no_results_message(self) -> Any:
        """A search without result stays Wagtail's matter."""
        if self.is_searching or self.is_filtering:  # type: ignore[attr-defined]
            return super().no_results_message  # type: ignore[misc]
        return self.empty_hint


class JobsPanel(Component):
    """What this person has to do and may do, gathered from the plug-ins' hook `lms_backoffice_home`."""

    order = 10
    template_name = "lms_core/admin/home_jobs.html"

    class Media:
        css = {"all": ["lms_core/home.css"]}

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What waits for her first, then the other jobs in their order."""
        request = (parent_context or {})["request"]
        jobs: list[HomeJob] = [job for jobs_of in hooks.get_hooks("lms_backoffice_home") for job in jobs_of(request)]
        jobs.sort(key=lambda job: job.order)
        return {
            "waiting": [job for job in jobs if job.waiting],
            "idle": [job for job in jobs if not job.waiting],
        }
