"""Whether the routes of a committee are those of the data, before a teacher is trained for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtkd.config import ConfigError
from mtkd.data import Examples
from mtkd.onpolicy.routed import unheard


def check_routes(config: Mapping[str, Any], data: Any, examples: Examples) -> None:
    """Refuse a route that the data lack, and one of theirs that nobody of the committee hears.

    Args:
        config: A trial.
        data: Its data.
        examples: The rows or prompts that the teachers are asked about.

    Raises:
        ConfigError: The teacher or the committee, and the routes.
    """
    from mtkd.trial.record import route_numbers  # Lightning comes along

    committee = config["committee"]
    routed = [name for name in committee if config["teachers"][name]["route"]]
    heard: set[int] = set()
    for name in routed:
        at = f"config.teachers.{name}"
        heard |= set(route_numbers(data, config["teachers"][name]["route"], at))
        if "route" not in examples.extras:
            raise ConfigError(
                f"{at}.route: examples of config.data carry no route; give each one an integer "
                "`route` in its extras"
            )
    if not routed or len(routed) < len(committee):
        return
    lost = unheard(examples.extras["route"], heard)
    if lost:
        raise ConfigError(
            f"config.data has route {', '.join(str(data.routes[number]) for number in lost)}, "
            f"which is no route of {', '.join(routed)}, the committee of a trial; give it to a "
            "teacher, leave these examples out, or add a teacher without routes"
        )
