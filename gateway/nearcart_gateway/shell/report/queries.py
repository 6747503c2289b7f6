"""What a report asks over the decisions of a campaign: millions, so that each question has its index (schema.py says which)."""

EXPOSED = (
    "SELECT d.visitor, d.at, d.offer, d.channel, d.variant, d.outcome, d.revision, coalesce(l.state, '') IN ('delivered', 'seen')"
    " OR EXISTS (SELECT 1 FROM receipts r WHERE r.key = d.key AND r.state IN ('delivered', 'seen')),"
    " coalesce(l.state, '') = 'seen' OR EXISTS (SELECT 1 FROM receipts r WHERE r.key = d.key AND r.state = 'seen')"
    " FROM decisions d LEFT JOIN deliveries l ON l.key = d.key"
    " WHERE d.campaign = ? AND d.slot IS NOT NULL AND d.experiment = ? AND d.outcome IN ('sent', 'ghost')"
    " AND coalesce(d.gate, '') != 'store_hold_out' ORDER BY d.at, d.number"
)
# The plus keeps to the index by visitor: of one campaign there are many more.
FIRST_MOMENT = (
    "SELECT at, outcome, variant FROM decisions WHERE visitor = ? AND +campaign = ? AND experiment = ? AND slot IS NOT NULL"
    " AND outcome IN ('sent', 'ghost') AND coalesce(gate, '') != 'store_hold_out' ORDER BY at, number LIMIT 1"
)
# CROSS JOIN says which table is read through: the ledger, of offers made, is the shorter.
REDEEMED = (
    "SELECT l.visitor, l.settled_at, l.money FROM ledger l CROSS JOIN decisions d ON d.key = l.key"
    " WHERE l.campaign = ? AND l.state = 'redeemed' AND l.settled_at IS NOT NULL AND d.experiment = ? ORDER BY l.settled_at"
)
WITHHELD = (
    "SELECT campaign, gate, count(*) FROM decisions WHERE campaign = ? AND at >= ? AND outcome = 'withheld' AND gate IS NOT NULL"
    " GROUP BY gate ORDER BY count(*) DESC, gate"
)
RUNS = (
    "SELECT experiment, min(at), max(at) FROM decisions WHERE campaign = ? AND slot IS NOT NULL AND experiment IS NOT NULL"
    " GROUP BY experiment"
)
REVISION = (
    "SELECT revision FROM decisions WHERE campaign = ? AND experiment = ? AND slot IS NOT NULL ORDER BY at {} LIMIT 1"
)
EVERY = (
    "SELECT campaign, experiment, min(at) FROM decisions WHERE campaign IS NOT NULL AND slot IS NOT NULL"
    " AND experiment IS NOT NULL GROUP BY campaign, experiment ORDER BY min(at)"
)
KNOWN = "SELECT 1 FROM decisions WHERE campaign = ? LIMIT 1"
