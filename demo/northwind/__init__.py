"""Load all of Northwind into a running EERP, through its HTTP API alone.

Run ``python -m demo.northwind --help``. The program is also an example for
integrators, to be read in this order:

- ``client``: sign in, refresh the token, find, create, and what to do about 401,
  429, 503 and a lost answer;
- ``shelf``: each record once, so that a second run adds nothing and an interrupted one
  goes on where it ended; ``load``: several at once, with a bar (``progress``);
- ``all``: the steps in their order: ``trade``, ``stock``, ``people`` and ``sales``;
- ``traders``, ``goods``, ``orders`` and ``staff``: what the CSV files say;
- ``books``: whether ledger, invoices and stock agree when all is done.

It imports nothing from ``eerp``.
"""
