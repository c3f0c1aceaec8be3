"""`trunkline`: one command, a module for each verb, imported when it is asked for."""

import os
import sys
from typing import Annotated

import typer

from trunkline.platform.setting.supervision import die_with_parent

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An elastic SIP trunking service.")


@app.command()
def up() -> None:
    """Start every process of this host, and keep them running."""
    from trunkline.cli import up as verb

    raise typer.Exit(verb.main())


@app.command()
def gateway(instance: Annotated[str, typer.Argument(help="ADDRESS:PORT of TRUNKLINE_SIP_BIND")] = "") -> None:
    """The gateway process of one SIP address."""
    from trunkline.cli import gateway as verb

    raise typer.Exit(verb.main(instance))


@app.command()
def relay() -> None:
    """The media process of this host."""
    from trunkline.cli import relay as verb

    raise typer.Exit(verb.main())


@app.command()
def control() -> None:
    """REST API, operator resources and health."""
    from trunkline.cli import control as verb

    raise typer.Exit(verb.main())


@app.command()
def sandbox() -> None:
    """A phone network in the box: a carrier and a PBX to call."""
    from trunkline.cli import sandbox as verb

    raise typer.Exit(verb.main())


def main() -> None:
    """The entry point; a bad setting is one line and status 2."""
    from trunkline.platform.setting.errors import SettingsError

    if os.environ.get("TRUNKLINE_SUPERVISOR"):
        die_with_parent()
    try:
        app()
    except SettingsError as fault:
        sys.stderr.write(f"trunkline: {fault}\n")
        sys.exit(2)
