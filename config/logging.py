"""Structured logs on standard error; anything that looks like a Chinese ID number or a mobile number is masked."""

import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
MOBILE = re.compile(r"(?<!\d)(?:(\+86|0086))?([1１]\d{2})\d{4}(\d{4})(?!\d)")


def mask_text(text: str) -> str:
    """Keep the first and last four characters of an ID number, the ends of a mobile number."""
    return MOBILE.sub(r"\1\2****\3", ID_NUMBER.sub(r"\1**********\2", text))


def mask_value(value: Any) -> Any:
    """Text, numbers, mappings and sequences at any depth; any other object becomes text when it holds an identifier."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {mask_value(key): mask_value(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(mask_value(held) for held in value)
    shown = str(value) if isinstance(value, (int, BaseException)) else repr(value)
    masked = mask_text(shown)
    return value if masked == shown else masked


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: no plain identifier leaves in any value of the event.

    What belongs to structlog itself (`_record` and the like) is left alone; it is gone before anything is written.
    """
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = mask_value(value)
    return event


def mask_line(_: Any, __: str, line: str) -> str:
    """After the renderer: the last look at the finished line, whatever wrote into it."""
    return mask_text(line)


class QuietStream(logging.StreamHandler):
    """Standard error; a record that cannot be written is named, never shown: its arguments are not masked yet."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Python's own would print the record with its arguments."""
        if sys.stderr and not sys.stderr.closed:
            sys.stderr.write(f"A log record of {record.name} ({record.levelname}) could not be written.\n")


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG hook; `options` is settings.LOGGING: {"json": bool, "level": str}."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if options["json"]
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=30)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "plain": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        mask_event,
                        renderer,
                        mask_line,
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"()": QuietStream, "formatter": "plain"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.utils.autoreload": {"level": "WARNING"},
                "axes": {"level": "WARNING"},
                "django_tasks": {"level": "WARNING"},
                "wagtail": {"level": "WARNING"},
            },
        }
    )
