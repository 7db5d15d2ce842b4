"""The log: one immutable, gapless, ordered line of facts on SQLite or PostgreSQL, and the vault of keys beside it."""
