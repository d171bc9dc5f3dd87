"""One line of JSON per event on stderr; people at a terminal get colours. Never tokens, codes or signed addresses."""

import asyncio
import logging
import sys

import structlog


def set_up(level: str) -> None:
    """Send all logging, ours and the libraries', through one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[structlog.typing.Processor] = (
        # Not rich's tracebacks: they show the values of variables, tokens among them, and take seconds.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("dbos").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It would log each WebSocket with the query of its address, where clients put what they like.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def log_broken(task: asyncio.Task[None]) -> None:
    """Say so if a task has broken that should run until it is cancelled; to be called when it is done."""
    if not task.cancelled() and (error := task.exception()):
        structlog.get_logger().error("task_broke", task=task.get_name(), exc_info=error)
