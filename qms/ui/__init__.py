"""Screens out of declarations: lists, record pages, act forms, the shell around them."""
