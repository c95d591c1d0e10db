"""The pages for browsers, in a real one, with a real daemon."""
