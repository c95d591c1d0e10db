"""Who is calling, and what may they do.

::

    keys = load_keys(config.state_dir, config.auth.signing_key_file)
    tokens = Tokens(keys.derive("token"), reactor.seconds)
    identities = Identities(pool, tokens)
    identity = identities.cached(text) or await identities.identify(text)
    require(identity, "crm.contacts.read")

`secret_file` and `keys` hold the secrets, `password` and `token` prove who one is,
`identity` turns a token into a caller, `companies` says where they act, `access`
decides. `users` keeps users and roles for the command, `people` and `role_book` for
callers, within what these have; `own_account` is for everybody. `throttle` slows
guessing down, `accounts` signs in, refreshes and signs out.
"""

from eerp.auth.access import require, signed_in
from eerp.auth.accounts import Accounts, TokenPair
from eerp.auth.companies import Companies, CompanyChange
from eerp.auth.identity import Identities
from eerp.auth.keys import Keys, check_keys, load_keys
from eerp.auth.own_account import OwnAccount
from eerp.auth.password import Passwords, check_password, random_password
from eerp.auth.people import People, UserChange
from eerp.auth.role_book import RoleBook
from eerp.auth.throttle import Throttle
from eerp.auth.token import Claims, Tokens
from eerp.auth.users import Users

__all__ = [
    "Accounts", "TokenPair",
    "Claims", "Tokens",
    "Companies", "CompanyChange",
    "Identities",
    "Keys", "check_keys", "load_keys",
    "OwnAccount",
    "Passwords", "check_password", "random_password",
    "People", "UserChange",
    "RoleBook",
    "Throttle",
    "Users",
    "require", "signed_in",
]  # fmt: skip
