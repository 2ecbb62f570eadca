"""What a person types: `python3 -m server …`. Each command imports what it needs, and no more."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from server.db import Database

app = typer.Typer(
    help="Heard: every order is heard by every screen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Do what was typed; a refusal is one sentence and exit status 1."""
    from server.errors import Refused
    from server.postponed import postpone

    postpone("jwt")  # redis-py imports it for a way to sign in that we do not use
    try:
        app()
    except Refused as refused:
        sys.exit(refused.message)


@app.command()
def up(
    lan: Annotated[bool, typer.Option(help="For tablets of this network: HTTPS, own CA.")] = False,
) -> None:
    """Run everything: Valkey, database, web and worker, until Ctrl-C."""
    from server import supervisor

    sys.exit(supervisor.up(supervisor.programs(), lan=lan))


@app.command()
def web() -> None:
    """Serve screens, API and live boards."""
    from server import app as application

    sys.exit(application.serve())


@app.command()
def worker() -> None:
    """Work off jobs: reactions to events, mail, and what is overdue."""
    from server import app as application

    sys.exit(application.work())


@app.command()
def migrate(
    down: Annotated[bool, typer.Option(help="Take all tables away again.")] = False,
) -> None:
    """Bring the tables up to date."""
    from server.migrate import downgrade, upgrade

    with closing(opened()) as database:
        revision = downgrade(database) if down else upgrade(database)
    typer.echo(f"The tables are at revision {revision or 'none'}.")


@app.command()
def seed(
    private: Annotated[bool, typer.Option(help="Give the demo a password nobody knows.")] = False,
) -> None:
    """Bring the tables up to date, make the demo where they are empty, and say its logins."""
    from server.migrate import upgrade
    from server.seed import openings
    from server.seed import seed as sow

    with closing(opened()) as database:
        upgrade(database)
    perform(sow)
    for login in perform(openings, private=private):
        word = login.password or "(a password of its own)"
        typer.echo(f"  {login.email}   {word}   {login.who}")


@app.command()
def doctor() -> None:
    """Say in words what is wrong with a running house; exit status 1 when something is."""
    from server.doctor import checkup
    from server.lan import beside

    beside.adopt()
    sys.exit(checkup.doctor())


@app.command()
def restore() -> None:
    """Say that a backup was put back: no board may trust the position it had."""
    from server.watermark import all_anew

    channels = perform(all_anew)
    typer.echo(f"{channels} channels are numbered anew: every board takes a fresh snapshot.")


@app.command()
def key(
    name: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
) -> None:
    """Print a new API key of the first organization, with all scopes."""
    typer.echo(new_key(name))


@app.command()
def user(
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    role: Annotated[str, typer.Option(help="admin, manager or staff.")],
    location: Annotated[list[int] | None, typer.Option(help="Where they work; repeatable.")] = None,
    password: Annotated[str | None, typer.Option(help="Made up and printed if not given.")] = None,
    name: Annotated[str | None, typer.Option(help="How screens call them.")] = None,
) -> None:
    """Make an account in the first organization."""
    import secrets

    from server.people.accounts import enrol

    chosen = password or secrets.token_urlsafe(12)
    called = name or email.partition("@")[0].capitalize()
    perform(
        enrol,
        email=email,
        name=called,
        role=role,
        password=chosen,
        locations=location or [],
    )
    typer.echo(f"{email} may sign in" + ("." if password else f" with the password {chosen}"))


@app.command()
def simulate(
    file: Annotated[Path | None, typer.Argument(help="Orders to play; invented without.")] = None,
    rate: Annotated[float, typer.Option(help="Orders a second; 0: as fast as it goes.")] = 1.0,
    location: Annotated[int | None, typer.Option(help="Only this location.")] = None,
    count: Annotated[int, typer.Option(help="How many to invent.")] = 100,
    url: Annotated[str, typer.Option(help="Where Heard runs.")] = "",
    api_key: Annotated[str, typer.Option("--key", help="API key; made if not given.")] = "",
) -> None:
    """Place orders through the public API, like a shop would."""
    from server.lan import beside
    from server.settings import settings
    from server.simulation.show import simulate as play

    beside.adopt()
    sys.exit(
        play(
            url or settings().url,
            api_key or new_key("simulate"),
            file,
            rate,
            location,
            count,
        )
    )


@app.command()
def texts(
    language: Annotated[str, typer.Argument(help="de, or pt_BR: a file of web/locales.")],
) -> None:
    """Print every text of the screens, with what a language has of it so far."""
    import orjson

    from server.routes.texts import listed

    sys.stdout.write(orjson.dumps(listed(language), option=orjson.OPT_INDENT_2).decode() + "\n")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Check everything and run every test; more arguments go to pytest."""
    from server import checks

    sys.exit(checks.test(context.args))


@app.command()
def check() -> None:
    """Format, lint, types and import layers."""
    from server import checks

    sys.exit(checks.check())


def new_key(name: str) -> str:
    """A new key of the first organization."""
    from server.people.keys import create_first

    return str(perform(create_first, name=name))


def perform(command: Any, **kwargs: Any) -> Any:
    """Run one command beside whatever else is running; other processes read it in the book."""
    from server.events import enter

    def work(session: "Session") -> Any:
        result = command(session, **kwargs)
        enter(session)
        return result

    with closing(opened()) as database:
        return database.write_now(work)


def opened() -> "Database":
    """The database of the settings."""
    from server.db import Database
    from server.settings import settings

    return Database(settings().database, settings().database_pool)
