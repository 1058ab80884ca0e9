"""A model for sentences that the user brought, by way of sentence-transformers. Nothing of it is loaded without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worker.errors import ConfigError
from worker.stories.meaning import Embed

_WHERE = "stories.model"
_NOT_INSTALLED = (
    'models need a package that is not installed; run `pip install "wirewatch[embeddings]"`, or remove this key'
)


def load_model(model: str) -> Embed:
    """The model in a directory, without any request, or of a name on the Hugging Face Hub, which is fetched once.

    It runs on one core, as each worker process does. Raises ConfigError where the package is missing or there is no
    such model.
    """
    is_directory = Path(model).is_absolute()
    if is_directory and not (Path(model) / "config.json").is_file():
        raise ConfigError(f"{model} holds no model; name a directory with a config.json in it", where=_WHERE)
    try:
        import torch  # noqa: PLC0415  an optional part
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415  an optional part
        from transformers.utils import logging  # noqa: PLC0415  an optional part
    except ImportError:
        raise ConfigError(_NOT_INSTALLED, where=_WHERE) from None
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_num_threads(1)
    try:
        loaded = SentenceTransformer(model, device="cpu", local_files_only=is_directory)
    except Exception as error:  # a boundary: files of any make, and every loader fails in its own way
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ConfigError(
            f"{model} cannot be loaded: {reason}; name another, or remove this key", where=_WHERE
        ) from error

    def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        vectors: Sequence[Sequence[float]] = loaded.encode(list(texts), show_progress_bar=False).tolist()
        return vectors

    return embed
