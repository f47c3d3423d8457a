from django.urls import path, register_converter
from django.urls.converters import StringConverter

from lms.attendance.views import (
    board,
    calendars,
    devices,
    hints,
    learner,
    own,
    personal,
    scanner,
    scanning,
    units,
    watching,
)


class KindConverter(StringConverter):
    """Coming, the check during class, leaving; any other word is no address."""

    regex = "in|mid|out"


register_converter(KindConverter, "check_kind")

app_name = "lms_attendance"
urlpatterns = [
    path("", learner.overview, name="overview"),
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/renew/", calendars.renew, name="renew_feed"),
    path("calendar/<slug:secret>.ics", calendars.feed, name="feed"),
    path("unit/", units.people, name="unit"),
    path("leave/", own.leave, name="leave"),
    path("leave/<int:pk>/withdraw/", own.withdraw, name="withdraw_leave"),
    path("my-code/", personal.my_code, name="my_code"),
    path("my-code/state/", personal.my_code_state, name="my_code_state"),
    path("my-code/key/", personal.install, name="install_key"),
    path("my-code/worker.js", personal.my_code_worker, name="my_code_worker"),
    path("scanner/", scanner.scanner, name="scanner"),
    path("scanner/state/", scanner.state, name="scanner_state"),
    path("scanner/roster/", scanner.roster, name="scanner_roster"),
    path("scanner/register/", scanner.register, name="register_scanner"),
    path("scanner/scans/", scanner.scans, name="upload_scans"),
    path("scanner/worker.js", scanner.scanner_worker, name="scanner_worker"),
    path("scanner/app.webmanifest", scanner.scanner_manifest, name="scanner_manifest"),
    path("scan/", scanning.kept_scan, name="kept_scan"),
    path("scan/<str:code>/", scanning.scan, name="scan"),
    path("check-in/", scanning.confirm, name="confirm"),
    path("watch/", watching.watch, name="watch"),
    path("check/", watching.check, name="check"),
    path("sessions/<int:pk>/<check_kind:kind>/hint/", hints.hint, name="hint"),
    path("sessions/<int:pk>/<check_kind:kind>/after/", hints.after, name="after_check"),
    path("phone/", devices.ask, name="ask_phone"),
    path("hints/", hints.consent, name="hint_consent"),
    path("sessions/<int:pk>/", own.session, name="own_session"),
    path("sessions/<int:pk>/<check_kind:kind>/", scanning.outcome, name="outcome"),
    path("board/<int:pk>/", board.board, name="board"),
    path("board/<int:pk>/open/", board.open_, name="open_board"),
    path("board/<int:pk>/state/", board.state, name="board_state"),
    path("board/<int:pk>/switch/", board.switch, name="switch_board"),
]
