"""`outfeed printer`: printers that are none."""

import asyncio
import json
import resource
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from outfeed.cli.options import Json
from outfeed.clock import now_ms
from outfeed.simulator.words import Fault, Style, Transport

if TYPE_CHECKING:
    from outfeed.simulator.park import Park, Sum, Wish

app = typer.Typer(no_args_is_help=True)

#: The printer that the vendor's simulator says it is.
EMBER: Final = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
#: Open files beside the printers' connections.
_OTHER_FILES: Final = 100


@app.command("simulate")
def simulate(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    server: Annotated[str, typer.Option(metavar="URL", help="Where the server is.")] = "http://127.0.0.1:8080",
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many printers.")] = 1,
    fault: Annotated[Fault | None, typer.Option(help="What they do wrong: " + ", ".join(Fault) + ".")] = None,
    transport: Annotated[
        Transport, typer.Option(help="How they listen for commands: websocket or long-polling.")
    ] = Transport.WEBSOCKET,
    style: Annotated[Style, typer.Option(help="Whose manners they have: ember or simulator.")] = Style.EMBER,
    layers: Annotated[int, typer.Option(min=1, help="Layers of a print whose file does not tell.")] = 50,
    layer_time: Annotated[float, typer.Option(metavar="SECONDS", min=0.001, help="Time of a layer.")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.001, help="How many times as fast their time passes.")] = 1.0,
    type_id: Annotated[str, typer.Option("--type", metavar="ID", help="Printer type.")] = EMBER,
    firmware: Annotated[str, typer.Option(metavar="TEXT", help="Version of their firmware.")] = "1.0 simulated",
    name_prefix: Annotated[str, typer.Option(metavar="TEXT", help="Name with --claim, a number follows.")] = "Printer",
    claim: Annotated[bool, typer.Option("--claim", help="Claim them too, as a member does.")] = False,  # noqa: FBT002 - a flag
    user_token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", envvar="OUTFEED_USER_TOKEN", help="Bearer token of the member that claims."),
    ] = None,
    local_print: Annotated[bool, typer.Option("--local-print", help="Begin a print at the machine itself.")] = False,  # noqa: FBT002 - a flag
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that keeps their tokens and tasks until the next start.")
    ] = None,
    prints: Annotated[int | None, typer.Option(min=1, help="End after so many prints.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="Beginning of chance: the same seed, the same faults.")] = 0,
    json_output: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Run printers that speak the real protocol, and misbehave on request."""
    from outfeed.simulator.firmware import Maker
    from outfeed.simulator.park import Park, Wish
    from outfeed.simulator.press import Plan

    if state:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    wish = Wish(
        server=_address(server),
        maker=Maker(type_id=type_id, firmware=firmware, serial_number="SIM-"),
        count=count,
        plan=Plan(
            style=style,
            layers=layers,
            layer_s=layer_time / speed,
            ping_s=(15.0 if style is Style.EMBER else 30.0) / speed,
            chore_s=2.0 / speed,
        ),
        fault=fault,
        transport=transport,
        seed=seed,
        claim_as=name_prefix if claim else None,
        user_token=user_token,
        local_print=local_print,
        state=state,
        prints=prints,
    )
    _allow_files(count)
    watch = _print_json if json_output else _printer_lines(wish)
    try:
        park = Park(wish, watch)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(_verdict(asyncio.run(_until_told(park, seconds)), wish, as_json=json_output))


def _address(server: str) -> str:
    if not server.startswith(("http://", "https://")):
        raise typer.BadParameter("an address begins with http:// or https://", param_hint="--server")
    return server.rstrip("/")


async def _until_told(park: "Park", seconds: float | None) -> "Sum | None":
    """Run printers until a signal, the time or the prints end it; None: the server wants no printers."""
    from outfeed.simulator.channel import ChannelRefused
    from outfeed.simulator.printer import RegistrationRefused

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, park.stop)
    if seconds is not None:
        loop.call_later(seconds, park.stop)
    try:
        return await park.run()
    except* (RegistrationRefused, ChannelRefused) as group:
        for error in _leaves(group):
            typer.echo(f"The server refuses the printer: {error}", err=True)
    return None


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _verdict(found: "Sum | None", wish: "Wish", *, as_json: bool) -> int:
    """Say what came of it, and return the exit code."""
    if found is None:
        return 1
    missing = wish.count - len(found.registered)
    if missing:
        typer.echo(f"{missing} of {wish.count} printers could not be registered.", err=True)
    failed = wish.prints is not None and found.ends.get("failed", 0) > 0
    if not as_json:
        ends = ", ".join(f"{number} {how}" for how, number in sorted(found.ends.items())) or "none"
        again = f"; {found.repeated} came again" if found.repeated else ""
        typer.echo(f"Prints: {ends}. Commands executed: {found.executed}{again}.")
    return 1 if missing or failed else 0


def _allow_files(count: int) -> None:
    """Raise the limit of open files as far as it may be, where the printers need it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * count + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def _now() -> datetime:
    return datetime.fromtimestamp(now_ms() / 1000, UTC)


def _print_json(number: int, what: str, fields: dict[str, Any]) -> None:
    time = _now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    typer.echo(json.dumps({"time": time, "printer": number, "event": what, **fields}, ensure_ascii=False))


def _printer_lines(wish: "Wish") -> Callable[[int, str, dict[str, Any]], None]:
    """Return what prints a line for each event; a code that somebody has to type stands by itself."""

    def show(number: int, what: str, fields: dict[str, Any]) -> None:
        told = "  ".join(f"{key} {value}" for key, value in fields.items() if value is not None)
        typer.echo(f"{_now():%H:%M:%S}  printer {number:<5} {what.replace('_', ' '):<18} {told}".rstrip())
        if what == "registered" and fields["code"] and wish.claim_as is None:
            typer.echo(_how_to_claim(wish.server, fields["code"]))

    return show


def _how_to_claim(server: str, code: str) -> str:
    body = f"printer_name=Simulated&registration_code={code}"
    call = f"curl -H 'Authorization: Bearer <token>' -d '{body}' {server}/ps/v1/print/printers/register"
    return f"\n          {'  '.join(code)}\n\n  Claim it with this code:\n  {call}\n"
