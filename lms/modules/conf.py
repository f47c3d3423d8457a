"""Settings of course content."""

from lms.core.conf import AppSettings, Setting


class ModulesSettings(AppSettings):
    """Limits of what learners write."""

    prefix = "LMS_MODULES_"

    TEXT_LIMIT: Setting[int] = Setting(20_000, "Most characters of one handed-in text.")
    COMMENT_LIMIT: Setting[int] = Setting(4_000, "Most characters of the comment on a mark.")


modules_settings = ModulesSettings()
