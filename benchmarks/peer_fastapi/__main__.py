"""Run the service: one process, uvloop, httptools, no access log."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from peer_fastapi.service import make_app


def main() -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(prog="python -m peer_fastapi")
    parser.add_argument("--database", required=True, help="PostgreSQL URL")
    parser.add_argument("--key-file", required=True, type=Path, help="HS256 key")
    parser.add_argument("--port", required=True, type=int)
    options = parser.parse_args()
    uvicorn.run(
        make_app(options.database, options.key_file.read_bytes()),
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
