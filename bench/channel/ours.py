"""Our Bayeux server alone, with a policy that allows all: what npm's faye is, neither printers nor a database."""

import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

from channel.stage import serve
from outfeed.bayeux import Bayeux, Channel, Refusal, Session
from outfeed.bayeux.asgi import bayeux_app


class Open:
    """Allows everybody everything."""

    def may_arrive(self, _address: str | None) -> bool:
        """Allow it."""
        return True

    def may_subscribe(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        """Allow it."""

    def may_publish(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        """Allow it."""

    def subscribed(self, session: Session, channel: Channel) -> None:
        """Do nothing."""

    def resumed(self, session: Session) -> None:
        """Do nothing."""

    def ended(self, session: Session) -> None:
        """Do nothing."""


class Publisher:
    """Publishes what it is told to."""

    def __init__(self, bayeux: Bayeux) -> None:
        self._bayeux = bayeux

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Publish, and tell how much that was and when it began."""
        if "commands" in order:
            return await self._commands(**order["commands"])
        return self._burst(**order["burst"])

    async def _commands(self, *, printers: int, per_s: float, for_s: float) -> dict[str, Any]:
        """Publish one command after the other, each at its time, to each printer in turn."""
        start, count = time.monotonic(), round(per_s * for_s)
        for sent in range(count):
            early_s = start + sent / per_s - time.monotonic()
            if early_s > 0:
                await asyncio.sleep(early_s)
            self._publish(f"/printers/{sent % printers}/command", sent, time.monotonic())
        return {"sent": count, "started_s": start}

    def _burst(self, *, messages: int) -> dict[str, Any]:
        """Publish many messages at once, each to all."""
        start = time.monotonic()
        for task in range(messages):
            self._publish("/all", task, start)
        return {"sent": messages, "started_s": start}

    def _publish(self, channel: str, task: int, at: float) -> None:
        self._bayeux.publish(channel, {"command": "pause", "task_id": task, "at": at})


if __name__ == "__main__":
    bayeux = Bayeux(Open())
    sys.exit(serve(bayeux_app(bayeux), Publisher(bayeux).obey))
