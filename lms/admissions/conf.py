"""Settings of admissions."""

from lms.core.conf import AppSettings, Setting


class AdmissionsSettings(AppSettings):
    """What an application must hold."""

    prefix = "LMS_ADMISSIONS_"

    REQUIRE_UPLOADS: Setting[bool] = Setting(
        False, "Pictures of every document must be uploaded before submitting; otherwise paper review alone decides."
    )
    MAX_BYTES: Setting[int] = Setting(10 * 1024 * 1024, "Largest uploaded proof, in bytes.")


admissions_settings = AdmissionsSettings()
