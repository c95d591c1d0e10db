"""The child process that runs Typst: a request on standard input, a PDF on output.

A template is a program, and it comes from a stranger. So time and memory are limited,
and once everything is loaded, the limit on open files is what is open by then: there is
no file to read and no socket to connect, whatever Typst may try. An error is a sentence
on standard error and status 3.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile

import typst

from eerp import limits

__all__ = ["main"]

# Nobody who waits for an answer waits for a document that is made beside it.
_NICENESS = 10
_REFUSED = 3
_STANDARD_FILES = 3
_OURS = "__typst_py_bytes__.typ"


def main() -> int:
    """Answer one request; the exit status."""
    os.nice(_NICENESS)
    request = json.load(sys.stdin.buffer)
    # An empty folder that is gone by the time it is looked into.
    with tempfile.TemporaryDirectory() as root:
        os.chdir(root)
        compiler = typst.Compiler(
            b"", root=root, ignore_system_fonts=True,
            package_path=root, package_cache_path=root,
        )  # fmt: skip
        os.chdir("/")
    _limit()
    data = json.dumps(request["data"], ensure_ascii=False)
    try:
        pdf = compiler.compile(
            request["template"].encode(), format="pdf", sys_inputs={"data": data}
        )
    except typst.TypstError as error:
        sys.stderr.write(_words(error))
        return _REFUSED
    assert isinstance(pdf, bytes), "one document is one file"
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return 0


def _limit() -> None:
    cpu, memory = limits.RENDER_CPU_S_MAX, limits.RENDER_MEMORY_BYTES_MAX
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_STANDARD_FILES, _STANDARD_FILES))


def _words(error: typst.TypstError) -> str:
    """What was wrong and at which line; the rest quotes the template."""
    lines = [line.strip() for line in str(error.diagnostic).splitlines()]
    places = (line.partition(_OURS)[2] for line in lines if _OURS in line)
    at = next(places, "")
    return f"{error.message} (at {at.strip(':')})" if at else str(error.message)


if __name__ == "__main__":
    sys.exit(main())
