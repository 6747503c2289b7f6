"""How long a text can plausibly get: filled with the longest words it will meet, taking the longer branch of every ``if``."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from jinja2 import nodes

from nearcart_contract.offer_file import Give, Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.money import money
from nearcart_gateway.core.offers.index import zones_of
from nearcart_gateway.core.say import GiveWords, give_words, parse_text

SHOWN: Mapping[str, int] = {"phone": 240, "push": 240, "screen": 160}
"""Characters that a kind of channel shows at a glance: an opened notification, a line or two across an aisle."""

_CART = Decimal("9999.99")
_ITEMS = 3
_TITLE = "An article with a title of forty letters"
_CODE = "X" * 12

Value = str | tuple[str, ...]
_Words = Mapping[str, Mapping[str, Value]]


def shown_by(offer: Offer, store: Store) -> tuple[int, str] | None:
    """(characters, channel) of the channel of this offer that shows least, if any has a limit."""
    kinds = [(SHOWN[store.channels[name].kind], name) for name in offer.through if _limited(store, name)]
    return min(kinds, default=None)


def _limited(store: Store, name: str) -> bool:
    return name in store.channels and store.channels[name].kind in SHOWN


def longest_text(text: str, offer: Offer, give: Give | None, store: Store) -> str:
    """The longest plausible text. Raises ``SayError`` for what is no template."""
    return _all(parse_text(text).body, _words(offer, give, store), {}).strip()


def _words(offer: Offer, give: Give | None, store: Store) -> _Words:
    zones = zones_of(offer.when, store) or store.zone_names
    names = (store.zones[zone].name or zone if zone in store.zones else zone for zone in zones)
    given = GiveWords() if give is None else give_words(give, store.currency)
    code = given.code or (_CODE if give is not None and give.pool else "")
    return {
        "visitor": {"language": "de-AT"},
        "zone": {"name": max(names, key=len, default="")},
        "cart": {"value": money(_CART, store.currency), "count": "10", "items": (_TITLE,) * _ITEMS},
        "give": {name: getattr(given, name) or "" for name in GiveWords.__slots__} | {"code": code},
        "store": {"name": store.name},
    }


def _all(body: Iterable[nodes.Node], words: _Words, loop: Mapping[str, str]) -> str:
    return "".join(_said(node, words, loop) for node in body)


def _said(node: nodes.Node, words: _Words, loop: Mapping[str, str]) -> str:
    if isinstance(node, nodes.Output):
        return "".join(_text(_value(part, words, loop)) for part in node.nodes)
    if isinstance(node, nodes.If):
        return max((_all(branch, words, loop) for branch in _branches(node)), key=len)
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        items = _value(node.iter, words, loop)
        name = node.target.name
        return "".join(_all(node.body, words, {**loop, name: item}) for item in items)
    return ""


def _branches(node: nodes.If) -> Iterator[list[nodes.Node]]:
    yield node.body
    for other in node.elif_:
        yield other.body
    yield node.else_


def _value(node: nodes.Node | None, words: _Words, loop: Mapping[str, str]) -> Value:
    if isinstance(node, nodes.TemplateData):
        return str(node.data)
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Name):
        return loop.get(node.name, "")
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return words.get(node.node.name, {}).get(node.attr, "")
    if isinstance(node, nodes.Filter):
        return _filtered(node, words, loop)
    if isinstance(node, nodes.Concat):
        return "".join(_text(_value(part, words, loop)) for part in node.nodes)
    if isinstance(node, nodes.CondExpr):
        return max((_text(_value(part, words, loop)) for part in (node.expr1, node.expr2)), key=len)
    if isinstance(node, nodes.And | nodes.Or):
        return max((_text(_value(part, words, loop)) for part in (node.left, node.right)), key=len)
    return "False"  # a comparison, or a 'not'


def _filtered(node: nodes.Filter, words: _Words, loop: Mapping[str, str]) -> Value:
    value = _value(node.node, words, loop)
    if node.name in ("first", "last"):
        return (value[:1] if isinstance(value, str) else (value or ("",))[0]) or ""
    if node.name == "length":
        return str(len(value))
    if node.name == "join":
        between = _text(_value(node.args[0], words, loop)) if node.args else ", "
        return between.join(value)
    if node.name == "default" and node.args:
        return max(_text(value), _text(_value(node.args[0], words, loop)), key=len)
    return value


def _text(value: Value) -> str:
    return value if isinstance(value, str) else str(value)
