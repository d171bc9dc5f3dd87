"""`outfeed printer`: printers that are none."""

import asyncio
import json
import resource
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import typer

from outfeed.cli import simulate_options as ask
from outfeed.cli.options import Json
from outfeed.clock import now_ms
from outfeed.simulator.words import Style, Transport

if TYPE_CHECKING:
    from outfeed.simulator.firmware import Maker
    from outfeed.simulator.park import Park, Sum, Wish
    from outfeed.simulator.press import Plan

app = typer.Typer(no_args_is_help=True)

#: The printer that the vendor's simulator says it is.
EMBER: Final = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
#: Open files beside the printers' connections.
_OTHER_FILES: Final = 100


@app.command("simulate")
def simulate(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    server: ask.Server = "http://127.0.0.1:8080",
    count: ask.Count = 1,
    fault: ask.WhichFault = None,
    transport: ask.WhichTransport = Transport.WEBSOCKET,
    style: ask.WhichStyle = Style.EMBER,
    layers: ask.Layers = 50,
    layer_time: ask.LayerTime = 1.0,
    speed: ask.Speed = 1.0,
    type_id: ask.TypeId = EMBER,
    firmware: ask.Firmware = "1.0 simulated",
    name_prefix: ask.NamePrefix = "Printer",
    claim: ask.Claim = False,  # noqa: FBT002 - a flag
    user_token: ask.UserToken = None,
    local_print: ask.LocalPrint = False,  # noqa: FBT002 - a flag
    state: ask.State = None,
    prints: ask.Prints = None,
    seconds: ask.Seconds = None,
    seed: ask.Seed = 0,
    json_output: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Run printers that speak the real protocol, and misbehave on request."""
    from outfeed.simulator.park import Wish

    wish = Wish(
        server=_address(server),
        maker=_maker(type_id, firmware),
        count=count,
        plan=_plan(style, layers, layer_s=layer_time, speed=speed),
        fault=fault,
        transport=transport,
        seed=seed,
        claim_as=name_prefix if claim else None,
        user_token=user_token,
        local_print=local_print,
        state=state,
        prints=prints,
    )
    raise typer.Exit(_run(wish, seconds, as_json=json_output))


def _maker(type_id: str, firmware: str) -> "Maker":
    from outfeed.simulator.firmware import Maker

    return Maker(type_id=type_id, firmware=firmware, serial_number="SIM-")


def _plan(style: Style, layers: int, *, layer_s: float, speed: float) -> "Plan":
    """Return how printers work whose time passes `speed` times as fast."""
    from outfeed.simulator.press import Plan

    return Plan(
        style=style,
        layers=layers,
        layer_s=layer_s / speed,
        ping_s=(15.0 if style is Style.EMBER else 30.0) / speed,
        chore_s=2.0 / speed,
    )


def _run(wish: "Wish", seconds: float | None, *, as_json: bool) -> int:
    """Run printers until they are done or told to stop, and return the exit code."""
    from outfeed.simulator.park import Park

    if wish.state:
        wish.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _allow_files(wish.count)
    try:
        park = Park(wish, _print_json if as_json else _printer_lines(wish))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return _verdict(asyncio.run(_until_told(park, seconds)), wish, as_json=as_json)


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
