"""Settings of the evaluation."""

from lms.core.conf import AppSettings, Setting


class EvaluationSettings(AppSettings):
    """Surveys at the end of a term (R27)."""

    prefix = "LMS_EVALUATION_"

    OPEN_DAYS: Setting[int] = Setting(21, "Days a survey stays open, counted from the last day of the term.")
    MINIMUM_ANSWERS: Setting[int] = Setting(5, "Results stay hidden below so many answers: nobody can be guessed.")
    QUESTIONS_FILE: Setting[str] = Setting("", "TOML file of the questions of new surveys; empty: the shipped one.")


evaluation_settings = EvaluationSettings()
