"""Train an encoder: a short vector for each feature, one hidden layer, and the meanings; numpy only, a fixed seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from bot.understanding.encoder import Encoder, EncoderHeader
from bot.understanding.features import features

from .train import weighted

_STEPS = 127


@dataclass(frozen=True)
class Shape:
    """`most` features are kept, the most frequent; `left_out` of them are forgotten in each text while training."""

    width: int = 32
    hidden: int = 48
    most: int = 45_000
    rounds: int = 8
    batch: int = 128
    pace: float = 0.1
    layer_pace: float = 0.005
    left_out: float = 0.15
    dropped: float = 0.25
    seed: int = 2026


def train_encoder(texts: Sequence[str], meanings: Sequence[str], data: str, shape: Shape | None = None) -> Encoder:
    """Train on texts and the meaning of each."""
    shape = shape or Shape()
    counted = [features(text) for text in texts]
    in_texts = Counter(feature for one in counted for feature in one)
    hashes = sorted(feature for feature, _ in in_texts.most_common(shape.most))
    rarity = np.array([math.log((1 + len(texts)) / (1 + in_texts[feature])) + 1 for feature in hashes])
    rarest = float(rarity.max())
    rarities = np.maximum(1, np.round(rarity / rarest * 255)).astype(np.uint8)
    place = {feature: number for number, feature in enumerate(hashes)}
    matrix = weighted(counted, place, rarities / 255 * rarest, rarest)
    names, numbers = np.unique(np.array(meanings), return_inverse=True)
    vectors, layers = _fitted(matrix, numbers, len(names), shape)
    return _packed(names, hashes, rarities, rarest, vectors, layers, data)


def _fitted(
    matrix: csr_matrix, numbers: np.ndarray, kinds: int, shape: Shape
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return the vectors and the two layers: AdaGrad for the vectors, Adam for the layers."""
    chance = np.random.default_rng(shape.seed)
    vectors = chance.normal(0, 0.3, (matrix.shape[1], shape.width)).astype(np.float32)
    seen = np.full(matrix.shape[1], 1e-3, np.float32)
    layers = (
        chance.normal(0, (2 / shape.width) ** 0.5, (shape.width, shape.hidden)).astype(np.float32),
        np.zeros(shape.hidden, np.float32),
        chance.normal(0, (1 / shape.hidden) ** 0.5, (shape.hidden, kinds)).astype(np.float32),
        np.zeros(kinds, np.float32),
    )
    adam = _Adam(layers)
    for epoch in range(shape.rounds):
        slower = 1 - epoch / shape.rounds
        for rows in np.array_split(chance.permutation(matrix.shape[0]), max(1, matrix.shape[0] // shape.batch)):
            part = matrix[rows]
            kept = part.data * (chance.random(len(part.data)) > shape.left_out) / (1 - shape.left_out)
            columns, inverse = np.unique(part.indices, return_inverse=True)
            small = csr_matrix((kept.astype(np.float32), inverse, part.indptr), shape=(len(rows), len(columns)))
            slope, slopes = _slopes(small @ vectors[columns], layers, numbers[rows], shape.dropped, chance)
            change = small.T @ slope
            seen[columns] += (change * change).mean(axis=1) * len(rows) ** 2 / 100
            vectors[columns] -= shape.pace * slower * change * len(rows) / 10 / np.sqrt(seen[columns])[:, None]
            adam.step(slopes, shape.layer_pace * slower)
    return vectors, layers


def _slopes(
    summed: np.ndarray, layers: tuple[np.ndarray, ...], numbers: np.ndarray, dropped: float, chance: np.random.Generator
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return how the mean loss of a batch changes with the sums of vectors, and with each part of the layers."""
    inner, inner_bias, outer, outer_bias = layers
    kept_in = (chance.random(summed.shape) > dropped).astype(np.float32) / (1 - dropped)
    given = summed * kept_in
    middle = given @ inner + inner_bias
    kept_middle = (chance.random(middle.shape) > dropped).astype(np.float32) / (1 - dropped)
    lit = np.maximum(middle, 0) * kept_middle
    likely = lit @ outer + outer_bias
    likely = np.exp(likely - likely.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    likely[np.arange(len(numbers)), numbers] -= 1
    likely /= len(numbers)
    back = (likely @ outer.T) * kept_middle * (middle > 0)
    return (back @ inner.T) * kept_in, (given.T @ back, back.sum(axis=0), lit.T @ likely, likely.sum(axis=0))


class _Adam:
    """Adam over arrays that are changed in place."""

    def __init__(self, arrays: tuple[np.ndarray, ...]) -> None:
        self._arrays = arrays
        self._means = [np.zeros_like(one) for one in arrays]
        self._squares = [np.zeros_like(one) for one in arrays]
        self._steps = 0

    def step(self, slopes: tuple[np.ndarray, ...], pace: float) -> None:
        self._steps += 1
        for one, mean, square, slope in zip(self._arrays, self._means, self._squares, slopes, strict=True):
            mean *= 0.9
            mean += 0.1 * slope
            square *= 0.999
            square += 0.001 * slope * slope
            whole = mean / (1 - 0.9**self._steps)
            one -= pace * whole / (np.sqrt(square / (1 - 0.999**self._steps)) + 1e-8)


def _packed(
    names: np.ndarray, hashes: Sequence[int], rarities: np.ndarray, rarest: float,
    vectors: np.ndarray, layers: tuple[np.ndarray, ...], data: str,
) -> Encoder:  # fmt: skip
    longest = np.abs(vectors).max(axis=1)
    unit = float(longest.max()) / 255 / _STEPS
    scales = np.maximum(1, np.ceil(longest / (unit * _STEPS))).clip(1, 255).astype(np.uint8)
    steps = np.round(vectors / (unit * scales[:, None])).clip(-_STEPS, _STEPS).astype(np.int8)
    inner, inner_bias, outer, outer_bias = layers
    header = EncoderHeader(
        meanings=tuple(map(str, names)),
        width=vectors.shape[1],
        hidden=len(inner_bias),
        scale=unit,
        rarest=rarest,
        features=len(hashes),
        data=data,
    )
    return Encoder(
        header,
        hashes,
        rarities.tobytes(),
        scales.tobytes(),
        steps.ravel().tolist(),
        np.hstack([inner.T, inner_bias[:, None]]).ravel().tolist(),
        np.hstack([outer.T, outer_bias[:, None]]).ravel().tolist(),
    )
