"""Donors who wait: for a physician's signature, for a laboratory, or since a deferral that is over."""

from collections.abc import Iterator
from datetime import date, datetime

from cellchain.donors import definitions, queries
from cellchain.donors.rules import donor as rules
from cellchain.donors.rules import screening
from cellchain.donors.rules.lifecycles import Conclusion, DonorPhase
from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx


def for_signature(tx: ReadTx) -> Iterator[tuple[str, datetime]]:
    """Who consented, answered and was tested for a donation that no physician decided about yet, and since when."""
    for facts in queries.every_facts(tx):
        answers, is_off = facts.answers, facts.phase is DonorPhase.INELIGIBLE or facts.is_deferred(tx.now)
        if answers is None or facts.consented_at is None or is_off:
            continue
        is_decided = facts.determined_at is not None and facts.determined_at >= answers.answered_at
        if not is_decided and next(rules.open_problems(facts, definitions.criteria(), tx.now), None) is None:
            yield facts.code, answers.answered_at


def for_another_test(tx: ReadTx) -> Iterator[tuple[str, datetime, T]]:
    """Whose sample was reactive and is neither cleared nor confirmed: when it was taken, and what to do.

    Nobody waits for a test of a donor who was found ineligible.
    """
    for facts in queries.every_facts(tx):
        found = (one for one in screening.findings(facts.results) if one.is_suspect)
        uncleared = [one for one in found if one.conclusion is not Conclusion.POSITIVE]
        if uncleared and facts.phase is not DonorPhase.INELIGIBLE:
            problems = screening.suspicions(facts.results)
            yield (
                facts.code,
                uncleared[0].sampled_at,
                next(one.text for one in problems if one.code == "donor.screening_reactive"),
            )


def since_a_deferral(tx: ReadTx) -> Iterator[tuple[str, date]]:
    """Whose deferral is over, and since which day: they may be asked and tested again."""
    for facts in queries.every_facts(tx):
        until = facts.deferred_until
        if facts.phase is DonorPhase.DEFERRED and until is not None and not facts.is_deferred(tx.now):
            yield facts.code, until
