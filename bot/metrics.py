"""Counters and times of this process, in Prometheus' text format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

_BOUNDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.25, 2.5, 5.0, 10.0, 30.0)
_PREFIX = "retour_"
_HELP = {
    "inbound_total": "Events of shoppers that were stored, by channel and kind.",
    "turns_total": "Turns that ended, by result.",
    "rasa_errors_total": "Failed exchanges with Rasa, by code.",
    "refused_total": "Requests of shoppers that were refused, by code.",
    "order_tokens_total": "Signed identities that pages of the shop handed in, by result.",
    "photos_total": "Photos that were kept.",
    "turn_seconds": "From a shopper's event being stored to its answer being committed.",
    "rasa_seconds": "One exchange with Rasa.",
    "streams": "Open streams and waiting long polls.",
    "inbox_waiting": "Events that are not answered yet.",
    "inbox_oldest_seconds": "Age of the oldest event that is not answered yet.",
    "conversations": "Conversations by state.",
    "outbox_messages": "Messages to shoppers by status.",
    "sends_total": "Tries to send a piece of a message to a channel, by result.",
    "send_seconds": "One piece of a message handed to its channel.",
    "outbox_waiting": "Messages that are still to be sent to channels.",
    "lanes_stopped": "Conversations in which nothing is sent until a person or the shopper does something.",
    "repeats": "Tries that were made although an earlier one may have worked.",
}
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Used on the event loop only, so it needs no lock."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, Labels], float] = defaultdict(float)
        self._histograms: dict[str, list[float]] = {}

    def count(self, name: str, **labels: str) -> None:
        """One more."""
        self._counters[(name, tuple(sorted(labels.items())))] += 1

    def observe(self, name: str, seconds: float) -> None:
        """One more time taken."""
        row = self._histograms.setdefault(name, [0.0] * (len(_BOUNDS) + 2))
        for place, bound in enumerate(_BOUNDS):
            if seconds <= bound:
                row[place] += 1
        row[-2] += 1
        row[-1] += seconds

    def text(self, gauges: Mapping[tuple[str, Labels], float]) -> str:
        """Everything counted here and the gauges given, as one page."""
        lines: list[str] = []
        for kind, values in (("counter", self._counters), ("gauge", gauges)):
            seen = ""
            for (name, labels), value in sorted(values.items()):
                if name != seen:
                    lines += _head(name, kind)
                    seen = name
                lines.append(f"{_PREFIX}{name}{_labels(labels)} {value:g}")
        for name, row in sorted(self._histograms.items()):
            lines += _head(name, "histogram")
            lines += [f'{_PREFIX}{name}_bucket{{le="{bound:g}"}} {row[place]:g}' for place, bound in enumerate(_BOUNDS)]
            lines.append(f'{_PREFIX}{name}_bucket{{le="+Inf"}} {row[-2]:g}')
            lines += [f"{_PREFIX}{name}_count {row[-2]:g}", f"{_PREFIX}{name}_sum {row[-1]:.6f}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str) -> list[str]:
    return [f"# HELP {_PREFIX}{name} {_HELP.get(name, name)}", f"# TYPE {_PREFIX}{name} {kind}"]


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
