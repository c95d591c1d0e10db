"""Load Northwind traders into a running EERP, through its HTTP API alone.

Run ``python -m demo.northwind --help``. The program is also an example for
integrators, to be read in this order:

- ``client``: sign in, refresh the token, find, create, and what to do about 401,
  429, 503 and a lost answer;
- ``load``: look up before creating, so that a second run adds nothing and an
  interrupted one goes on where it ended; several companies at once;
- ``data``: two CSV files become companies, contacts and addresses;
- ``progress``: the bar.

It imports nothing from ``eerp``.
"""
