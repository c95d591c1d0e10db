"""A module with accounts, made from WebAssembly text, whose routes read and then write.

``POST /increment/{target}/{amount}`` adds to one account,
``POST /transfer/{source}/{target}/{amount}`` takes from one and gives to another. The
guest reads the value, computes, and writes it back with no lock and no version: what
keeps updates from being lost is the isolation of the transaction alone.
"""

from __future__ import annotations

import json
import re

from tests.sandbox.wat import data, frame, handle, wat
from tests.valued import valued_model, valued_table

MODEL = valued_model("accounts", "Account")
MIGRATIONS = [valued_table("accounts")]
ROUTES = {
    1: "/increment/{target}/{amount}",
    2: "/transfer/{source}/{target}/{amount}",
}
PARAMETER = re.compile(r"\{(\w+)\}")
_TEXTS = {
    "GET": '{"op":"get","model":"accounts","id":"',
    "UPDATE": '{"op":"update","model":"accounts","id":"',
    "END": '"}',
    "VALUES": '","values":{"value":',
    "ENDS": "}}",
    "VALUE": '"value":',
    "SOURCE": '"source":"',
    "TARGET": '"target":"',
    "AMOUNT": '"amount":"',
    "POST": "POST",
    "ROUTE1": ROUTES[1],
    "ROUTE2": ROUTES[2],
}
_REPLY = frame({"status": 200}, b'{"done":true}')
_REPLY_AT, _TEXTS_AT, _BUFFER_AT, _RESULT_AT = 32_768, 40_000, 50_000, 52_000

_CODE = """
(global $end (mut i32) (i32.const 0))
;; Append `n` bytes to the operation that is being written.
(func $put (param $p i32) (param $n i32)
  (memory.copy (global.get $end) (local.get $p) (local.get $n))
  (global.set $end (i32.add (global.get $end) (local.get $n))))
;; The address after the first place of the text [p, p + n) from `at` on.
(func $after (param $p i32) (param $n i32) (param $at i32) (result i32)
  (local $k i32)
  (loop $next
    (local.set $k (i32.const 0))
    (block $other
      (loop $same
        (if (i32.eq (local.get $k) (local.get $n))
          (then (return (i32.add (local.get $at) (local.get $n)))))
        (br_if $other (i32.ne
          (i32.load8_u (i32.add (local.get $p) (local.get $k)))
          (i32.load8_u (i32.add (local.get $at) (local.get $k)))))
        (local.set $k (i32.add (local.get $k) (i32.const 1)))
        (br $same)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br $next))
  unreachable)
;; The whole number that is written at `at`.
(func $number (param $at i32) (result i64)
  (local $n i64) (local $minus i32) (local $digit i32)
  (local.set $minus (i32.eq (i32.load8_u (local.get $at)) (i32.const 45)))
  (local.set $at (i32.add (local.get $at) (local.get $minus)))
  (loop $next
    (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
    (if (i32.lt_u (local.get $digit) (i32.const 10))
      (then
        (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 10))
                               (i64.extend_i32_u (local.get $digit))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next))))
  (if (result i64) (local.get $minus)
    (then (i64.sub (i64.const 0) (local.get $n))) (else (local.get $n))))
;; Append a whole number, its digits last first into the bytes before BUFFER.
(func $write (param $n i64)
  (local $at i32) (local $start i32)
  (if (i64.lt_s (local.get $n) (i64.const 0))
    (then
      (i32.store8 (global.get $end) (i32.const 45))
      (global.set $end (i32.add (global.get $end) (i32.const 1)))
      (local.set $n (i64.sub (i64.const 0) (local.get $n)))))
  (local.set $at (i32.const BUFFER))
  (loop $next
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48)
      (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
    (local.set $n (i64.div_u (local.get $n) (i64.const 10)))
    (br_if $next (i64.ne (local.get $n) (i64.const 0))))
  (call $put (local.get $at) (i32.sub (i32.const BUFFER) (local.get $at))))
;; Run the operation that was written; its result at RESULT.
(func $run
  (if (i64.lt_s (call $orm (i32.const BUFFER)
                           (i32.sub (global.get $end) (i32.const BUFFER)))
                (i64.const 0))
    (then unreachable))
  (drop (call $take (i32.const RESULT))))
;; Read the account whose id is at `id`, add, and write it back.
(func $add (param $id i32) (param $amount i64)
  (global.set $end (i32.const BUFFER))
  (call $put @GET)
  (call $put (local.get $id) (i32.const 36))
  (call $put @END)
  (call $run)
  (local.set $amount (i64.add (local.get $amount)
    (call $number (call $after @VALUE (i32.const RESULT)))))
  (global.set $end (i32.const BUFFER))
  (call $put @UPDATE)
  (call $put (local.get $id) (i32.const 36))
  (call $put @VALUES)
  (call $write (local.get $amount))
  (call $put @ENDS)
  (call $run))
"""
_HANDLE = """
  (local $amount i64)
  (local.set $amount (call $number (call $after @AMOUNT (local.get $ptr))))
  (if (i32.eq (local.get $id) (i32.const 2))
    (then (call $add (call $after @SOURCE (local.get $ptr))
                     (i64.sub (i64.const 0) (local.get $amount)))))
  (call $add (call $after @TARGET (local.get $ptr)) (local.get $amount))
  (i64.const REPLY)"""
_INIT = """(func (export "init")
  (call $register_route @POST @ROUTE1 (i32.const 1))
  (call $register_route @POST @ROUTE2 (i32.const 2)))"""


def ledger() -> str:
    """The module's text."""
    at, texts, places = _TEXTS_AT, "", {}
    for name, text in _TEXTS.items():
        places[name] = f"(i32.const {at}) (i32.const {len(text)})"
        texts += data(at, text.encode())
        at += len(text)

    def filled(code: str) -> str:
        # The longest name first: one begins like another.
        for name in sorted(places, key=len, reverse=True):
            code = code.replace(f"@{name}", places[name])
        code = code.replace("BUFFER", str(_BUFFER_AT))
        code = code.replace("RESULT", str(_RESULT_AT))
        return code.replace("REPLY", str(_REPLY_AT << 32 | len(_REPLY)))

    description = {
        "models": [MODEL],
        "permissions": [],
        "routes": [
            {
                "method": "POST",
                "path": path,
                "permission": "ledger.accounts.write",
                "params": {
                    name: {"type": "string"} for name in PARAMETER.findall(path)
                },
            }
            for path in ROUTES.values()
        ],
    }
    return wat(
        imports=("register_route", "orm", "take"),
        init=filled(_INIT),
        handle=handle(filled(_HANDLE)),
        migrations=json.dumps(MIGRATIONS).encode(),
        description=json.dumps(description).encode(),
        extra=filled(_CODE) + texts + data(_REPLY_AT, _REPLY),
    )
