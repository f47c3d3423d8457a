"""Settings of attendance."""

from lms.core.conf import AppSettings, Setting

#: Against sitting-in: on without being asked for, and those that want a hand or a consent.
USUAL_LAYERS = (
    "other_device",
    "shared_device",
    "two_rooms",
    "impossible_time",
    "exam_elsewhere",
    "relayed",
    "forged",
    "mid_check",
)
MORE_LAYERS = ("headcount", "network", "place")
KNOWN_LAYERS = USUAL_LAYERS + MORE_LAYERS


class AttendanceSettings(AppSettings):
    """Every one may be set in the project's settings as LMS_ATTENDANCE_<name>."""

    prefix = "LMS_ATTENDANCE_"

    CODE_SECONDS: Setting[int] = Setting(5, "How long a code stands on the board, in seconds.")
    EARLIER_STEPS: Setting[int] = Setting(1, "How many codes before the present one are still accepted.")
    TICKET_MINUTES: Setting[int] = Setting(10, "How long a scan waits for the sign-in or the tap, in minutes.")
    TYPED_TRIES: Setting[int] = Setting(10, "Wrong typed codes a learner may enter before a pause.")
    TYPED_PAUSE_MINUTES: Setting[int] = Setting(5, "Length of that pause, in minutes.")
    REFUSALS_KEPT: Setting[int] = Setting(
        5, "How many refusals of one person for the same reason at one session are kept within REFUSAL_MINUTES."
    )
    REFUSAL_MINUTES: Setting[int] = Setting(
        10, "How long repeated refusals of one person are counted together, in minutes."
    )
    HALF_DAYS: Setting[tuple[str, ...]] = Setting(("08:30", "14:00"), "Starts of the teaching half-days (HH:MM).")
    HALF_DAY_HOURS: Setting[int] = Setting(4, "Class hours of a half-day.")
    BREAK_MINUTES: Setting[int] = Setting(20, "Break in the middle of a half-day, in minutes.")
    TEACHING_WEEKDAYS: Setting[tuple[int, ...]] = Setting((0, 1, 2, 3, 4), "Weekdays with teaching; 0 is Monday.")
    PERSONAL_CODE_SECONDS: Setting[int] = Setting(15, "How long a learner's personal code stands on her phone.")
    SCAN_SKEW_SECONDS: Setting[int] = Setting(
        60, "By how much a scanning phone's clock may have moved between roster and upload before a person decides."
    )
    LAYERS: Setting[tuple[str, ...]] = Setting(
        USUAL_LAYERS, f"Layers against sitting-in that are on; also: {', '.join(MORE_LAYERS)}."
    )
    ELSEWHERE_GATES: Setting[tuple[str, ...]] = Setting(
        (), "Dotted paths ([(enrolment id, from, to)]) -> {enrolment id: Refusal}: who was occupied elsewhere then?"
    )
    TRAVEL_MINUTES: Setting[int] = Setting(10, "Least minutes between leaving one room and entering another.")
    HINT_DAYS: Setting[int] = Setting(30, "Days after which hints of place are deleted.")
    HINT_ROUND_METRES: Setting[int] = Setting(100, "To how many metres a distance is rounded before it is kept.")
    CORRECTION_NEEDS_EVIDENCE: Setting[bool] = Setting(False, "Whether a correction must carry a file.")


attendance_settings = AttendanceSettings()
