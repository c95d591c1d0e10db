"""Sample data, and how a program loads it through the HTTP API.

``python -m demo.northwind`` is the only one so far; ``make demo`` calls it.
"""
