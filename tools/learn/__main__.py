"""Train the models and write them: `python -m tools.learn` (`make learn`)."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import figures
from .data import ROOT, dangers, everything, rows
from .encoder import train_encoder
from .train import train, train_on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="*", type=Path, default=[], help="exports of communes (commune-NAME.tsv)")
    data = everything(parser.parse_args().data)
    texts, meanings = rows(data.guides, data.examples)
    _write("meanings", train(texts, meanings, data.digest).write(), len(set(meanings)), len(texts))
    texts, meanings = dangers(data.guides, data.examples)
    _write("danger", train_encoder(texts, meanings, data.digest).write(), len(set(meanings)), len(texts))
    contexts, kinds = figures.rows(data.examples)
    made = train_on(contexts, kinds, data.digest, figures.MOST_WEIGHTS)
    _write("figures", made.write(), len(set(kinds)), len(kinds))


def _write(name: str, made: bytes, meanings: int, texts: int) -> None:
    path = ROOT / f"bot/understanding/{name}.model"
    path.write_bytes(made)
    print(f"{path.relative_to(ROOT)}: {len(made) / 1e6:.2f} MB, {meanings} meanings, {texts} texts", flush=True)


if __name__ == "__main__":
    main()
