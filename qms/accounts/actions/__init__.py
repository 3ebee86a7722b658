"""Acts on accounts, grants, tokens and badges."""

from .accounts import (
    MANAGE,
    TOKEN_LIFE,
    change_preferences,
    check_manager,
    check_password_rules,
    check_reach,
    check_timezone,
    choose_password,
    create_compartment,
    create_first_administrator,
    create_site,
    create_user,
    deactivate,
    digest,
    end_grant,
    grant,
    issue_token,
    open_compartment,
    reactivate,
    revoke_token,
    set_password,
)
from .badges import choose_pin, end_badge, issue_badge

__all__ = [
    "MANAGE", "TOKEN_LIFE", "change_preferences", "check_manager", "check_password_rules",
    "check_reach", "check_timezone", "choose_password", "choose_pin", "create_compartment",
    "create_first_administrator", "create_site", "create_user", "deactivate", "digest", "end_badge",
    "end_grant", "grant", "issue_badge", "issue_token", "open_compartment", "reactivate",
    "revoke_token", "set_password",
]  # fmt: skip
