"""PostgreSQL as Django speaks it, with one difference: a column that is added keeps its default (docs/adr/0017)."""
