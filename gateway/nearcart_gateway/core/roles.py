"""Who may do what through the API: one table, from which answers, documentation and OpenAPI are made."""

from typing import Literal, get_args

Role = Literal["marketer", "integrator", "staff", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Viewer = Role | Literal["console"]
"""A key's role, or whoever may look at the console: no key, so pseudonyms only, and nothing is written."""

Permission = Literal[
    "floor",
    "decisions",
    "visits",
    "offers",
    "check",
    "visitors",
    "carts",
    "till",
    "receipts",
    "consents",
    "complaints",
    "enrol",
    "erase",
]
PERMISSIONS: dict[Permission, str] = {
    "floor": "floor, zones, people in the store, edges, health, live events; all by pseudonym",
    "decisions": "decisions with the gates that stopped them",
    "visits": "visits, present and past",
    "offers": "offers and campaigns in force, with the text of their files",
    "check": "check the text of an offer or a campaign",
    "visitors": "visitors by their ids, with what they carry and agreed to; ids in decisions and visits",
    "carts": "a visitor's online cart",
    "till": "use and give back offers' codes; report, cancel and read purchases",
    "receipts": "say that an offer arrived, or was seen",
    "consents": "change what a visitor agreed to",
    "complaints": "write down what a visitor complained of, and read it",
    "enrol": "enrol, change and remove visitors",
    "erase": "read everything that is kept of a visitor, erase it, and merge two visitors who are one",
}
"""Every permission, in words."""

GRANTS: dict[Viewer, frozenset[Permission]] = {
    "console": frozenset({"floor", "decisions"}),
    "marketer": frozenset({"floor", "decisions", "visits", "offers", "check"}),
    "staff": frozenset({"floor", "decisions", "visits", "visitors", "till", "consents", "complaints"}),
    "integrator": frozenset(
        {
            "floor",
            "decisions",
            "visits",
            "offers",
            "visitors",
            "carts",
            "till",
            "receipts",
            "consents",
            "complaints",
            "enrol",
        }
    ),
    "admin": frozenset(PERMISSIONS),
}


def may(viewer: Viewer, permission: Permission) -> bool:
    """Whether this viewer has this permission."""
    return permission in GRANTS[viewer]


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles whose keys have it, for people."""
    return tuple(role for role in ROLES if may(role, permission))
