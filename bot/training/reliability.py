"""How far a confidence can be believed: of what was said with 0.8, four in five should be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Questions whose best answer had a confidence in one tenth of 0..1: how many, the mean confidence, and the share
    that was right."""

    low: float
    count: int
    confidence: float
    right: float


def bins(said: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Pairs of confidence and whether it was right, by tenths of confidence; empty tenths are left out."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for confidence, right in said:
        groups[min(int(confidence * _BINS), _BINS - 1)].append((confidence, right))
    return [
        Bin(number / _BINS, len(group), sum(c for c, _ in group) / len(group), sum(r for _, r in group) / len(group))
        for number, group in enumerate(groups)
        if group
    ]


def calibration_error(found: Sequence[Bin]) -> float:
    """The expected calibration error, 0..1: the mean distance of confidence and truth (Naeini, Cooper & Hauskrecht 2015)."""
    total = sum(item.count for item in found)
    return sum(item.count * abs(item.confidence - item.right) for item in found) / total if total else 0.0


def picture(found: Sequence[Bin], title: str) -> str:
    """The reliability diagram as SVG: a bar a tenth, as high as the share that was right; on the line all is well."""
    side, edge = 400, 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge}"',
        'font-size="14" font-family="sans-serif">',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{edge}" y="{edge - 20}" font-size="16">{escape(title)}</text>',
    ]
    for item in found:
        x, high = edge + item.low * side, item.right * side
        parts.append(
            f'<rect x="{x + 2:.0f}" y="{edge + side - high:.0f}" width="{side / _BINS - 4:.0f}" height="{high:.0f}" fill="#2a6f97"/>'
            f'<text x="{x + side / _BINS / 2:.0f}" y="{edge + side - high - 5:.0f}" text-anchor="middle" font-size="11">{item.count}</text>'
        )
    parts.append(f'<path d="M{edge} {edge + side}L{edge + side} {edge}" stroke="#c1121f" stroke-dasharray="6 4"/>')
    parts.append(f'<path d="M{edge} {edge}V{edge + side}H{edge + side}" stroke="#333" fill="none"/>')
    for tenth in range(0, 11, 2):
        x, y, text = edge + tenth / 10 * side, edge + side - tenth / 10 * side, f"{tenth / 10:.1f}"
        parts.append(f'<text x="{x:.0f}" y="{edge + side + 20}" text-anchor="middle">{text}</text>')
        parts.append(f'<text x="{edge - 8}" y="{y + 5:.0f}" text-anchor="end">{text}</text>')
    parts.append(f'<text x="{edge + side / 2:.0f}" y="{edge + side + 40}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text transform="translate(14 {edge + side / 2:.0f}) rotate(-90)" text-anchor="middle">'
        "share right (above: how many)</text></svg>"
    )
    return "\n".join(parts) + "\n"
