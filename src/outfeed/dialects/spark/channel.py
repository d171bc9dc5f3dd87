"""The channel of printers, `/faye`: who may listen to what, and what is sent when (specs/spark.md, section 8.6).

A printer listens to `/printers/<id>/users` and `/printers/<id>/command`, and to nothing else; nobody publishes but this
server. A command is sent when it was accepted, and again when its printer has come back or has not answered in time.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from outfeed import to_thread
from outfeed.batches import batches
from outfeed.bayeux import Bayeux, Channel, Limits, Refusal, Session, forbidden
from outfeed.database import NOT_NOW
from outfeed.dialects.spark.printables import printable_address
from outfeed.dialects.spark.printer_logs import log_address
from outfeed.errors import OutfeedError
from outfeed.fleet.commands import Delivery
from outfeed.fleet.notes import Note, What
from outfeed.fleet.records import PRINT, Member
from outfeed.logs import log_broken
from outfeed.services import Services

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Ember says `logs`, the vendor's simulator `log` (specs/spark.md, section 9.2).
_LOGS: Final = frozenset({"log", "logs"})
#: The channels that there are; a number that is written in another way is another channel.
_NAME: Final = re.compile(r"/printers/([1-9][0-9]{0,8})/(users|command)")
#: Between two looks for commands that were not answered, in seconds.
_TICK_S: Final = 1.0
#: Printers whose commands are read together.
_AT_ONCE: Final = 500
#: Sessions of one printer that listen to one channel. It needs one, and another after a crash; each is sent all that
#: waits for the printer, and none that listens makes room for others.
MOST_SESSIONS: Final = 5
#: Commands that are read on the loop: so many are nothing against handing the question to a thread.
_FEW: Final = 8
#: Of the places for strangers, one address has one part in so many.
_SHARES: Final = 5
#: What a session remembers: the printer whose token it has shown, if nobody had claimed that yet.
_SIGNED_IN: Final = "signed in"
#: What a session remembers of what it was sent.
_SENT: Final = "sent"


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel of a printer."""

    printer_id: int
    kind: str


def command_channel(printer_id: int) -> str:
    """Return the name of the channel on which a printer is told what to do."""
    return f"/printers/{printer_id}/command"


def users_channel(printer_id: int) -> str:
    """Return the name of the channel on which a printer is told who uses it."""
    return f"/printers/{printer_id}/users"


class PrinterChannel:
    """Connects the fleet's commands to the printers that listen. All of it happens on the event loop."""

    def __init__(self, services: Services, *, tick_s: float = _TICK_S) -> None:
        self._parts = services
        self._tick_s = tick_s
        settings = services.settings
        limits = Limits(
            timeout_s=float(settings.channel_timeout_s),
            max_sessions=settings.channel_sessions,
            max_guests=settings.channel_strangers,
            max_guests_per_address=max(1, settings.channel_strangers // _SHARES),
        )
        self.bayeux = Bayeux(self, limits=limits)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted: set[int] = set()
        #: Those of whom what was read before is of no use: a session shall be sent again what is not answered by now.
        self._anew: set[int] = set()
        self._woken = asyncio.Event()
        #: Printers that have ever listened here, and whether something may have happened to them unheard.
        self._listened: set[int] = set()
        self._missed = False
        #: Commands that have left, to be noted together.
        self._left: list[str] = []
        #: Printers that were sent something here and may not have answered.
        self._owing: set[int] = set()

    # --- Life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to listen to what happens to printers, on the loop that this is called on."""
        self._loop = asyncio.get_running_loop()
        self._parts.relay.listen(self._hear)
        self._tasks = [
            asyncio.create_task(self._send_wanted(), name="commands"),
            asyncio.create_task(self._look_again(), name="commands again"),
        ]
        for task in self._tasks:
            task.add_done_callback(log_broken)

    async def stop(self) -> None:
        """End what `start` began."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._loop = None

    def _hear(self, note: Note) -> None:
        """Take a note, on any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, note)

    def _take(self, note: Note) -> None:
        if note.what is What.COMMAND:
            self._want(note.printer_id)
        elif note.what is What.CLAIMED:
            self._tell_claimed(note)
        elif note.what is What.GONE:
            self._cut(note.printer_id)
        elif note.what is What.MISSED:
            self._missed = True
            self._woken.set()

    # --- What Bayeux asks and tells -----------------------------------------------------------------------------------

    def may_arrive(self, address: str | None) -> bool:
        """Let as many come from one address as a large site has printers, and some times more."""
        return address is None or self._parts.identity.lets_arrive(address)

    def may_subscribe(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        """Let a printer listen to its own channels, if it shows its token."""
        place = _place(channel)
        if place is None or not self._is_let_in(session, place.printer_id, message):
            return forbidden(channel)
        return None

    def may_publish(self, _session: Session, channel: Channel, _message: Mapping[str, Any]) -> Refusal | None:
        """Refuse: only this server publishes."""
        return forbidden(channel)

    def subscribed(self, session: Session, channel: Channel) -> None:
        """Send what waits for the printer that listens now."""
        place = _place(channel)
        if place is None:
            return
        self._listened.add(place.printer_id)
        self._let_go_of_old(session, channel)
        if place.kind == "users":
            self._catch_up_on_users(session, place.printer_id)
        else:
            self._want_again(session, place.printer_id)

    def resumed(self, session: Session) -> None:
        """Send again what was not answered: it may have been lost with the old connection."""
        for place in filter(None, map(_place, session.subscriptions)):
            if place.kind == "users":
                self._catch_up_on_users(session, place.printer_id)
            else:
                self._want_again(session, place.printer_id)

    def _let_go_of_old(self, session: Session, channel: Channel) -> None:
        """End the sessions that were silent for the longest time, where a printer has too many; strangers' first."""
        others = [one for one in self.bayeux.subscribers(channel) if one is not session]
        ranked = sorted([*others, session], key=lambda one: (not one.is_guest, one.touched_at, one is session))
        for one in ranked[:-MOST_SESSIONS]:
            self.bayeux.end(one)

    def ended(self, session: Session) -> None:
        """Do nothing: what waits is in the database."""

    def _is_let_in(self, session: Session, printer_id: int, message: Mapping[str, Any]) -> bool:
        """Tell whether a subscription shows the printer's token, or need not; with it, the session has its place."""
        ext = message.get("ext")
        token = ext.get("authentication_token") if isinstance(ext, dict) else None
        if token is None and self._parts.settings.channel_anonymous:
            return bool(self._parts.printers.existing([printer_id]))
        if not isinstance(token, str):
            return False
        try:
            is_its = self._parts.printers.identify(token).id == printer_id
        except OutfeedError:
            return False
        if is_its and session.is_guest:
            session.context[_SIGNED_IN] = printer_id
            self._give_place(session, printer_id)
        return is_its

    def _give_place(self, session: Session, printer_id: int) -> None:
        """Count a session that has shown its printer's token as no stranger's, if somebody has claimed the printer."""
        if self._parts.printers.is_claimed(printer_id) and self.bayeux.vouch(session):
            session.context.pop(_SIGNED_IN, None)

    def _give_places(self, printer_id: int) -> None:
        """Do so for the sessions of a printer that somebody may have claimed."""
        for session in self._sessions(printer_id):
            if session.is_guest and session.context.get(_SIGNED_IN) == printer_id:
                self._give_place(session, printer_id)

    # --- Sending ------------------------------------------------------------------------------------------------------

    def _want(self, printer_id: int) -> None:
        """Have what waits for a printer sent, if it is connected here."""
        self._wanted.add(printer_id)
        self._woken.set()

    def _want_again(self, session: Session, printer_id: int) -> None:
        """Have all that waits for a printer sent to a session, as if it had never been."""
        session.context.pop(_SENT, None)
        self._want_anew(printer_id)

    def _want_anew(self, printer_id: int) -> None:
        """Have what waits for a printer read from now on and sent."""
        self._anew.add(printer_id)
        self._want(printer_id)

    async def _send_wanted(self) -> None:
        """Send what is wanted, all that has gathered since the last time together."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            wanted, self._wanted, self._anew = self._wanted, set(), set()
            was_missed, self._missed = self._missed, False
            try:
                wanted |= await self._missed_ones() if was_missed else set()
                connected = [one for one in wanted if self.bayeux.subscribers(command_channel(one))]
                for some in batches(connected, _AT_ONCE):
                    await self._send(some)
            except NOT_NOW as error:
                log.warning("commands_not_sent", error=type(error).__name__)
                self._wanted |= wanted
                self._missed = self._missed or was_missed
                await asyncio.sleep(self._tick_s)
                self._woken.set()

    async def _missed_ones(self) -> set[int]:
        """Return the printers that listen here; those that are gone are cut off."""
        known = set(self._listened)
        listening = {one for one in known if self._sessions(one)}
        there = await to_thread.run_sync(self._parts.printers.existing, listening)
        for printer_id in listening - there:
            self._cut(printer_id)
        for printer_id, members in (await to_thread.run_sync(self._joined, listening & there)).items():
            self._give_places(printer_id)
            for session in self.bayeux.subscribers(users_channel(printer_id)):
                self._tell_of(session, printer_id, members)
        # Others may have come meanwhile.
        self._listened -= {one for one in known - (listening & there) if not self._sessions(one)}
        return listening & there

    def _sessions(self, printer_id: int) -> list[Session]:
        """Return the sessions that listen to a channel of a printer."""
        names = (command_channel(printer_id), users_channel(printer_id))
        return [session for name in names for session in self.bayeux.subscribers(name)]

    async def _send(self, printer_ids: list[int]) -> None:
        """Send to connected printers what waits for them and was not sent on these connections."""
        read = partial(self._parts.commands.deliveries, printer_ids)
        waiting = read() if self._is_quick(printer_ids) else await to_thread.run_sync(read)
        # Before a print leaves it is noted that it does: until then its job can be cancelled without its printer.
        prints = [one.command.id for one in waiting if one.command.command == PRINT and self._lacking(one)]
        leaving = await to_thread.run_sync(self._parts.commands.sent, prints) if prints else set()
        # A printer that has come back meanwhile may have answered some of it: what waits for it is read once more.
        current = {one for one in printer_ids if one not in self._anew}
        for delivery in waiting:
            is_leaving = delivery.command.command != PRINT or delivery.command.id in leaving
            if is_leaving and delivery.command.printer_id in current:
                self._send_one(delivery)
        self._forget_heard(current, {delivery.command.id for delivery in waiting})

    def _is_quick(self, printer_ids: list[int]) -> bool:
        """Tell whether what waits for printers is read sooner than a thread could be asked to: so far as is known."""
        sessions = [session for one in printer_ids for session in self.bayeux.subscribers(command_channel(one))]
        sent = [session.context.get(_SENT) for session in sessions]
        return None not in sent and len(sent) + sum(map(len, filter(None, sent))) <= _FEW

    def _lacking(self, delivery: Delivery) -> list[Session]:
        """Return the sessions of its printer that were not sent a command."""
        name, id_ = command_channel(delivery.command.printer_id), delivery.command.id
        return [session for session in self.bayeux.subscribers(name) if id_ not in session.context.get(_SENT, ())]

    def _send_one(self, delivery: Delivery) -> None:
        """Send a command to each session of its printer that does not have it."""
        lacking = self._lacking(delivery)
        if not lacking:
            return
        message = self._message(delivery)
        for session in lacking:
            self.bayeux.deliver(session, command_channel(delivery.command.printer_id), message)
            session.context.setdefault(_SENT, set()).add(delivery.command.id)
        if delivery.command.command != PRINT:
            self._left.append(delivery.command.id)
        self._owing.add(delivery.command.printer_id)

    def _forget_heard(self, printer_ids: set[int], waiting: set[str]) -> None:
        """Let sessions remember of what they were sent only what still waits for an answer."""
        for printer_id in printer_ids:
            for session in self.bayeux.subscribers(command_channel(printer_id)):
                session.context[_SENT] = session.context.get(_SENT, set()) & waiting

    def _message(self, delivery: Delivery) -> dict[str, Any]:
        """Return a command as its printer gets it, with addresses that the printer can reach."""
        command, now = delivery.command, self._parts.clock()
        base_url = self._parts.settings.public_url.rstrip("/") or delivery.base_url
        if command.command == PRINT and delivery.job is not None and delivery.job.printable_blob:
            expires_at = now + 1000 * self._parts.settings.printable_link_ttl_s
            address = printable_address(self._parts.links, base_url, delivery.job, expires_at_ms=expires_at)
            return {**command.message, "file_url": address}
        if command.command in _LOGS:
            address = log_address(self._parts.links, base_url, command.id, command.printer_id, now)
            return {**command.message, "upload_url": address}
        return dict(command.message)

    async def _look_again(self) -> None:
        """Note what has left, end what is too old, and send again what was not answered."""
        while True:
            await asyncio.sleep(self._tick_s)
            left, asked = list(self._left), list(self._owing)
            try:
                owed, strays = await to_thread.run_sync(self._looked, left, asked)
            except NOT_NOW as error:
                log.warning("commands_not_looked_at", error=type(error).__name__)
                continue
            del self._left[: len(left)]
            self._owing.difference_update(set(asked) - owed.keys())
            for printer_id, late in owed.items():
                late -= set(self._left)  # sent again while the database was asked
                for session in self.bayeux.subscribers(command_channel(printer_id)) if late else ():
                    session.context.get(_SENT, set()).difference_update(late)
                    self._want_anew(printer_id)
            for printer_id in strays:
                self._want(printer_id)

    def _looked(self, left: list[str], asked: list[int]) -> tuple[dict[int, set[str]], list[int]]:
        """Do what `_look_again` does in the database: return who owes what of those asked, and who was forgotten."""
        commands = self._parts.commands
        if left:
            commands.sent(left)
        commands.expire()
        owed = {
            printer_id: late for some in batches(asked, _AT_ONCE) for printer_id, late in commands.due(some).items()
        }
        return owed, commands.strays()

    # --- Users --------------------------------------------------------------------------------------------------------

    def _tell_claimed(self, note: Note) -> None:
        """Tell a printer that somebody uses it now."""
        self._give_places(note.printer_id)
        for member in self._parts.printers.all_members(note.printer_id):
            if member.principal_id == note.id:
                self.bayeux.publish(users_channel(note.printer_id), _claimed(note.printer_id, member.role, note.id))

    def _catch_up_on_users(self, session: Session, printer_id: int) -> None:
        """Tell a printer of those who have claimed it since it was last heard of: it may have missed that."""
        self._tell_of(session, printer_id, self._parts.printers.new_members(printer_id))

    def _tell_of(self, session: Session, printer_id: int, members: Iterable[Member]) -> None:
        for member in members:
            body = _claimed(printer_id, member.role, member.principal_id)
            self.bayeux.deliver(session, users_channel(printer_id), body)

    def _joined(self, printer_ids: Iterable[int]) -> dict[int, list[Member]]:
        """Return those who have claimed printers since these were last heard of."""
        return {printer_id: self._parts.printers.new_members(printer_id) for printer_id in printer_ids}

    def _cut(self, printer_id: int) -> None:
        """End the sessions of a printer whose token is dead."""
        for session in self._sessions(printer_id):
            self.bayeux.end(session)


def _place(channel: Channel) -> _Place | None:
    """Return which channel of which printer a name is, or None."""
    found = _NAME.fullmatch(channel.text)
    return _Place(int(found[1]), found[2]) if found else None


def _claimed(printer_id: int, role: str, principal_id: str) -> dict[str, Any]:
    """Return what a printer is told when somebody begins to use it."""
    return {"registration": "success", "type": str(role), "printer_id": printer_id, "member_id": principal_id}
