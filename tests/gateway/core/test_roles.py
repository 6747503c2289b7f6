"""Who may do what."""

from nearcart_gateway.core.roles import GRANTS, PERMISSIONS, ROLES, may, roles_with


def test_every_permission_is_granted_to_somebody_and_all_to_admins() -> None:
    assert all(roles_with(permission) for permission in PERMISSIONS)
    assert set(GRANTS["admin"]) == set(PERMISSIONS)
    assert set(GRANTS) == {*ROLES, "console"}


def test_who_has_no_key_changes_nothing_and_sees_no_ids() -> None:
    assert not any(may("console", permission) for permission in ("visitors", "carts", "consents", "enrol", "offers"))


def test_marketers_see_no_ids() -> None:
    assert roles_with("visitors") == ("integrator", "staff", "admin")
    assert roles_with("enrol") == ("integrator", "admin")


def test_who_changes_visitors_may_read_them() -> None:
    for role in ROLES:
        if may(role, "consents") or may(role, "enrol") or may(role, "carts"):
            assert may(role, "visitors")
