"""The TypeScript client: its types are those of the API, and it works."""
