#!/usr/bin/env python3
"""Keeps a table of partners and customers in SQLite, by following Procura's feed of events: a projection.

    partners.py follow --procura http://127.0.0.1:7878 --token-file token --db partners.db [--rebuild]
    partners.py show --db partners.db

Readers read the view `partners`, at any time. Each event and the cursor behind it are written in one transaction, so each
counts once, whenever this is killed.
"""

import argparse
import contextlib
import sqlite3
import sys
import time
from pathlib import Path

from feed import OtherEpoch, follow

# Increase it with each change to COLUMNS or CHANGES: the table is then built anew, beside the one that is served.
VERSION = 1
COLUMNS = """customer TEXT, partner TEXT, relationship TEXT, relationship_since TEXT, relationship_ended TEXT,
    delegated_admin INTEGER NOT NULL DEFAULT 0, delegated_admin_since TEXT, changes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (customer, partner)"""
# What each event changes in the row of its customer and partner.
CHANGES = {
    "procura.RelationshipEstablished.v1": "relationship = 'active', relationship_since = :time, relationship_ended = NULL",
    "procura.RelationshipEnded.v1": "relationship = 'ended', relationship_ended = :time",
    "procura.DapGranted.v1": "delegated_admin = 1, delegated_admin_since = :time",
    "procura.DapRevoked.v1": "delegated_admin = 0, delegated_admin_since = NULL",
}
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 1, 30
LOCK_SECONDS = 30


class Replaced(Exception):
    """A newer build is served, and this one was dropped."""


class Build:
    """A table, `partners_N`, and how far it has come. Readers see it once it has caught up."""

    def __init__(self, db, number):
        self.db, self.number, self.table = db, number, f"partners_{number}"

    @classmethod
    def newest(cls, db):
        (number,) = db.execute("SELECT max(number) FROM builds WHERE version = ?", [VERSION]).fetchone()
        return cls.begin(db) if number is None else cls(db, number)

    @classmethod
    def begin(cls, db):
        with transaction(db):
            build = cls(db, db.execute("INSERT INTO builds (version) VALUES (?)", [VERSION]).lastrowid)
            db.execute(f"CREATE TABLE {build.table} ({COLUMNS})")
        say(f"building {build.table}")
        return build

    def row(self):
        row = self.db.execute("SELECT cursor, log, served FROM builds WHERE number = ?", [self.number]).fetchone()
        if row is None:
            raise Replaced(f"{self.table} was replaced by a newer build")
        return row

    def take_in(self, step, after):
        """Changes the row that the event is about and moves the cursor on: both or neither."""
        with transaction(self.db):
            cursor, log, served = self.row()
            if cursor != after:
                raise SystemExit(f"another process is building {self.table}, too")
            if log not in ("", step.log):
                raise SystemExit(
                    f"{self.table} is of the log {log}, and this is {step.log}: wrong server, or run with --rebuild"
                )
            if step.event is not None:
                self.change(step.event)
            moved = [step.cursor, step.log, self.number]
            self.db.execute("UPDATE builds SET cursor = ?, log = ? WHERE number = ?", moved)
            if step.caught_up and not served:
                self.serve()
        if step.caught_up and not served:
            say(f"{self.table} is served")

    def change(self, event):
        """Changes the row that the event is about."""
        if event["type"] not in CHANGES:
            raise SystemExit(f"{event['type']} is newer than this program, which cannot go on without knowing it")
        pair = {"customer": event["data"]["customer"], "partner": event["data"]["partner"], "time": event["time"]}
        row = f"INSERT INTO {self.table} (customer, partner) VALUES (:customer, :partner) ON CONFLICT DO NOTHING"
        self.db.execute(row, pair)
        change = f"{CHANGES[event['type']]}, changes = changes + 1"
        self.db.execute(f"UPDATE {self.table} SET {change} WHERE customer = :customer AND partner = :partner", pair)

    def serve(self):
        """From now on readers see this table, and no older one is kept."""
        self.db.execute("DROP VIEW IF EXISTS partners")
        self.db.execute(f"CREATE VIEW partners AS SELECT * FROM {self.table}")
        for (older,) in self.db.execute("SELECT number FROM builds WHERE number < ?", [self.number]).fetchall():
            self.db.execute(f"DROP TABLE partners_{older}")
        self.db.execute("DELETE FROM builds WHERE number < ?", [self.number])
        self.db.execute("UPDATE builds SET served = 1 WHERE number = ?", [self.number])


def opened(path):
    db = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
    # Readers do not wait for the writer, nor it for them. A power cut may take the last transactions: they are read again.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(
        """CREATE TABLE IF NOT EXISTS builds (number INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,
        log TEXT NOT NULL DEFAULT '', cursor TEXT NOT NULL DEFAULT '', served INTEGER NOT NULL DEFAULT 0)"""
    )
    return db


@contextlib.contextmanager
def transaction(db):
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def run(options):
    db, types = opened(options.db), [name.split(".")[1] for name in CHANGES]
    build, rebuild, after, pause = None, options.rebuild, "", PAUSE_SECONDS
    while True:
        try:
            build = build or (Build.begin(db) if rebuild else Build.newest(db))
            after, *_ = build.row()
            # The token is read each time, so that whoever renews it only has to replace the file.
            for step in follow(options.procura, options.token_file.read_text().strip(), after, types):
                build.take_in(step, after)
                after, pause = step.cursor, PAUSE_SECONDS
        except Replaced as end:
            return say(end)
        except OtherEpoch as error:
            say(f"the log was restored, and some of what was read is not in it: {error}")
            build, rebuild = None, True
        # The server is gone, the disk is full, an event is garbage: what was begun is rolled back, and read again later.
        except Exception as error:
            say(f"going on behind {after or 'nothing'} in {pause} s: {error!r}")
            time.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)


def show(options):
    db = sqlite3.connect(f"file:{options.db}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT * FROM partners ORDER BY customer, partner").fetchall()
    except sqlite3.OperationalError as error:
        raise SystemExit(f"nothing is served yet: {error}") from error
    for row in rows:
        print(*("" if value is None else value for value in row), sep="|")


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Keeps a table of partners and customers by following Procura's feed.")
    does = parser.add_subparsers(required=True)
    follows = does.add_parser("follow", help="follow the feed, without end")
    follows.add_argument("--procura", required=True, help="where Procura is, like https://procura.example")
    follows.add_argument("--token-file", required=True, type=Path, help="a token that may read what is to be in the table")
    follows.add_argument("--rebuild", action="store_true", help="build the table anew, beside the one that is served")
    follows.set_defaults(does=run)
    shows = does.add_parser("show", help="print the table")
    shows.set_defaults(does=show)
    for command in (follows, shows):
        command.add_argument("--db", required=True, type=Path, help="the SQLite file")
    options = parser.parse_args()
    options.does(options)


if __name__ == "__main__":
    main()
