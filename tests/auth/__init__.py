"""Tests of the auth floor without a database."""
