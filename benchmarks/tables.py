"""The two tables: EERP's own, and a copy of it for the FastAPI service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg2
from attrs import define

__all__ = ["CONTACTS", "MARK", "Tables"]

CONTACTS = 10_000
MARK = "Made by the benchmark"

# Family names of three syllables: 4,096 of them, each syllable equally frequent. A
# percent sign is doubled because the driver binds the number.
_FILL = """
insert into crm.contacts (first_name, last_name, email, phone, job_title)
select first[1 + n %% 8],
       initcap(one[1 + n %% 16] || two[1 + n / 16 %% 16] || three[1 + n / 256 %% 16]),
       'person' || n || '@example.com', '+49 30 ' || 1000000 + n, 'Buyer'
from generate_series(1, %s) as n,
     (values ('{Ann,Ben,Carla,David,Eva,Finn,Grete,Hans}'::text[],
              '{al,be,co,da,el,fi,go,ha,in,jo,ka,lo,ma,ne,os,pe}'::text[],
              '{bar,can,der,fen,gul,hol,kir,lam,mor,nes,par,ros,sel,tam,ven,wil}'::text[],
              '{berg,dal,feld,gard,hof,kamp,lund,mann,nau,rud,sen,stad,ter,vik,win,zon}'::text[])
     ) as syllables (first, one, two, three)
"""

# The same columns, defaults, checks and indexes; foreign keys are not in LIKE.
_COPY = """
create schema peer;
create table peer.contacts (like crm.contacts including all);
do $$
declare definition text;
begin
  for definition in
    select pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'crm.contacts'::regclass and contype = 'f'
  loop
    execute 'alter table peer.contacts add ' || definition;
  end loop;
end $$;
do $$
declare names text;
begin
  -- What is computed can be copied only by computing it again.
  select string_agg(quote_ident(attname), ', ') into names from pg_attribute
   where attrelid = 'crm.contacts'::regclass and attnum > 0 and attgenerated = ''
     and not attisdropped;
  execute format('insert into peer.contacts (%s) select %1$s from crm.contacts', names);
end $$;
create table peer.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(), actor text, action text not null,
  record_id uuid not null, before jsonb, after jsonb
);
create index on peer.audit (record_id, at);
"""


@define
class Tables:
    """The database of the benchmark, as its owner and as the superuser."""

    owner_dsn: str
    superuser_dsn: str

    def fill(self) -> list[str]:
        """Make and fill both tables; the ids of a tenth of the contacts."""
        self._run(self.owner_dsn, _FILL, (CONTACTS,))
        self._run(self.owner_dsn, _COPY)
        self.tidy()
        rows = self._run(
            self.owner_dsn,
            "select id::text from crm.contacts order by md5(id::text) limit %s",
            (CONTACTS // 10,),
        )
        return [row[0] for row in rows]

    def tidy(self) -> None:
        """Remove what the creates made, so that each run finds the same tables."""
        for table in ("crm.contacts", "peer.contacts"):
            self._run(
                self.owner_dsn, f"delete from {table} where job_title = %s", (MARK,)
            )
            self._run(self.owner_dsn, f"vacuum (analyze) {table}")
        self._run(self.superuser_dsn, "checkpoint")

    def version(self) -> str:
        """PostgreSQL's version and the settings that decide what a commit costs."""
        rows = self._run(
            self.owner_dsn,
            "select current_setting('server_version'), current_setting('fsync'), "
            "current_setting('synchronous_commit')",
        )
        version, fsync, synchronous = rows[0]
        return f"PostgreSQL {version}, fsync {fsync}, synchronous_commit {synchronous}"

    def _run(
        self, dsn: str, sql: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(dsn)
        try:
            connection.autocommit = True  # VACUUM refuses a transaction
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
