"""The words of a PDF, read in a process of its own: a hostile document costs that one answer."""

import contextlib
import io
import sys
from pathlib import Path

from opencode.core.error import ToolError
from opencode.tools.shared.child import fed

_SECONDS = 20.0
_PAGES = 500
_CHARACTERS = 2_000_000
_MEMORY = 1_500_000_000
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); " + (
    "from opencode.tools.shared.pdf import main; sys.exit(main())"
)


async def pdf_text(data: bytes) -> str:
    """The text, pages marked; "" when it holds none (scans). ToolError when it cannot be read."""
    house = str(Path(__file__).parents[3])
    command = [sys.executable, "-P", "-W", "ignore", "-c", _PROGRAM, house]
    try:
        said = await fed(command, data, _SECONDS)
    except TimeoutError:
        raise ToolError(f"The PDF was not read within {_SECONDS:g} seconds.") from None
    if said.code:
        raise ToolError(f"The PDF cannot be read: {said.complaint or 'it is damaged'}")
    return said.out.decode(errors="replace").strip()


def main() -> int:
    """Read a PDF from stdin, print its text."""
    import logging  # noqa: PLC0415 - this is the program; the room never runs it

    from pypdf import PdfReader  # noqa: PLC0415 - 150 ms that only documents should pay

    logging.disable()
    _bound()
    reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    if reader.is_encrypted and not reader.decrypt(""):
        sys.stderr.write("it is locked with a password")
        return 1
    size, count = 0, len(reader.pages)
    for number in range(min(count, _PAGES)):
        text = reader.pages[number].extract_text().strip()
        if text:
            size += len(text)
            head = f"[page {number + 1} of {count}]\n" if count > 1 else ""
            sys.stdout.buffer.write(f"{head}{text}\n\n".encode(errors="replace"))
        if size > _CHARACTERS:
            break
    if number_left := count - min(count, _PAGES):
        sys.stdout.buffer.write(f"[{number_left} more pages were not read]\n".encode())
    return 0


def _bound() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX alone has it

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (int(_SECONDS), int(_SECONDS)))
