"""Settings of people."""

from lms.core.conf import AppSettings, Setting

#: Session key set at sign-in while a consent is due.
CONSENT_DUE = "lms_people_consent_due"


class PeopleSettings(AppSettings):
    """Activation and its limits."""

    prefix = "LMS_PEOPLE_"

    ACTIVATION_DAYS: Setting[int] = Setting(14, "Days an activation code is valid.")
    ACTIVATION_FAILURES: Setting[int] = Setting(5, "Wrong codes after which a code is locked.")
    PHONE_FAILURES: Setting[int] = Setting(10, "Failed activations of one phone number within half an hour.")
    ADDRESS_FAILURES: Setting[int] = Setting(
        60, "Failed activations from one address within half an hour; a classroom shares an address."
    )
    SHEET_HOURS: Setting[int] = Setting(24, "Hours within which a sheet of new activation codes must be handed out.")
    SCOPES: Setting[tuple[str, ...]] = Setting(
        (), "Dotted paths `(user, people) -> people`: whom of the people this user may see and help. All narrow."
    )


people_settings = PeopleSettings()
