"""The log of long-running processes: one JSON line per event on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def log_as_json() -> None:
    """Warnings and errors as JSON lines: what happened where, never addresses with their parameters, headers, bodies or rows."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
