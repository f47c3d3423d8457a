"""The start-up checks, also where no management command runs them: in the web server."""

from django.core.checks import ERROR, run_checks


def refuse_wrong_settings() -> None:
    """End the process with every failed check and how to mend it."""
    found = [message for message in run_checks() if message.level >= ERROR and not message.is_silenced()]
    if found:
        raise SystemExit("\n".join(f"{message.msg} {message.hint or ''}".strip() for message in found))
