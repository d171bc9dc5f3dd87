"""What a simulated printer does on each command (specs/spark.md, sections 9.2 and 9.3)."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from outfeed.simulator import events
from outfeed.simulator.events import Fetch, Store
from outfeed.simulator.press import COMPLETED, FAILED, RECEIVED, Press
from outfeed.simulator.prints import Print, Told
from outfeed.simulator.words import JobStatus, Order, Style

Message = Mapping[str, Any]

_DONE: Final = Told(progress=1, data=COMPLETED)


class Orders:
    """Executes commands on a press: each task once, and acknowledged again however often it comes."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._style = press.plan.style
        #: The settings that the printer was given.
        self.settings: dict[str, Any] = {}
        self._known: Mapping[str, Callable[[str, Message], None]] = {
            Order.PRINT_DATA: self._print_data,
            Order.PAUSE: self._pause,
            Order.RESUME: self._resume,
            Order.CANCEL: self._cancel,
            Order.RESET: self._reset,
            Order.CALIBRATE: self._calibrate,
            Order.HOME: self._move,
            Order.PARK: self._move,
            Order.SETTINGS: self._settings,
            Order.REQUEST_SETTINGS: self._request_settings,
            Order.LOG: self._send_log,
            Order.LOGS: self._send_log,
            Order.FIRMWARE_UPGRADE: self._upgrade,
        }

    def take(self, message: Message) -> None:
        """Execute a command as it came, or acknowledge it again."""
        # `command_token` is what it was called in 2015.
        name, task_id = message.get("command"), message.get("task_id", message.get("command_token"))
        if not isinstance(name, str) or not isinstance(task_id, str):
            self._press.say("not_understood")
        elif task_id in self._press.tasks:
            self._press.say("repeated", command=name, task_id=task_id)
            self._acknowledge_again(task_id, name)
        else:
            self._press.remember(task_id)
            self._press.say("command", command=name, task_id=task_id)
            self._known.get(name, self._unknown)(task_id, message)

    def came(self, event: events.Fetched | events.Stored | events.Failed) -> None:
        """Go on with a command after its download or upload."""
        press = self._press
        made = press.last if press.last and press.last.task_id == event.task_id else None
        if made and made.status is not JobStatus.RECEIVED:
            return  # it was cancelled meanwhile
        if isinstance(event, events.Failed):
            if made:
                made.status, made.error = JobStatus.FAILED, event.reason
                press.say("failed", job_id=made.job_id, reason=event.reason)
            press.fail(event.task_id, 500, event.reason, made)
        elif isinstance(event, events.Stored):
            press.done(event.task_id)
        elif made:
            self._print(made, event)
        else:
            press.done(event.task_id, COMPLETED | {"size": event.size, "sha256": event.sha256})

    def _print(self, made: Print, fetched: events.Fetched) -> None:
        made.layers = fetched.layers or made.layers
        self._press.say("fetched", job_id=made.job_id, size=fetched.size, sha256=fetched.sha256)
        if self._style is Style.EMBER:
            self._press.ack(fetched.task_id, _DONE, made)
        self._press.begin(made)

    def _acknowledge_again(self, task_id: str, name: str) -> None:
        """Say again what was last said of a task; of one from before the printer was switched off, how it ended."""
        if said := self._press.tasks[task_id]:
            self._press.out.append(self._press.as_it_is_now(said))
        elif not self._press.is_at_work(task_id):
            lost = Told(progress=1, error_code=500, error_message="The printer was switched off.", data=FAILED)
            self._press.ack(task_id, lost if name == Order.PRINT_DATA else _DONE)

    def _print_data(self, task_id: str, message: Message) -> None:
        press, url = self._press, message.get("file_url")
        # The vendor's simulator takes the task's name for the job's, Ember the job's own: they are one.
        job_id = _text(message.get("job_id"), task_id) if self._style is Style.EMBER else task_id
        made = Print(job_id, task_id, _text(message.get("job_name"), job_id), press.plan.layers)
        if press.current or not isinstance(url, str):
            made.status, made.error = JobStatus.FAILED, "It prints already." if press.current else "No file_url."
            press.say("failed", job_id=job_id, reason=made.error)
            press.fail(task_id, 500, made.error, made)
            return
        press.last = made
        press.ack(task_id, Told(progress=0, data=RECEIVED), made)
        press.out.append(Fetch(task_id, url))

    def _pause(self, task_id: str, message: Message) -> None:
        if current := self._meant(task_id, message):
            self._press.received(task_id)
            if current.status is JobStatus.PRINTING:
                self._press.change(current, JobStatus.PAUSED)
            self._press.done(task_id)

    def _resume(self, task_id: str, message: Message) -> None:
        if current := self._meant(task_id, message):
            self._press.received(task_id)
            if current.status is JobStatus.PAUSED:
                self._press.begin(current)
            self._press.done(task_id)

    def _cancel(self, task_id: str, message: Message) -> None:
        current = self._meant(task_id, message)
        if current is None:
            return
        self._press.received(task_id)
        self._press.change(current, JobStatus.CANCELED)
        if self._style is Style.EMBER:
            self._press.ack(task_id, _DONE, current)
        else:
            # The vendor's simulator speaks of no job here, and its data is text (specs/spark.md, section 9.3).
            self._press.ack(task_id, Told(progress=1, data=json.dumps(COMPLETED)))

    def _meant(self, task_id: str, message: Message) -> Print | None:
        """Return the print that a command is about; where it is not under way, the command fails."""
        current = self._press.current
        if current is None or message.get("job_id", current.job_id) != current.job_id:
            self._press.fail(task_id, 400, "no running print job")
            return None
        return current

    def _reset(self, task_id: str, _message: Message) -> None:
        self._press.received(task_id)
        if current := self._press.current:
            self._press.change(current, JobStatus.CANCELED)
        self._press.done(task_id)

    def _calibrate(self, task_id: str, message: Message) -> None:
        if self._style is Style.EMBER:
            self._move(task_id, message)
        else:
            self._press.fail(task_id, 400, "cannot calibrate")

    def _move(self, task_id: str, _message: Message) -> None:
        if self._press.current:
            self._press.fail(task_id, 400, "It prints.")
        else:
            self._press.received(task_id)
            self._press.chore(task_id)

    def _settings(self, task_id: str, message: Message) -> None:
        self._press.received(task_id)
        given = message.get("settings")
        self.settings |= given if isinstance(given, Mapping) else {}
        self._press.done(task_id)

    def _request_settings(self, task_id: str, _message: Message) -> None:
        self._press.received(task_id)
        self._press.done(task_id, COMPLETED | {"settings": dict(self.settings)})

    def _send_log(self, task_id: str, message: Message) -> None:
        url = message.get("upload_url")
        if isinstance(url, str):
            self._press.received(task_id)
            self._press.out.append(Store(task_id, url, self._press.log))
        else:
            self._press.fail(task_id, 400, "no upload_url")

    def _upgrade(self, task_id: str, message: Message) -> None:
        url = message.get("package_url")
        if self._style is Style.EMBER and isinstance(url, str):
            self._press.received(task_id)
            self._press.out.append(Fetch(task_id, url))
        else:
            self._press.fail(task_id, 404, "no package")

    def _unknown(self, task_id: str, _message: Message) -> None:
        """Complete a command of which it knows nothing, as all printers do."""
        self._press.received(task_id)
        self._press.done(task_id)


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise
