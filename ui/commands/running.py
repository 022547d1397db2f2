"""`eoc run`, `eoc demo`, `eoc simulate`, `eoc gateway`: things that keep running."""

import asyncio
import contextlib
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from ui.commands.speaking import fail, note, out

if TYPE_CHECKING:
    from ui.settings import Settings
    from ui.wiring import App

Host = Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(help="Port of the web pages (default 8022).")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder.")]
PackName = Annotated[str | None, typer.Option("--pack", help="Province pack: a name or a folder.")]
Mqtt = Annotated[str | None, typer.Option("--mqtt", help="Broker, e.g. mqtt://user:password@host:1883")]


def register(app: typer.Typer) -> None:
    app.command("run")(run)
    app.command("demo")(demo)
    app.command("simulate")(simulate)
    app.command("gateway")(gateway)


def run(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    pack: PackName = None,
    roles: Annotated[str | None, typer.Option(help="web,ingest,dispatch,video,public (default all)")] = None,
    mode: Annotated[str | None, typer.Option(help="live or exercise")] = None,
    clock: Annotated[str | None, typer.Option(help="wall, or data: timers follow the newest reading")] = None,
) -> None:
    """Run the product."""
    from ui.commands.settings import read_settings

    chosen = tuple(each.strip() for each in roles.split(",") if each.strip()) if roles else None
    settings = read_settings(host=host, port=port, data_dir=data_dir, pack=pack, roles=chosen, mode=mode, clock=clock)
    _serve(settings, _announce)


def demo(
    scenario: Annotated[str | None, typer.Option(help="Scenario of the pack (default: the one it names).")] = None,
    speed: Annotated[float | None, typer.Option(help="Scenario seconds per second.")] = None,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    pack: PackName = None,
) -> None:
    """Run with a live scenario and demo accounts: a river rises within minutes."""
    from ui.commands.settings import read_settings
    from ui.demo import play

    settings = read_settings(host=host, port=port, data_dir=data_dir, pack=pack, clock="data", demo=True)
    given = settings.demo_password.get_secret_value() if settings.demo_password else None
    password = given or secrets.token_urlsafe(9)
    settings = settings.model_copy(update={"admin_password": SecretStr(password)})

    async def _prepare(app: "App") -> None:
        await app.parts.accounts.demo(password)

    def _ready(app: "App", port: int) -> None:
        _announce(app, port)
        note(f"     demo accounts: operator, supervisor, supervisor2, leader, dispatcher, admin · password {password}")
        note("     a scenario is playing; the first case opens in about a minute (Ctrl+C stops)")

    _serve(settings, _ready, _prepare, lambda app: play(app, scenario, speed))


def _serve(settings: "Settings", started, prepare=None, beside=None) -> None:  # type: ignore[no-untyped-def]
    from ui.logs import configure
    from ui.serve import listen, serve

    configure()
    # Without the role web the same port answers only for health and metrics, and only on this machine.
    host = settings.host if "web" in settings.roles else "127.0.0.1"
    try:
        opened = listen(host, settings.port)
    except OSError as error:
        fail(f"cannot listen on {host}:{settings.port}: {error.strerror}; choose another with --port")
        raise typer.Exit(1) from error
    with contextlib.suppress(KeyboardInterrupt):
        _loop_run(serve(settings, opened, started, prepare, beside))


def _loop_run(work) -> None:  # type: ignore[no-untyped-def]
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


def _announce(app: "App", port: int) -> None:
    parts = app.parts
    settings = parts.settings
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    note(f"EOC · {parts.pack.manifest.title.vi} · {parts.store.kind} · clock {settings.clock} · mode {settings.mode}")
    if "web" in settings.roles:
        note(f"     open {scheme}://{host}:{port}/")
    if app.broker is not None:
        ports = (
            f"{app.broker.port}"
            if app.broker.v5_port == app.broker.port
            else (f"{app.broker.port} (3.1.1), {app.broker.v5_port} (5)")
        )
        note(f"     MQTT {app.broker.kind} on {app.broker.host}:{ports}, user {app.broker.username}")
    if app.admin_password:
        note(f"     first administrator: admin · password {app.admin_password} (shown only now)")


def simulate(
    what: Annotated[str, typer.Argument(help="A scenario of the pack, or a tape (CSV of time and values).")],
    mqtt: Mqtt = None,
    speed: Annotated[float | None, typer.Option(help="Data seconds per second; 0 = as fast as it goes.")] = None,
    station: Annotated[str | None, typer.Option(help="Station a tape is published as.")] = None,
    name: Annotated[str | None, typer.Option("--property", help="Property of the tape's values.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of a scenario.")] = None,
    pack: PackName = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON on stdout.")] = False,
) -> None:
    """Publish a scenario or a tape to a broker."""
    from ui.commands.settings import read_settings
    from ui.simulating import simulate as work

    settings = read_settings(pack=pack, data_dir=data_dir)
    summary = asyncio.run(work(settings, what, mqtt, speed, station, name, seed, note))
    if as_json:
        out(summary)
    else:
        note(f"published {summary['published']} messages" + _skipped(summary["skipped"]))


def _skipped(count: int) -> str:
    return f", {count} lines skipped" if count else ""


def gateway(
    mqtt: Annotated[str, typer.Option("--mqtt", help="Broker, e.g. mqtt://user:password@host:1883")],
    spool: Annotated[Path, typer.Option("--spool", help="Folder of records not yet acknowledged.")],
    source: Annotated[Path | None, typer.Argument(help="A CSV tape or a .jsonl file; default: stdin.")] = None,
    station: Annotated[str | None, typer.Option(help="Station a tape belongs to.")] = None,
    name: Annotated[str | None, typer.Option("--property", help="Property of the tape's values.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Progress and summary as JSON lines.")] = False,
) -> None:
    """Store and forward: a record is kept until the EOC says that it is safe."""
    from sensors.gateway import GatewayOptions, run_gateway
    from ui.commands.speaking import language

    options = GatewayOptions(mqtt, spool, source, station, name, json_progress=as_json, language=language())
    sys.exit(asyncio.run(run_gateway(options)))
