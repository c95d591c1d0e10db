"""``eerp user`` and ``eerp role``: who may sign in, and what they may do."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.threads import deferToThreadPool

from eerp.auth import CompanyChange, Passwords, Users, random_password
from eerp.config import Config, load
from eerp.database.pool import Pool
from eerp.errors import StartupError
from eerp.limits import PASSWORD_CHARACTERS_MAX
from eerp.startup.commands.area import add_area, add_command, run_with_pool, table

__all__ = ["add"]

# A character of UTF-8 has four bytes at most; a longer line is no password.
PASSWORD_LINE_BYTES_MAX = 4 * PASSWORD_CHARACTERS_MAX + 2


def add(areas: Any) -> None:
    """Declare both areas."""
    _add_user(add_area(areas, "user", "users, their passwords and their roles"))
    _add_role(add_area(areas, "role", "roles and what they permit"))


def _add_user(area: Any) -> None:
    add = add_command(area, "add", _user_add, "add a user")
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--role",
        metavar="ROLE",
        action="append",
        default=[],
        help="give the user a role; may be repeated",
    )
    _add_password_options(add)
    passwd = add_command(
        area, "passwd", _user_passwd, "set a password and end the user's sessions"
    )
    passwd.add_argument("name", metavar="NAME")
    _add_password_options(passwd)
    for name, run, about in (
        ("grant", _user_grant, "give a user a role"),
        ("revoke", _user_revoke, "take a role from a user"),
    ):
        command = add_command(area, name, run, about)
        command.add_argument("name", metavar="NAME")
        command.add_argument("role", metavar="ROLE")
    companies = add_command(
        area, "companies", _user_companies, "say in which companies a user may act"
    )
    companies.add_argument("name", metavar="NAME")
    for option, about in (("--add", "allow another"), ("--remove", "take one away")):
        companies.add_argument(
            option, metavar="ID", action="append", default=[], help=f"{about}; repeats"
        )
    companies.add_argument(
        "--default",
        metavar="ID",
        help="act in this one unless a request says otherwise",
    )
    add_command(area, "list", _user_list, "list all users and their roles")


def _add_role(area: Any) -> None:
    add = add_command(
        area, "add", _role_add, "add a role, or further permissions to one there is"
    )
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "permissions",
        metavar="PERMISSION",
        nargs="+",
        help="such as crm.contacts.read, 'crm.*', or '*' for everything",
    )
    add_command(area, "list", _role_list, "list all roles and their permissions")


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


def _user_companies(arguments: argparse.Namespace) -> None:
    change = CompanyChange(arguments.add, arguments.remove, arguments.default)

    async def job(users: Users) -> str:
        companies = await users.change_companies(arguments.name, change)
        rows = [("COMPANY", "")]
        for company in companies.all:
            rows.append((company, "default" if company == companies.default else ""))
        return table(rows)

    _run(load(arguments.config), job)


def _user_list(arguments: argparse.Namespace) -> None:
    async def job(users: Users) -> str:
        rows = [("USER", "STATE", "LAST SIGN-IN", "ROLES")]
        for user in await users.list_users():
            last = user.last_login_at
            when = last.strftime("%Y-%m-%d %H:%M") if last else "never"
            state = "active" if user.active else "off"
            rows.append((user.username, state, when, ", ".join(user.roles) or "-"))
        return table(rows)

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
        return table(rows)

    _run(load(arguments.config), job)


# Passwords


def _password(arguments: argparse.Namespace) -> str:
    if arguments.random:
        return random_password()
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


def _run(config: Config, job: Callable[[Users], Awaitable[str]]) -> None:
    async def with_users(reactor: Any, pool: Pool) -> str:
        return await job(Users(pool, _passwords(reactor)))

    run_with_pool(config, with_users)


def _passwords(reactor: Any) -> Passwords:
    threads = reactor.getThreadPool()
    return Passwords(lambda *call: deferToThreadPool(reactor, threads, *call))
