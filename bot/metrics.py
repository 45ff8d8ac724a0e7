"""
What Prometheus may know: how much, how fast and how well; never who, and never what
anybody asked for.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST


class Outcome(StrEnum):
    """
    How a command, a press or a form was answered.
    """

    ANSWERED = "answered"
    REFUSED = "refused"  # with what to type instead
    LIMITED = "limited"  # too much in a short time
    UNAVAILABLE = "unavailable"  # the database did not answer
    FAILED = "failed"


CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # Slack waits 3 s


class Metrics:
    """
    One bot's. No label holds a verb: in a small workspace the minute and the verb would
    say who looked for what.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "htbot_answers",
            "Commands, presses and forms, by how they were answered.",
            ["outcome"],
            registry=self.registry,
        )
        self._by_outcome = {each: self._answers.labels(each) for each in Outcome}
        self._seconds = Histogram(
            "htbot_answer_seconds",
            "From Slack's request to the answer.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._jobs = Counter(
            "htbot_job_failures",
            "Failures of what runs on the tick, by job.",
            ["job"],
            registry=self.registry,
        )
        self._deliveries = Gauge(
            "htbot_deliveries",
            "Deliveries in the database, by state.",
            ["state"],
            registry=self.registry,
        )
        self._states = {
            name: Gauge(f"htbot_{name}", words, registry=self.registry)
            for name, words in {
                "tick_age_seconds": "Since the clock was looked at last.",
                "database_up": "1 while the database answers.",
                "slack_connected": "1 while Slack can reach us and we Slack.",
            }.items()
        }

    def answering(self) -> "_Answering":
        """
        Time an answer; what the block is given notes its outcome.
        """
        return _Answering(self)

    def answered(self, outcome: Outcome, seconds: float) -> None:
        """
        Note an answer, and how long it took.
        """
        self._by_outcome[outcome].inc()
        self._seconds.observe(seconds)

    def job_failed(self, job: str) -> None:
        self._jobs.labels(job).inc()

    def written(self, states: Mapping[str, float], deliveries: Mapping[str, int] | None) -> bytes:
        """
        Return the page that Prometheus reads.

        Args:
            states: what stands now, by name without the prefix.
            deliveries: how many are in each state; None: the database does not say.
        """
        for name, value in states.items():
            self._states[name].set(value)
        self._deliveries.clear()
        for state, number in (deliveries or {}).items():
            self._deliveries.labels(state).set(number)
        return generate_latest(self.registry)


class _Answering:
    """
    The time from here to the end of a block, which failed unless it says otherwise.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._outcome = Outcome.FAILED
        self._began = perf_counter()

    def __enter__(self) -> Callable[[Outcome], None]:
        return self._note

    def __exit__(self, *_: object) -> None:
        self._metrics.answered(self._outcome, perf_counter() - self._began)

    def _note(self, outcome: Outcome) -> None:
        self._outcome = outcome
