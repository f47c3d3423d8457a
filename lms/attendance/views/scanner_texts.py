"""What the scanner says; a phone keeps all of it, because it speaks without network too."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def scanner_texts() -> dict[str, str]:
    """Key -> text for the scanner's script. Keys of refusals are the codes of the services."""
    return {**_refusals(), **_states(), **_answers(), **_queue()}


def why_doubtful(code: str) -> str:
    """Why a scan waits for a decision."""
    return {
        "earlier": _("Scanned earlier than the check-in on record."),
        "later": _("Scanned later than the check-out on record."),
        "clock_moved": _("The clock of the scanning phone was changed before the upload; its time is not sure."),
        "key_not_valid": _("The code came from a phone that was not approved at that time."),
        "code_stale": _("The code was older than it may be when it was scanned."),
        "sheet_closed": _("It arrived after the sheet was closed."),
    }.get(code, code)


def _refusals() -> dict[str, str]:
    return {
        "code_stale": _("This code has run out. Let the learner show it on the phone, not as a picture."),
        "code_forged": _("The signature of this code is wrong."),
        "not_expected": _("Not on the list of this session."),
        "too_early": _("Too early. It opens at %(time)s."),
        "too_late": _("Too late. It closed at %(time)s."),
        "session_cancelled": _("This session was cancelled."),
        "not_yours": _("This session is not one of your classes."),
        "no_code": _("This is not a personal code of a learner."),
        "no_code_in_picture": _("No code was found in this picture."),
        "refused_there": _("Refused at the door."),
        "signature_wrong": _("The server did not recognise the signature of this phone."),
        "unknown_learner": _("The server does not know this learner."),
        "unknown_session": _("The server does not know this session."),
    }


def _states() -> dict[str, str]:
    return {
        "online": _("Connected. Scans are sent at once."),
        "offline": _("No network. Go on scanning; scans are kept on this phone and sent by themselves."),
        "signed_out": _("You are signed out. Go on scanning; sign in to send the scans."),
        "revoked": _("This phone was revoked. It can no longer scan; ask in the back office."),
        "no_roster": _("No list on this phone yet. Open the scanner once with network."),
        "no_session": _("No session of yours today or tomorrow."),
        "list_from": _("List of %(time)s · %(count)s learners"),
        "unable": _("This browser cannot scan. Use the phone's own browser with https, or the paper roll."),
        "no_camera": _("The camera is not available. Choose a photo of the code, or look the learner up by name."),
        "not_kept": _("Not kept: this phone could not store the scan. Scan again, or reload the page."),
        "register_failed": _("The phone could not be registered. Check the network and try again."),
    }


def _answers() -> dict[str, str]:
    return {
        "in": _("Check-in"),
        "mid": _("Check during class"),
        "out": _("Check-out"),
        "done_in": _("Checked in"),
        "done_mid": _("Seen in class"),
        "done_out": _("Checked out"),
        "unchecked": _("Kept. The server checks it as soon as the phone has network."),
        "already": _("Scanned already at %(time)s"),
        "refused": _("Refused"),
        "by_hand": _("By hand"),
        "take": _("Tick off"),
        "nobody": _("Nobody on this list matches."),
    }


def _queue() -> dict[str, str]:
    return {
        "waiting": _("Only on this phone"),
        "sent": pgettext("scan", "Sent"),
        "recorded": _("Put on record"),
        "repeated": _("On record already"),
        "conflict": _("Needs a decision"),
        "refused_by_server": _("Refused by the server"),
        "count_waiting": _("%(count)s only on this phone"),
        "count_sent": _("%(count)s sent"),
        "count_conflict": _("%(count)s need a decision"),
        "others": _("%(count)s scans of another person wait on this phone. They are sent when she signs in here."),
    }
