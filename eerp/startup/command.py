"""The command ``eerp``: check the configuration, keep users and roles.

It works whether the daemon runs or not: with an embedded database it joins the
server that runs, or starts it for as long as the command takes. What goes wrong is
one clear line on standard error and exit status 1.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThreadPool
from twisted.logger import globalLogBeginner

import eerp
from eerp.auth import Passwords, Users, check_keys
from eerp.config import Config, load
from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded, running_dsn
from eerp.database.pool import Pool
from eerp.errors import EerpError, StartupError
from eerp.limits import PASSWORD_CHARACTERS_MAX
from eerp.log import observer
from eerp.modules import detect

__all__ = ["main"]

RANDOM_PASSWORD_BYTES = 18
# A character of UTF-8 has four bytes at most; a longer line is no password.
PASSWORD_LINE_BYTES_MAX = 4 * PASSWORD_CHARACTERS_MAX + 2

Job = Callable[[Users], Awaitable[str]]
"""What a command does with the users; answers what to print."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 when it was done, 1 when not, 2 for a wrong one."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except EerpError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _fail(error: EerpError) -> NoReturn:
    print(_line(error), file=sys.stderr)
    sys.exit(1)


def _line(error: EerpError) -> str:
    hint = f" ({error.hint})" if error.hint else ""
    return f"eerp: {error.message}{hint}"


# What can be asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eerp",
        description="Checks the configuration of EERP and keeps its users and roles.",
        epilog="The daemon itself is: twistd -n eerp --config eerp-config.json",
    )
    parser.add_argument("--version", action="version", version=eerp.__version__)
    areas = parser.add_subparsers(title="areas", metavar="AREA", required=True)
    _add_config(_area(areas, "config", "the configuration file"))
    _add_user(_area(areas, "user", "users, their passwords and their roles"))
    _add_role(_area(areas, "role", "roles and what they permit"))
    return parser


def _area(areas: Any, name: str, about: str) -> Any:
    area = areas.add_parser(name, help=about, description=about.capitalize() + ".")
    return area.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _command(
    area: Any, name: str, run: Callable[[argparse.Namespace], None], about: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = area.add_parser(
        name, help=about, description=about.capitalize() + "."
    )
    command.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=Path("eerp-config.json"),
        help="the configuration file (default: ./eerp-config.json)",
    )
    command.set_defaults(run=run)
    return command


def _add_config(area: Any) -> None:
    _command(area, "check", _check_config, "say whether the file is valid, or why not")


def _add_user(area: Any) -> None:
    add = _command(area, "add", _user_add, "add a user")
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--role",
        metavar="ROLE",
        action="append",
        default=[],
        help="give the user a role; may be repeated",
    )
    _add_password_options(add)
    passwd = _command(
        area, "passwd", _user_passwd, "set a password and end the user's sessions"
    )
    passwd.add_argument("name", metavar="NAME")
    _add_password_options(passwd)
    for name, run, about in (
        ("grant", _user_grant, "give a user a role"),
        ("revoke", _user_revoke, "take a role from a user"),
    ):
        command = _command(area, name, run, about)
        command.add_argument("name", metavar="NAME")
        command.add_argument("role", metavar="ROLE")
    _command(area, "list", _user_list, "list all users and their roles")


def _add_role(area: Any) -> None:
    add = _command(
        area, "add", _role_add, "add a role, or further permissions to one there is"
    )
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "permissions",
        metavar="PERMISSION",
        nargs="+",
        help="such as crm.contacts.read, 'crm.*', or '*' for everything",
    )
    _command(area, "list", _role_list, "list all roles and their permissions")


def _add_password_options(command: argparse.ArgumentParser) -> None:
    ways = command.add_mutually_exclusive_group()
    ways.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of standard input",
    )
    ways.add_argument(
        "--random", action="store_true", help="make a random password and print it"
    )


# What is done


def _check_config(arguments: argparse.Namespace) -> None:
    wrong = _faults_of(arguments.config)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"{arguments.config} is valid")


def _faults_of(path: Path) -> list[str]:
    """Why the daemon would not start with this file, a line each, or nothing."""
    try:
        config = load(path)
    except StartupError as error:
        return _lines(error)
    wrong: list[str] = []
    for check in (
        lambda: detect(config),
        lambda: check_keys(config.state_dir, config.auth.signing_key_file),
    ):
        try:
            check()
        except StartupError as error:
            wrong += _lines(error)
    return wrong


def _lines(error: StartupError) -> list[str]:
    if not error.errors:
        return [_line(error)]
    return [
        f"{fault.pointer}: {fault.message}" if fault.pointer else fault.message
        for fault in error.errors
    ]


def _user_add(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    password = _password(arguments)

    async def job(users: Users) -> str:
        await users.add_user(arguments.name, password, arguments.role)
        return f"user {arguments.name} added" + _told(arguments, password)

    _run(config, job)


def _user_passwd(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    password = _password(arguments)

    async def job(users: Users) -> str:
        await users.set_password(arguments.name, password)
        done = f"password of {arguments.name} set, all sessions ended"
        return done + _told(arguments, password)

    _run(config, job)


def _user_grant(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        await users.grant(arguments.name, arguments.role)
        return f"{arguments.name} has the role {arguments.role}"

    _run(load(arguments.config), job)


def _user_revoke(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        await users.revoke(arguments.name, arguments.role)
        return f"{arguments.name} no longer has the role {arguments.role}"

    _run(load(arguments.config), job)


def _user_list(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        rows = [("USER", "STATE", "LAST SIGN-IN", "ROLES")]
        for user in await users.list_users():
            last = user.last_login_at
            when = last.strftime("%Y-%m-%d %H:%M") if last else "never"
            state = "active" if user.active else "off"
            rows.append((user.username, state, when, ", ".join(user.roles) or "-"))
        return _table(rows)

    _run(load(arguments.config), job)


def _role_add(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        await users.add_role(arguments.name, arguments.permissions)
        return f"role {arguments.name} permits {', '.join(arguments.permissions)}"

    _run(load(arguments.config), job)


def _role_list(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        rows = [("ROLE", "PERMISSIONS")]
        for role in await users.list_roles():
            rows.append((role.name, ", ".join(role.permissions) or "-"))
        return _table(rows)

    _run(load(arguments.config), job)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


# Passwords


def _password(arguments: argparse.Namespace) -> str:
    if arguments.random:
        return secrets.token_urlsafe(RANDOM_PASSWORD_BYTES)
    if arguments.password_stdin:
        return _read_password()
    if not sys.stdin.isatty():
        raise StartupError(
            "there is no terminal to ask for the password on",
            hint="use --password-stdin or --random",
        )
    return _ask_password(arguments.name)


def _read_password() -> str:
    line = sys.stdin.buffer.readline(PASSWORD_LINE_BYTES_MAX + 1)
    try:
        return line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise StartupError("the password on standard input is not UTF-8") from None


def _ask_password(name: str) -> str:
    try:
        password = getpass.getpass(f"New password of {name}: ")
        again = getpass.getpass("The same again: ")
    except EOFError:
        raise StartupError("no password was given") from None
    if password != again:
        raise StartupError("the two passwords differ")
    return password


def _told(arguments: argparse.Namespace, password: str) -> str:
    return f"\npassword: {password}" if arguments.random else ""


# The database


def _run(config: Config, job: Job) -> None:
    globalLogBeginner.beginLoggingTo(
        [observer("text", "critical")], redirectStandardIO=False
    )

    async def work(reactor: Any) -> None:
        try:
            print(await _with_database(reactor, config, job))
        except EerpError as error:
            _fail(error)

    react(lambda reactor: Deferred.fromCoroutine(work(reactor)))


async def _with_database(reactor: Any, config: Config, job: Job) -> str:
    database = config.database
    if not database.embedded:
        return await _with_pool(reactor, config, database.dsn, job)
    dsn = running_dsn(config.state_dir)
    if dsn is not None:
        return await _with_pool(reactor, config, dsn, job)
    server = Embedded(reactor, config.state_dir)
    dsn = await server.start()
    try:
        return await _with_pool(reactor, config, dsn, job)
    finally:
        await server.stop()


async def _with_pool(reactor: Any, config: Config, dsn: str, job: Job) -> str:
    database = config.database
    pool = Pool(
        reactor,
        dsn,
        size=1,
        connect_timeout_s=database.connect_timeout_s,
        statement_timeout_ms=database.statement_timeout_ms,
        lock_timeout_ms=database.lock_timeout_ms,
    )
    await pool.open()
    try:
        await prepare(pool)
        return await job(Users(pool, _passwords(reactor)))
    finally:
        await pool.close()


def _passwords(reactor: Any) -> Passwords:
    threads = reactor.getThreadPool()
    return Passwords(lambda *call: deferToThreadPool(reactor, threads, *call))


if __name__ == "__main__":
    main()
