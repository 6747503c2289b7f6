"""The gateway's tables, as numbered migrations that sqlite-utils keeps the record of."""

import json

from sqlite_utils import Database, Migrations

from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.offers.assign import NOT_COMPARED, experiment_of
from nearcart_gateway.core.offers.revision_changes import changes_between

migrations = Migrations("nearcart")


@migrations()
def the_walking_store(database: Database) -> None:
    """Visitors, presence, visits, carts, decisions and deliveries."""
    for statement in _TABLES.split(";"):
        database.conn.execute(statement)


_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE visitors (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, customer TEXT, language TEXT NOT NULL, consents TEXT NOT NULL,
  version INTEGER NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX visitors_by_customer ON visitors (customer);
CREATE TABLE identities (
  id TEXT PRIMARY KEY, visitor TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE, document TEXT NOT NULL,
  proof TEXT NOT NULL UNIQUE);
CREATE INDEX identities_by_visitor ON identities (visitor);
CREATE TABLE cursors (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, committed INTEGER NOT NULL, missing INTEGER NOT NULL, updated_at REAL NOT NULL,
  PRIMARY KEY (edge, epoch)) WITHOUT ROWID;
CREATE TABLE transitions (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, identity TEXT NOT NULL,
  visitor TEXT, scanner TEXT NOT NULL, at REAL NOT NULL, received_at REAL NOT NULL, rssi INTEGER, cause TEXT, button TEXT,
  PRIMARY KEY (edge, epoch, sequence)) WITHOUT ROWID;
CREATE TABLE presences (
  visitor TEXT NOT NULL, edge TEXT NOT NULL, scanner TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL,
  since REAL NOT NULL, suspended_at REAL, resumable INTEGER NOT NULL, PRIMARY KEY (visitor, edge, scanner)) WITHOUT ROWID;
CREATE TABLE visits (
  id TEXT PRIMARY KEY, visitor TEXT NOT NULL, entered_at REAL NOT NULL, zone TEXT, zone_since REAL, stay INTEGER NOT NULL,
  left_at REAL, exit_reason TEXT) WITHOUT ROWID;
CREATE INDEX visits_by_visitor ON visits (visitor, entered_at);
CREATE INDEX visits_open ON visits (left_at) WHERE left_at IS NULL;
CREATE TABLE decisions (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, moment TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, visitor TEXT NOT NULL,
  visit TEXT NOT NULL, at REAL NOT NULL, heard_at REAL, zone TEXT, outcome TEXT NOT NULL, gate TEXT, reason TEXT NOT NULL,
  offer TEXT, campaign TEXT, channel TEXT, text TEXT, revision TEXT, considered TEXT NOT NULL, inputs TEXT NOT NULL);
CREATE INDEX decisions_by_visitor ON decisions (visitor, at);
CREATE INDEX decisions_by_visit ON decisions (visit);
CREATE INDEX decisions_counted ON decisions (at) WHERE outcome IN ('sent', 'ghost');
CREATE TABLE deliveries (
  key TEXT PRIMARY KEY REFERENCES decisions (key) ON DELETE CASCADE, channel TEXT NOT NULL, visitor TEXT NOT NULL, zone TEXT,
  body TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, next_at REAL NOT NULL, expires_at REAL NOT NULL,
  created_at REAL NOT NULL, published_at REAL, error TEXT) WITHOUT ROWID;
CREATE INDEX deliveries_waiting ON deliveries (next_at) WHERE state = 'waiting';
CREATE TABLE carts (
  source TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE hook_events (
  source TEXT NOT NULL, key TEXT NOT NULL, received_at REAL NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID;
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, received_at REAL NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
  error TEXT NOT NULL);
CREATE TABLE revisions (
  revision TEXT PRIMARY KEY, taken_at REAL NOT NULL, author TEXT NOT NULL, documents TEXT NOT NULL) WITHOUT ROWID
"""


@migrations()
def api_keys(database: Database) -> None:
    """Keys of the API by their hash, and decisions by time."""
    for statement in _API_KEYS.split(";"):
        database.conn.execute(statement)


_API_KEYS = """
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, digest BLOB NOT NULL, created_at REAL NOT NULL,
  expires_at REAL, revoked_at REAL, last_used_at REAL) WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_at IS NULL;
CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (at)
"""


@migrations()
def limits_and_budgets(database: Database) -> None:
    """The ledger of offers made, moments that wait for quiet hours to end, and the assignment of each decision."""
    for statement in _LIMITS.split(";"):
        database.conn.execute(statement)


_LIMITS = """
CREATE TABLE ledger (
  number INTEGER PRIMARY KEY, key TEXT UNIQUE, visitor TEXT, offer TEXT NOT NULL, campaign TEXT, at REAL NOT NULL,
  expires_at REAL NOT NULL, state TEXT NOT NULL, money TEXT NOT NULL, gives INTEGER NOT NULL, stacks INTEGER NOT NULL,
  stack_group TEXT, purchase TEXT, settled_at REAL);
CREATE INDEX ledger_by_time ON ledger (at);
CREATE INDEX ledger_by_visitor ON ledger (visitor);
CREATE INDEX ledger_by_purchase ON ledger (purchase) WHERE purchase IS NOT NULL;
INSERT INTO ledger (key, visitor, offer, campaign, at, expires_at, state, money, gives, stacks)
  SELECT key, visitor, offer, campaign, at, at, CASE outcome WHEN 'ghost' THEN 'ghost' ELSE 'held' END, '0', 0, 1
  FROM decisions WHERE outcome IN ('sent', 'ghost') AND offer IS NOT NULL ORDER BY number;
CREATE TABLE deferred (
  moment TEXT PRIMARY KEY, visitor TEXT NOT NULL, ask_at REAL NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX deferred_by_visitor ON deferred (visitor);
ALTER TABLE decisions ADD COLUMN slot INTEGER;
ALTER TABLE decisions ADD COLUMN variant TEXT
"""


@migrations()
def coupon_codes(database: Database) -> None:
    """Codes that were given, each to one decision."""
    for statement in _COUPONS.split(";"):
        database.conn.execute(statement)


_COUPONS = """
CREATE TABLE coupons (
  pool TEXT NOT NULL, code TEXT NOT NULL, decision TEXT UNIQUE, PRIMARY KEY (pool, code)) WITHOUT ROWID
"""


@migrations()
def visitor_facts_and_consents(database: Database) -> None:
    """What is known of a visitor beside her id, and the history of her consents."""
    for statement in _VISITOR_FACTS.split(";"):
        database.conn.execute(statement)


_VISITOR_FACTS = """
ALTER TABLE visitors ADD COLUMN segments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE visitors ADD COLUMN tier TEXT;
ALTER TABLE visitors ADD COLUMN last_purchase_at REAL;
ALTER TABLE visitors ADD COLUMN loyalty TEXT;
ALTER TABLE visitors ADD COLUMN email_hash TEXT;
ALTER TABLE visitors ADD COLUMN refused TEXT NOT NULL DEFAULT '[]';
CREATE INDEX visitors_by_email_hash ON visitors (email_hash) WHERE email_hash IS NOT NULL;
CREATE TABLE consents (
  number INTEGER PRIMARY KEY, visitor TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE, purpose TEXT NOT NULL,
  channel TEXT, given INTEGER NOT NULL, text_version TEXT, source TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX consents_by_visitor ON consents (visitor, number);
INSERT INTO consents (visitor, purpose, given, source, at)
  SELECT visitors.id, agreed.value, 1, 'before the history began', visitors.updated_at
  FROM visitors, json_each(visitors.consents) AS agreed
"""


@migrations()
def set_aside_once_and_inbox(database: Database) -> None:
    """A payload that can't be read is kept once, however often it comes; and an inbox for those tried again or imported."""
    for statement in _SET_ASIDE.split(";"):
        database.conn.execute(statement)
    rows = database.conn.execute("SELECT id, source, headers, body, error, received_at FROM set_aside ORDER BY id")
    for number, source, headers, body, problem, received_at in rows.fetchall():
        kept = SetAside(source, json.loads(headers), bytes(body), problem, received_at)
        database.conn.execute(
            "UPDATE set_aside SET digest = ?, last_at = received_at WHERE id = ?", (kept.digest, number)
        )
    database.conn.execute("DELETE FROM set_aside WHERE id NOT IN (SELECT min(id) FROM set_aside GROUP BY digest)")
    database.conn.execute("CREATE UNIQUE INDEX set_aside_by_digest ON set_aside (digest)")


_SET_ASIDE = """
ALTER TABLE set_aside ADD COLUMN digest BLOB;
ALTER TABLE set_aside ADD COLUMN kind TEXT;
ALTER TABLE set_aside ADD COLUMN key TEXT;
ALTER TABLE set_aside ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE set_aside ADD COLUMN last_at REAL;
CREATE TABLE cart_inbox (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
  received_at REAL NOT NULL)
"""


@migrations()
def fetches_and_cursors(database: Database) -> None:
    """What is to be fetched from shops' APIs, and how far each poll has come."""
    for statement in _FETCHES.split(";"):
        database.conn.execute(statement)


_FETCHES = """
CREATE TABLE cart_fetches (
  source TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, credential TEXT, wanted_at REAL NOT NULL, next_at REAL NOT NULL,
  failures INTEGER NOT NULL, seen BLOB, PRIMARY KEY (source, kind, id)) WITHOUT ROWID;
CREATE INDEX cart_fetches_due ON cart_fetches (source, next_at);
CREATE TABLE source_cursors (
  source TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, updated_at REAL NOT NULL, PRIMARY KEY (source, name)) WITHOUT ROWID
"""


@migrations()
def several_decisions_a_moment(database: Database) -> None:
    """A moment may have one decision a channel: its name is not unique any more. SQLite can only make the table anew."""
    for statement in _SEVERAL_DECISIONS.split(";"):
        database.conn.execute(statement)


_SEVERAL_DECISIONS = """
CREATE TABLE decisions_anew (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, moment TEXT NOT NULL, kind TEXT NOT NULL, visitor TEXT NOT NULL,
  visit TEXT NOT NULL, at REAL NOT NULL, heard_at REAL, zone TEXT, outcome TEXT NOT NULL, gate TEXT, reason TEXT NOT NULL,
  offer TEXT, campaign TEXT, channel TEXT, text TEXT, revision TEXT, considered TEXT NOT NULL, inputs TEXT NOT NULL,
  slot INTEGER, variant TEXT);
INSERT INTO decisions_anew SELECT number, key, moment, kind, visitor, visit, at, heard_at, zone, outcome, gate, reason, offer,
  campaign, channel, text, revision, considered, inputs, slot, variant FROM decisions;
DROP TABLE decisions;
ALTER TABLE decisions_anew RENAME TO decisions;
CREATE INDEX decisions_by_visitor ON decisions (visitor, at);
CREATE INDEX decisions_by_visit ON decisions (visit);
CREATE INDEX decisions_counted ON decisions (at) WHERE outcome IN ('sent', 'ghost');
CREATE INDEX decisions_by_time ON decisions (at)
"""


@migrations()
def orders_and_withdrawals(database: Database) -> None:
    """What was bought, cancelled and paid back; offers taken back; the codes that offers gave."""
    for statement in (*_ORDERS.split(";"), *_LAST_PURCHASE):
        database.conn.execute(statement)


_ORDERS = """
CREATE TABLE orders (
  source TEXT NOT NULL, id TEXT NOT NULL, document TEXT, customer TEXT, visitor TEXT, state TEXT NOT NULL, state_at REAL NOT NULL,
  placed_at REAL, currency TEXT, total TEXT, received_at REAL NOT NULL, changed_at REAL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE INDEX orders_by_customer ON orders (customer, placed_at) WHERE customer IS NOT NULL;
CREATE INDEX orders_by_visitor ON orders (visitor, placed_at) WHERE visitor IS NOT NULL;
CREATE TABLE refunds (
  source TEXT NOT NULL, id TEXT NOT NULL, purchase TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT, at REAL NOT NULL,
  received_at REAL NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE INDEX refunds_by_purchase ON refunds (source, purchase);
CREATE TABLE withdrawals (
  key TEXT PRIMARY KEY, visitor TEXT, reason TEXT NOT NULL, at REAL NOT NULL, expires_at REAL NOT NULL, told_at REAL) WITHOUT ROWID;
CREATE INDEX withdrawals_to_tell ON withdrawals (at) WHERE told_at IS NULL;
ALTER TABLE ledger ADD COLUMN code TEXT;
ALTER TABLE ledger ADD COLUMN own_code INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ledger_by_code ON ledger (code) WHERE code IS NOT NULL
"""

_NEWEST = """(SELECT max(placed_at) FROM orders WHERE state = 'placed'
  AND (orders.visitor = visitors.id OR (orders.customer IS NOT NULL AND orders.customer = visitors.customer)))"""

_LAST_PURCHASE = (
    *(
        f"""CREATE TRIGGER last_purchase_after_order_{event} AFTER {event} ON orders BEGIN
  UPDATE visitors SET last_purchase_at = {_NEWEST}, version = version + 1, updated_at = coalesce(NEW.changed_at, NEW.received_at)
  WHERE (customer = NEW.customer OR id = NEW.visitor) AND last_purchase_at IS NOT {_NEWEST};
END"""  # noqa: S608 (constant)
        for event in ("INSERT", "UPDATE")
    ),
    *(
        f"""CREATE TRIGGER last_purchase_after_visitor_{name} AFTER {event} ON visitors BEGIN
  UPDATE visitors SET last_purchase_at = {_NEWEST} WHERE id = NEW.id AND last_purchase_at IS NOT {_NEWEST};
END"""  # noqa: S608 (constant)
        for name, event in (("insert", "INSERT"), ("link", "UPDATE OF customer"))
    ),
)
"""A visitor's last purchase is that of her orders, whoever writes an order, or links her to a customer."""


@migrations()
def offer_changes(database: Database) -> None:
    """Who changed which offer or campaign, when and how; what earlier revisions changed is worked out from their files."""
    for statement in _OFFER_CHANGES.split(";"):
        database.conn.execute(statement)
    before: tuple[str | None, dict[str, str]] = (None, {})
    kept = database.conn.execute(
        "SELECT revision, taken_at, author, documents FROM revisions ORDER BY taken_at"
    ).fetchall()
    for revision, taken_at, author, documents in kept:
        texts = json.loads(documents)
        for change in changes_between(before[1], texts):
            row = (
                taken_at,
                author,
                change.what,
                change.name,
                change.did,
                change.summary,
                change.file,
                before[0],
                revision,
            )
            database.conn.execute(_OFFER_CHANGE, row)
        before = (revision, texts)


_OFFER_CHANGES = """
CREATE TABLE offer_changes (
  number INTEGER PRIMARY KEY, at REAL NOT NULL, author TEXT NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL, did TEXT NOT NULL,
  summary TEXT NOT NULL, file TEXT NOT NULL, before TEXT, revision TEXT NOT NULL);
CREATE INDEX offer_changes_by_name ON offer_changes (name, number)
"""
_OFFER_CHANGE = (
    "INSERT INTO offer_changes (at, author, what, name, did, summary, file, before, revision)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@migrations()
def erasure_and_merging(database: Database) -> None:
    """Sums of those who were erased, requests to erase and merge, files exported; a history of consents that outlives a removal."""
    for statement in _ERASURE.split(";"):
        database.conn.execute(statement)


_ERASURE = """
CREATE TABLE report_sums (
  campaign TEXT NOT NULL, arm TEXT NOT NULL, day TEXT NOT NULL, metric TEXT NOT NULL, n INTEGER NOT NULL, exp INTEGER NOT NULL,
  delivered INTEGER NOT NULL, sum TEXT NOT NULL, sum_sq TEXT NOT NULL, e_sum TEXT NOT NULL, e_sum_sq TEXT NOT NULL,
  d_sum INTEGER NOT NULL, d_sum_sq INTEGER NOT NULL, sum_md TEXT NOT NULL, x_sum TEXT NOT NULL, x_sum_sq TEXT NOT NULL,
  sum_xy TEXT NOT NULL, PRIMARY KEY (campaign, arm, day, metric)) WITHOUT ROWID;
CREATE TABLE people_requests (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, visitor TEXT, target TEXT, asked_at REAL NOT NULL, outcome TEXT);
CREATE TABLE erasures (number INTEGER PRIMARY KEY, at REAL NOT NULL, rows INTEGER NOT NULL, cleaned_at REAL);
CREATE TABLE exports (path TEXT PRIMARY KEY, visitor TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE consents_kept (
  number INTEGER PRIMARY KEY, visitor TEXT NOT NULL, purpose TEXT NOT NULL, channel TEXT, given INTEGER NOT NULL,
  text_version TEXT, source TEXT NOT NULL, at REAL NOT NULL);
INSERT INTO consents_kept SELECT number, visitor, purpose, channel, given, text_version, source, at FROM consents;
DROP TABLE consents;
ALTER TABLE consents_kept RENAME TO consents;
CREATE INDEX consents_by_visitor ON consents (visitor, number)
"""


@migrations()
def moments_and_cart_versions(database: Database) -> None:
    """Moments that no offer waited for, and carts as they were: what a new offer is tried on."""
    for statement in (*_MOMENTS.split(";"), _CART_VERSIONS):
        database.conn.execute(statement)


_MOMENTS = """
CREATE TABLE moments (
  number INTEGER PRIMARY KEY, visitor TEXT NOT NULL, known_at REAL NOT NULL, visit TEXT NOT NULL, name TEXT NOT NULL,
  kind TEXT NOT NULL, at REAL NOT NULL, now REAL NOT NULL, heard_at REAL, zone TEXT, from_zone TEXT, probability REAL NOT NULL,
  dwell_s REAL, button TEXT, away_s REAL, revision TEXT NOT NULL, clock_synchronised INTEGER NOT NULL);
CREATE INDEX moments_by_visitor ON moments (visitor);
CREATE TABLE moment_visitors (
  visitor TEXT NOT NULL, known_at REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (visitor, known_at)) WITHOUT ROWID;
CREATE TABLE cart_versions (
  number INTEGER PRIMARY KEY, source TEXT NOT NULL, id TEXT NOT NULL, received_at REAL NOT NULL, record TEXT NOT NULL);
CREATE INDEX cart_versions_by_cart ON cart_versions (source, id);
INSERT INTO cart_versions (source, id, received_at, record)
  SELECT source, id, json_extract(record, '$.received_at'), record FROM carts
"""
_CART_VERSIONS = """
CREATE TRIGGER cart_versions_kept AFTER INSERT ON carts BEGIN
  INSERT INTO cart_versions (source, id, received_at, record)
    VALUES (NEW.source, NEW.id, json_extract(NEW.record, '$.received_at'), NEW.record);
  DELETE FROM cart_versions WHERE source = NEW.source AND id = NEW.id AND number <= (
    SELECT number FROM cart_versions WHERE source = NEW.source AND id = NEW.id ORDER BY number DESC LIMIT 1 OFFSET 50);
END
"""
"""Whoever writes a cart: what it was is kept, the newest fifty."""


@migrations()
def receipts(database: Database) -> None:
    """Channels that take over from one that fails, and what became of each offer in its channels."""
    for statement in _RECEIPTS.split(";"):
        database.conn.execute(statement)


_RECEIPTS = """
ALTER TABLE deliveries ADD COLUMN through TEXT NOT NULL DEFAULT '[]';
ALTER TABLE deliveries ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN maybe INTEGER NOT NULL DEFAULT 0;
DROP INDEX deliveries_waiting;
CREATE INDEX deliveries_open ON deliveries (created_at) WHERE state IN ('waiting', 'sending');
CREATE TABLE receipts (
  key TEXT NOT NULL REFERENCES decisions (key) ON DELETE CASCADE, channel TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL,
  detail TEXT, PRIMARY KEY (key, channel, state)) WITHOUT ROWID
"""


@migrations()
def own_pages_and_pushes(database: Database) -> None:
    """Each visitor's own page, by the hash of its link's secret, and the browsers in which she asked for pushes."""
    for statement in _OWN_PAGES.split(";"):
        database.conn.execute(statement)


_OWN_PAGES = """
CREATE TABLE own_pages (
  visitor TEXT PRIMARY KEY REFERENCES visitors (id) ON DELETE CASCADE, digest BLOB NOT NULL UNIQUE, made_at REAL NOT NULL)
  WITHOUT ROWID;
CREATE TABLE push_subscriptions (
  endpoint TEXT PRIMARY KEY, visitor TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE, p256dh TEXT NOT NULL,
  auth TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX push_subscriptions_by_visitor ON push_subscriptions (visitor);
CREATE INDEX deliveries_by_visitor ON deliveries (visitor, expires_at)
"""


@migrations()
def experiments(database: Database) -> None:
    """The experiment of each decision, slots that visitors keep from their first moments, and sums by experiment.

    What was decided before was the first experiment of its campaign, drawn with the store's own secret.
    """
    for statement in _EXPERIMENTS.split(";"):
        database.conn.execute(statement)
    row = database.conn.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    first = experiment_of("", 1, NOT_COMPARED, bytes.fromhex(row[0]) if row else b"").id
    for table in ("decisions", "report_sums"):
        database.conn.execute(
            f"UPDATE {table} SET experiment = campaign || ? WHERE campaign IS NOT NULL",  # noqa: S608 (constant)
            (first,),
        )


_EXPERIMENTS = """
ALTER TABLE decisions ADD COLUMN experiment TEXT;
CREATE INDEX decisions_compared ON decisions (campaign, at) WHERE slot IS NOT NULL;
ALTER TABLE visitors ADD COLUMN slots TEXT NOT NULL DEFAULT '[]';
CREATE TABLE report_sums_anew (
  experiment TEXT NOT NULL, campaign TEXT NOT NULL, arm TEXT NOT NULL, day TEXT NOT NULL, metric TEXT NOT NULL, n INTEGER NOT NULL,
  exp INTEGER NOT NULL, delivered INTEGER NOT NULL, sum TEXT NOT NULL, sum_sq TEXT NOT NULL, e_sum TEXT NOT NULL,
  e_sum_sq TEXT NOT NULL, d_sum INTEGER NOT NULL, d_sum_sq INTEGER NOT NULL, sum_md TEXT NOT NULL, x_sum TEXT NOT NULL,
  x_sum_sq TEXT NOT NULL, sum_xy TEXT NOT NULL, PRIMARY KEY (experiment, arm, day, metric)) WITHOUT ROWID;
INSERT INTO report_sums_anew SELECT campaign, * FROM report_sums;
DROP TABLE report_sums;
ALTER TABLE report_sums_anew RENAME TO report_sums
"""


@migrations()
def complaints(database: Database) -> None:
    """What visitors complained of."""
    for statement in _COMPLAINTS.split(";"):
        database.conn.execute(statement)


_COMPLAINTS = """
CREATE TABLE complaints (
  number INTEGER PRIMARY KEY, visitor TEXT NOT NULL, at REAL NOT NULL, channel TEXT, campaign TEXT, offer TEXT, words TEXT,
  source TEXT NOT NULL);
CREATE INDEX complaints_by_visitor ON complaints (visitor, at)
"""


@migrations()
def decisions_of_a_campaign(database: Database) -> None:
    """What a report counts over all decisions of a campaign, or of an experiment, stands in an index, in the order that it asks for."""
    for statement in _OF_A_CAMPAIGN.split(";"):
        database.conn.execute(statement)


_OF_A_CAMPAIGN = """
CREATE INDEX decisions_by_campaign ON decisions (campaign, at, outcome, gate) WHERE campaign IS NOT NULL;
DROP INDEX decisions_compared;
CREATE INDEX decisions_compared ON decisions (campaign, experiment, at, slot) WHERE slot IS NOT NULL
"""
