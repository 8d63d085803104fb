"""What one request costs, said in one of three ways."""

from typing import Any

from mtkd.config import ConfigError
from mtkd.economics.keys import PRICE
from mtkd.economics.reading import Values

BY_TOKEN = ("price_per_million_input_tokens", "price_per_million_output_tokens")
BY_HOUR = ("price_per_hour", "requests_per_hour", "utilisation")
WAYS = {
    "price_per_request": ("price_per_request",),
    "price_per_million_*_tokens": BY_TOKEN,
    "price_per_hour": BY_HOUR,
}
"""How a price may be said, and the keys that say it."""
TOKENS = ("traffic.input_tokens", "traffic.output_tokens")
MILLION = 1_000_000


def price_per_request(values: Values, who: str) -> float | None:
    """$/request of the teacher or the student; None where no key speaks of a price.

    A hosted model costs `price_per_hour / (requests_per_hour * utilisation)`: the hours that
    stand idle are paid by the requests of the others.

    Args:
        values: See `read_values`.
        who: `teacher` or `student`.

    Raises:
        ConfigError: Two ways at once, or a way with a part missing.
    """
    stated = {key for key in PRICE if values[f"{who}.{key}"] is not None}
    ways = [way for way, keys in WAYS.items() if stated & set(keys)]
    if not ways:
        return None
    if len(ways) > 1:
        raise ConfigError(
            f"config.{who} says its price in more than one way, by {' and '.join(ways)}; keep one"
        )
    return _price(values, who, WAYS[ways[0]])


def missing_price(who: str, otherwise: str = "") -> ConfigError:
    """The error for a model without any price."""
    return ConfigError(
        f"config.{who} lacks a price; give price_per_request, or {' and '.join(BY_TOKEN)} with "
        f"{' and '.join(TOKENS)}, or {', '.join(BY_HOUR[:-1])} and {BY_HOUR[-1]}{otherwise}"
    )


def _price(values: Values, who: str, keys: tuple[str, ...]) -> float:
    numbers = [_number(values, f"{who}.{key}") for key in keys]
    if keys == BY_TOKEN:
        read, written = (_number(values, key) for key in TOKENS)
        return (read * numbers[0] + written * numbers[1]) / MILLION
    if keys == BY_HOUR:
        return numbers[0] / (numbers[1] * numbers[2])
    return numbers[0]


def _number(values: Values, key: str) -> float:
    value: Any = values[key]
    if value is None:
        raise ConfigError(f"config.{key} is missing, the price cannot be worked out without it")
    return float(value)
