"""A process that holds one model of a GGUF file and answers on loopback until its owner is gone.

Started by weights.py: the first line on stdin is the key to ask it with, the first on stdout is
`{"address": …}` or `{"error": …}`. The end of stdin is its end."""

import importlib
import json
import os
import sys
from typing import Any


def main(file: str, window: int) -> None:
    """Load the file, say where it is served, stay until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp is talkative
    key = sys.stdin.readline().strip()
    server: Any = None  # it serves as long as it is kept
    try:
        library: Any = importlib.import_module("xllamacpp")  # an extra
        params = library.CommonParams()
        params.model.path = file
        params.n_ctx = window
        params.port = 0
        params.api_keys = [key]
        params.use_jinja = True
        params.ui = False
        params.n_parallel = 1
        params.verbosity = -1
        server = library.Server(params)
        told = {"address": server.listening_address}
    except (ImportError, RuntimeError, ValueError, OSError) as error:
        told = {"error": str(error) or "it cannot be loaded"}
    answers.write(json.dumps(told) + "\n")
    answers.flush()
    if server is not None:
        sys.stdin.read()
    os._exit(0)  # its threads need no orderly end


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
