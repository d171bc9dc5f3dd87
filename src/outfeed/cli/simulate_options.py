"""The options of `outfeed printer simulate`: what each is, for the command line and its reference."""

from pathlib import Path
from typing import Annotated

import typer

from outfeed.simulator.words import Fault, Style, Transport

Server = Annotated[str, typer.Option(metavar="URL", help="Where the server is.")]
Count = Annotated[int, typer.Option(min=1, max=100_000, help="How many printers.")]
WhichFault = Annotated[Fault | None, typer.Option(help="What they do wrong: " + ", ".join(Fault) + ".")]
WhichTransport = Annotated[Transport, typer.Option(help="How they listen for commands: websocket or long-polling.")]
WhichStyle = Annotated[Style, typer.Option(help="Whose manners they have: ember or simulator.")]
Layers = Annotated[int, typer.Option(min=1, help="Layers of a print whose file does not tell.")]
LayerTime = Annotated[float, typer.Option(metavar="SECONDS", min=0.001, help="Time of a layer.")]
Speed = Annotated[float, typer.Option(min=0.001, help="How many times as fast their time passes.")]
TypeId = Annotated[str, typer.Option("--type", metavar="ID", help="Printer type.")]
Firmware = Annotated[str, typer.Option(metavar="TEXT", help="Version of their firmware.")]
NamePrefix = Annotated[str, typer.Option(metavar="TEXT", help="Name with --claim, a number follows.")]
Claim = Annotated[bool, typer.Option("--claim", help="Claim them too, as a member does.")]
UserToken = Annotated[
    str | None,
    typer.Option(metavar="TOKEN", envvar="OUTFEED_USER_TOKEN", help="Bearer token of the member that claims."),
]
LocalPrint = Annotated[bool, typer.Option("--local-print", help="Begin a print at the machine itself.")]
State = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder that keeps their tokens and tasks until the next start.")
]
Prints = Annotated[int | None, typer.Option(min=1, help="End after so many prints.")]
Seconds = Annotated[float | None, typer.Option(min=0.1, help="End after so many seconds.")]
Seed = Annotated[int, typer.Option(help="Beginning of chance: the same seed, the same faults.")]
