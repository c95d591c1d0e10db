"""PostgreSQL: knows SQL and transactions, not models."""
