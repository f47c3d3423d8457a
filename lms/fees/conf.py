"""Settings of fees."""

from collections.abc import Mapping

from lms.core.conf import AppSettings, Setting


class FeesSettings(AppSettings):
    """Which funding authority stands behind a unit."""

    prefix = "LMS_FEES_"

    AUTHORITIES: Setting[Mapping[str, str]] = Setting(
        {"city": "市直", "city_unit": "市直", "district": "区县", "district_unit": "区县"},
        "Level of a unit -> name of the funding authority in the programme's subsidy table (R18).",
    )


fees_settings = FeesSettings()
