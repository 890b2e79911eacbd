"""Topics to channels: Kafka's records become jobs, and their offsets are committed once their outcomes are durable.

What stands here loads no client: a server without Kafka has none. `orion_io.kafka.consumption` does the work.
"""

from orion_io.kafka.terms import Access, Outcomes, Terms

__all__ = ["Access", "Outcomes", "Terms"]
