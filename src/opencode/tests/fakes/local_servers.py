"""Model servers as they run on a user's machine: Ollama, LM Studio, llama.cpp and vLLM, by what
they say of their models. Start one of a kind on a free port with `local_server`."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Pages = dict[str, Any]


def ollama(window: int, size: str = "70.6B", *, parameters: str = "", tools: bool = True) -> Pages:
    shown = {
        "details": {"parameter_size": size},
        "model_info": {"general.architecture": "x", "x.context_length": window},
        "capabilities": ["completion", *(["tools"] if tools else []), "vision", "thinking"],
        "parameters": parameters,
    }
    return {"/api/tags": {"models": [{"name": "big:latest"}]}, "/api/show": shown}


def lm_studio(loaded: int | None) -> Pages:
    model = {
        "id": "qwen3-30b",
        "type": "vlm",
        "state": "loaded" if loaded else "not-loaded",
        "max_context_length": 131072,
        "capabilities": ["tool_use"],
    }
    if loaded:
        model["loaded_context_length"] = loaded
    embedding = {"id": "nomic-embed", "type": "embeddings", "max_context_length": 2048}
    listed = [{"id": "qwen3-30b", "object": "model", "owned_by": "organization_owner"}]
    listed.append({"id": "nomic-embed", "object": "model", "owned_by": "organization_owner"})
    return {
        "/v1/models": {"object": "list", "data": listed},
        "/api/v0/models": {"object": "list", "data": [model, embedding]},
    }


def new_lm_studio(loaded: int | None, *, memory: int = 131072) -> Pages:
    """Since 0.4 it loads models on request, as far as its memory goes."""
    pages = lm_studio(loaded)
    held: list[Any] = (
        [{"id": "qwen3-30b:2", "config": {"context_length": loaded}}] if loaded else []
    )
    pages["/api/v1/models"] = {"models": [{"key": "qwen3-30b", "loaded_instances": held}]}

    def unload(body: Any) -> Any:
        held[:] = [one for one in held if one["id"] != body["instance_id"]]
        pages["/api/v0/models"] = lm_studio(None)["/api/v0/models"]
        return body

    def load(body: Any) -> Any:
        if body["context_length"] > memory:
            return None
        held.append({"id": "qwen3-30b", "config": body})
        pages["/api/v0/models"] = lm_studio(body["context_length"])["/api/v0/models"]
        return {"status": "loaded"}

    pages.update({"/api/v1/models/unload": unload, "/api/v1/models/load": load})
    return pages


def llama_cpp(window: int, parameters: int = 30_000_000_000) -> Pages:
    meta = {"n_ctx_train": 131072, "n_params": parameters}
    listed = [{"id": "a.gguf", "object": "model", "owned_by": "llamacpp", "meta": meta}]
    return {
        "/v1/models": {"object": "list", "data": listed},
        "/props": {
            "default_generation_settings": {"n_ctx": window},
            "modalities": {"vision": True},
        },
    }


def vllm(window: int, name: str = "meta/llama-70b") -> Pages:
    listed = [{"id": name, "object": "model", "owned_by": "vllm", "max_model_len": window}]
    return {"/v1/models": {"object": "list", "data": listed}}


class Asked(list[str]):
    """The paths that were asked for, and where."""

    url = ""


@contextmanager
def local_server(pages: Pages) -> Iterator[Asked]:
    """One that serves these pages and nothing else."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            found = pages.get(self.path)
            if callable(found):
                found = found(json.loads(sent))
            body = json.dumps(found if found is not None else {"error": "not found"}).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    asked.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
