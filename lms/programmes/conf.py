"""Settings of the programmes app."""

from lms.core.conf import AppSettings, Setting


class ProgrammesSettings(AppSettings):
    """Lazy and typed; see README.md."""

    prefix = "LMS_PROGRAMMES_"

    CHANGE_GATES: Setting[list[str]] = Setting(
        [], "Dotted paths `(programme, changed_keys) -> Refusal | None` asked before a figure of a programme changes."
    )
    HOLIDAYS: Setting[list[str]] = Setting([], "Extra days off as ISO dates, for years without published data.")
    WORKDAYS: Setting[list[str]] = Setting([], "Extra make-up working days as ISO dates; they win over days off.")


class SimulationSettings(AppSettings):
    """What lives in a simulated term and what is verified."""

    SIMULATION_STEPS: Setting[list[str]] = Setting([], "Dotted paths `(SimulatedTerm) -> None` in the order of life.")
    JOURNAL_VERIFIERS: Setting[list[str]] = Setting([], "Dotted paths `() -> Iterable[Difference]`.")


programmes_settings = ProgrammesSettings()
simulation_settings = SimulationSettings()
