"""The command `outfeed`. Commands import what they need when they run: `outfeed export` starts without the server."""

import typer

from outfeed.cli.analyze import analyze
from outfeed.cli.app import app as app_commands
from outfeed.cli.demo import demo
from outfeed.cli.doctor import doctor
from outfeed.cli.endings import Commands
from outfeed.cli.export import export
from outfeed.cli.formats import formats
from outfeed.cli.job import app as job_commands
from outfeed.cli.model import app as model_commands
from outfeed.cli.printer import app as printer_commands
from outfeed.cli.project import app as project_commands
from outfeed.cli.serve import serve
from outfeed.cli.share import app as share_commands
from outfeed.cli.token import app as token_commands
from outfeed.cli.user import app as user_commands
from outfeed.cli.version import Version
from outfeed.cli.worker import worker

app = typer.Typer(
    name="outfeed",
    cls=Commands,
    help="The export server that you own.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def outfeed(version: Version = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Begin here: what is said before any command."""


app.command()(serve)
app.command()(worker)
# These parse their own arguments, and seldom come this way: see `start`.
app.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)(export)
app.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)(analyze)
app.command()(formats)
app.command()(demo)
app.command()(doctor)
app.add_typer(user_commands, name="user", help="Users.")
app.add_typer(app_commands, name="app", help="Apps: what programs sign in as.")
app.add_typer(token_commands, name="token", help="Access tokens.")
app.add_typer(project_commands, name="project", help="Projects and their members.")
app.add_typer(model_commands, name="model", help="Models, in projects.")
app.add_typer(share_commands, name="share", help="Keys to one model.")
app.add_typer(job_commands, name="job", help="Jobs.")
app.add_typer(printer_commands, name="printer", help="Simulated printers.")


def run() -> None:
    """Run the command line."""
    app()
