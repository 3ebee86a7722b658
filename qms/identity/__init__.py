"""Sign-in and step-up at identity providers (OpenID Connect): the only part of the accounts that speaks to the outside (ADR 20)."""
