"""Settings of the exams app."""

from lms.core.conf import AppSettings, Setting


class ExamsSettings(AppSettings):
    """Lazy and typed; the names in the settings module start with LMS_EXAMS_."""

    prefix = "LMS_EXAMS_"

    ADMISSION_GATES: Setting[list[str]] = Setting(
        [],
        "Dotted paths asked before a start and before a practical mark is given: (enrolment) -> Refusal | None.",
    )
    GRACE_SECONDS: Setting[int] = Setting(60, "A save this long after the deadline is kept as late and not marked.")
    SQLITE_SEATS: Setting[int] = Setting(
        150, "More seats than this one exam may not have on SQLite, which writes one save after the other."
    )
    CLOSING_MINUTES: Setting[tuple[int, ...]] = Setting((10, 5, 1), "Minutes left at which the exam room says so.")
    PRACTICAL_PARTS: Setting[dict[str, int]] = Setting(
        {"design": 50, "carrying_out": 50}, "Parts of the practical mark and the most points of each; they add to 100."
    )


exams_settings = ExamsSettings()
