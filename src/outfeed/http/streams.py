"""Bodies that are files: from the socket to a staged file in pieces, never whole in memory."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from multipart import (  # type: ignore[import-untyped] # annotated, but it says so to nobody
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from outfeed import to_thread
from outfeed.blobs.store import Blobs, Stage, Staged
from outfeed.errors import BodyTooLarge, MalformedBody
from outfeed.http.bodies import given_up
from outfeed.http.context import Incoming, services
from outfeed.library.objects import checked_name

#: Each so many bytes of an upload must come within a time that is a setting.
STEP_BYTES: Final = 64 * 1024
#: What goes to a thread at once: large enough that the hand-over costs nothing.
PIECE_BYTES: Final = 256 * 1024
#: Parts of one multipart body.
MAX_PARTS: Final = 1000
#: Bytes of all fields of a multipart body that are no files.
MAX_FIELD_BYTES: Final = 1024 * 1024
#: Longest content type that is kept.
MAX_CONTENT_TYPE: Final = 256
#: The type of bytes of which nothing is known.
OCTETS: Final = "application/octet-stream"

#: File name, content type, bytes.
Upload = tuple[str, str, Staged]


async def stage_body(request: Incoming, blobs: Blobs, max_bytes: int) -> Staged:
    """
    Write the body to a staged file; if that ends early, nothing is left.

    Raises
    ------
    BodyTooLarge
        If it has, or says that it has, more than `max_bytes`.
    BodyTooSlow
        If it drips: see `OUTFEED_UPLOAD_STEP_S`.
    StorageFull
        If the disk has no room for it.
    """
    check_length(request, max_bytes)
    stage = blobs.stage()
    try:
        async for piece in _pieces(request, max_bytes):
            await to_thread.run_sync(stage.write, piece)
        return await to_thread.run_sync(stage.finish)
    except BaseException:
        stage.discard()
        raise


async def stage_multipart(request: Incoming, blobs: Blobs, max_bytes: int) -> list[Upload]:
    """
    Write the files of a multipart form to staged files, whatever its fields are called; other fields are dropped.

    Raises
    ------
    MalformedBody
        If it is no such form, or a damaged one.
    InvalidField
        If a file's name is none.
    BodyTooLarge
        If the body has, or says that it has, more than `max_bytes`, or its plain fields more than 1 MiB.
    BodyTooSlow
        If it drips: see `OUTFEED_UPLOAD_STEP_S`.
    """
    intake = _Intake(blobs, _boundary(request))
    check_length(request, max_bytes)
    try:
        async for piece in _pieces(request, max_bytes):
            await to_thread.run_sync(intake.feed, bytes(piece))
        return await to_thread.run_sync(intake.finish)
    except MultipartError as error:
        intake.discard()
        raise MalformedBody(f"It is no multipart form: {error}") from error
    except BaseException:
        intake.discard()
        raise


def check_length(request: Incoming, max_bytes: int) -> None:
    """Raise `BodyTooLarge` if the client says that it will send more."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise BodyTooLarge(f"At most {max_bytes} bytes.")


def kept_content_type(sent: str | None) -> str:
    """Return a content type as sent, or that of plain bytes where there is none that can be sent back."""
    return sent if sent and is_header_text(sent) and len(sent) <= MAX_CONTENT_TYPE else OCTETS


def is_header_text(text: str) -> bool:
    """Tell whether a text may stand in a header: printable ASCII, so no line break either."""
    return text.isascii() and text.isprintable()


async def _pieces(request: Incoming, max_bytes: int) -> AsyncIterator[bytearray]:
    """Yield the body in pieces for a thread."""
    gathered, total = bytearray(), 0
    async for chunk in body_in_time(request, services(request).settings.upload_step_s):
        total += len(chunk)
        if total > max_bytes:
            raise BodyTooLarge(f"At most {max_bytes} bytes.")
        gathered += chunk
        if len(gathered) >= PIECE_BYTES:
            yield gathered
            gathered = bytearray()
    if gathered:
        yield gathered


async def body_in_time(request: Incoming, step_s: float) -> AsyncIterator[bytes]:
    """
    Yield the body as it comes. What the server itself takes to keep it is no fault of the client's.

    Raises
    ------
    BodyTooSlow
        If 64 KiB of it, or what is left, take the client more than `step_s` seconds: it would hold a connection for
        days.
    """
    loop, stream = asyncio.get_running_loop(), aiter(request.stream())
    left_s, step_bytes = step_s, 0
    while True:
        began_s = loop.time()
        try:
            async with asyncio.timeout(left_s):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise given_up(request, f"Each {STEP_BYTES} bytes have {step_s:g} seconds.") from error
        if chunk is None:
            return
        left_s, step_bytes = left_s - (loop.time() - began_s), step_bytes + len(chunk)
        if step_bytes >= STEP_BYTES:
            left_s, step_bytes = step_s, 0
        yield chunk


def _boundary(request: Incoming) -> str:
    """Return what separates the parts of the form."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = str(options.get("boundary", ""))
    if kind != "multipart/form-data" or not boundary:
        raise MalformedBody("It is no multipart form.")
    return boundary


class _Intake:
    """Turns the parser's events into staged files. All of it blocks."""

    def __init__(self, blobs: Blobs, boundary: str) -> None:
        self._blobs = blobs
        self._parser = PushMultipartParser(boundary, max_segment_count=MAX_PARTS)
        self._finished: list[Upload] = []
        self._named = ("", "")
        self._stage: Stage | None = None
        self._field_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body in."""
        for event in self._parser.parse(piece):
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event:
                self._take(event)
            else:
                self._end()

    def finish(self) -> list[Upload]:
        """Return the files, or raise `MultipartError` if the form is cut off."""
        self._parser.close()
        return self._finished

    def discard(self) -> None:
        """Remove what was staged so far."""
        if self._stage:
            self._stage.discard()
        for _name, _type, staged in self._finished:
            staged.discard()

    def _begin(self, segment: MultipartSegment) -> None:
        if segment.filename:
            self._named = (checked_name(segment.filename), kept_content_type(segment.content_type))
            self._stage = self._blobs.stage()

    def _take(self, chunk: bytes | bytearray) -> None:
        if self._stage:
            self._stage.write(chunk)
            return
        self._field_bytes += len(chunk)
        if self._field_bytes > MAX_FIELD_BYTES:
            raise BodyTooLarge(f"At most {MAX_FIELD_BYTES} bytes of fields that are no files.")

    def _end(self) -> None:
        if self._stage:
            self._finished.append((*self._named, self._stage.finish()))
            self._stage = None
