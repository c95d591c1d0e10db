"""The first user of an installation, and where its password is told."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from eerp.auth.password import Passwords, check_password, random_password
from eerp.auth.secret_file import create_secret, read_secret
from eerp.auth.transact import read, transact
from eerp.auth.users import ADMINISTRATOR, EVERYTHING, insert_grants, insert_user
from eerp.errors import EerpError, StartupError
from eerp.interfaces import Pool, Statement, Transaction
from eerp.log import Logger

__all__ = ["FIRST_USERNAME", "FIRST_SECRET_NAME", "make_first_user"]

log = Logger(namespace="eerp.auth")

FIRST_USERNAME = "admin"
FIRST_SECRET_NAME = "initial-admin-password"  # noqa: S105  # a file's name

_ANY_USER = "select exists (select from eerp.users)"
# Always writes the row, so that of two processes the second waits here for the
# first, starts anew, and then sees its user.
_ROLE = """
insert into eerp.roles (name, title) values (%s, 'Administrator')
on conflict (name) do update set title = excluded.title
"""


async def make_first_user(
    pool: Pool, passwords: Passwords, state_dir: Path
) -> Path | None:
    """Make `admin`, with a role that grants everything, if there is no user at all.

    Answers the file that holds the password, or None when there was a user. The
    file is written before the commit, so that no password is ever lost. If it is
    there already, from a start that was cut short, its password is taken: a file
    is never overwritten. Any number of processes may call this at once.
    """
    if (await read(pool, Statement(_ANY_USER)))[0][0]:
        return None
    path = state_dir / FIRST_SECRET_NAME
    if not await transact(pool, partial(_make, passwords, path)):
        return None
    log.warn(
        "user {username} made; its password is in {path}; change it with "
        "`eerp user passwd {username}`, then delete the file",
        event="first_user_made",
        username=FIRST_USERNAME,
        path=str(path),
    )
    return path


async def _make(passwords: Passwords, path: Path, transaction: Transaction) -> bool:
    await transaction.run(Statement(_ROLE, (ADMINISTRATOR,)))
    if (await transaction.run(Statement(_ANY_USER)))[0][0]:
        return False
    password_hash = await passwords.hash(_agree_on_password(path))
    await insert_grants(ADMINISTRATOR, [EVERYTHING], transaction)
    await insert_user(FIRST_USERNAME, password_hash, [ADMINISTRATOR], transaction)
    return True


def _agree_on_password(path: Path) -> str:
    password = random_password()
    if create_secret(path, f"{password}\n".encode("ascii")):
        return password
    return _password_in(path)


def _password_in(path: Path) -> str:
    try:
        password = read_secret(path).decode("utf-8").rstrip("\r\n")
        check_password(password, FIRST_USERNAME)
    except (UnicodeDecodeError, EerpError) as error:
        if isinstance(error, StartupError):
            raise
        raise StartupError(
            f"{path} is there already and holds no password that may be used",
            hint="delete it, and the next start makes a new one",
        ) from error
    return password
