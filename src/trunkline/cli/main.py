"""`trunkline`: one command, a module for each verb, imported when it is asked for."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from trunkline.platform.setting.supervision import die_with_parent

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # plain tracebacks: ours hold no locals, which may be secrets
    help="An elastic SIP trunking service.",
)
config = typer.Typer(no_args_is_help=True, help="The settings.")
app.add_typer(config, name="config")
dns = typer.Typer(no_args_is_help=True, help="Names of the platform.")
app.add_typer(dns, name="dns")
ca = typer.Typer(no_args_is_help=True, help="The private certificate authority of this host.")
app.add_typer(ca, name="ca")


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
def voice() -> None:
    """The platform's own phone: it calls numbers that are to be verified."""
    from trunkline.cli import voice as verb

    raise typer.Exit(verb.main())


@app.command()
def sandbox() -> None:
    """A phone network in the box: a carrier and a PBX to call."""
    from trunkline.cli import sandbox as verb

    raise typer.Exit(verb.main())


@app.command()
def drain(
    within: Annotated[float, typer.Option(min=0, help="seconds to wait for the calls that live")] = 300.0,
    off: Annotated[bool, typer.Option("--off", help="take new calls again")] = False,
) -> None:
    """Refuse new calls at this host's gateways, and wait until none lives; --off or a restart takes calls again."""
    from trunkline.cli import drain as verb

    raise typer.Exit(verb.main(within, off=off))


@app.command()
def demo() -> None:
    """One call each way through the running service, and their records."""
    from trunkline.cli import demo as verb

    raise typer.Exit(verb.main())


@app.command()
def phone(
    number: Annotated[str, typer.Argument(help="+15005550100, or a sip: URI")] = "",
    trunk: Annotated[str, typer.Option(help="domain of the trunk; else the demo trunk of this host")] = "",
    proxy: Annotated[str, typer.Option(help="ADDRESS:PORT to send to; else this host's gateway, or by DNS")] = "",
    user: Annotated[str, typer.Option(help="user of the trunk's credential list")] = "",
    password_env: Annotated[str, typer.Option(help="environment variable that holds the password")] = "",
    password_file: Annotated[Path | None, typer.Option(help="file that holds the password")] = None,
    caller: Annotated[str, typer.Option("--from", help="caller ID")] = "",
    play: Annotated[str, typer.Option(help="tone:440, tone:697+1209, echo, silence, nothing, or a WAV file")] = "",
    record: Annotated[Path | None, typer.Option(help="WAV file for what is heard")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="hang up this long after the answer")] = None,
    digits: Annotated[str, typer.Option(help="DTMF to send once answered")] = "",
    listen: Annotated[str, typer.Option(help="answer calls at ADDRESS:PORT instead of calling")] = "",
    calls: Annotated[int, typer.Option(min=0, help="with --listen: end after so many calls")] = 0,
    tcp: Annotated[bool, typer.Option("--tcp", help="call over TCP")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="call over TLS")] = False,
    verify: Annotated[bool, typer.Option(help="with TLS: the far side's certificate must name the trunk")] = True,
    certificate: Annotated[
        Path | None, typer.Option(help="with --listen: PEM of certificate and key, for TLS on the next port")
    ] = None,
) -> None:
    """A SIP phone: calls through a trunk, plays, records; exit status 0 when a call was answered."""
    from trunkline.cli import phone as verb

    words = verb.PhoneWords(
        number, trunk, proxy, user, password_env, password_file, caller, play, record, seconds, digits, listen, calls,
        tcp, tls, verify, certificate,
    )  # fmt: skip
    raise typer.Exit(verb.main(words))


@config.command()
def show() -> None:
    """Every setting, its value, and where it comes from; secrets are masked."""
    from trunkline.cli import config as verb

    raise typer.Exit(verb.show())


@dns.command()
def zone() -> None:
    """The records of every edge, as a zone file."""
    from trunkline.cli import dns as verb

    raise typer.Exit(verb.zone())


@dns.command()
def serve() -> None:
    """The name server process, at TRUNKLINE_DNS_BIND."""
    from trunkline.cli import dns as verb

    raise typer.Exit(verb.serve())


@ca.command()
def bundle() -> None:
    """The certificate that peers are to trust for TLS, as PEM."""
    from trunkline.cli import ca as verb

    raise typer.Exit(verb.bundle())


@app.command()
def version() -> None:
    """The version of this installation."""
    from importlib.metadata import version as installed

    sys.stdout.write(f"trunkline {installed('trunkline')}\n")


def main() -> None:
    """The entry point; a bad setting is one line and status 2."""
    from trunkline.platform.setting.errors import SettingsError

    os.umask(0o077)  # the database too is its owner's alone, however the home was made
    supervisor = os.environ.get("TRUNKLINE_SUPERVISOR")
    if supervisor:
        die_with_parent(supervisor)
    try:
        app()
    except SettingsError as fault:
        sys.stderr.write(f"trunkline: {fault}\n")
        sys.exit(2)
