"""Audits as records: what was found is kept beside all other measurements, and needs no documents to be read again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import store
from bench.audit.listings import LISTINGS, Listing
from bench.audit.probe import LARGEST_SIZE
from bench.audit.run import TIME_LIMIT
from bench.machine import provenance
from bench.records import Audit, Record, Subject


def record(listing: Listing, audit: Audit, started: float) -> Record:
    """The audit's record.  Its key follows from the listing, the document and what the audit found."""
    found = audit.model_dump_json()
    settings = {"name": "audit", "largest_size": LARGEST_SIZE, "time_limit_seconds": TIME_LIMIT}
    determinants = json.dumps([asdict(listing), audit.document_sha256, found, settings], sort_keys=True)
    channels, size, _ = listing.image
    return Record(
        key=hashlib.sha256(determinants.encode()).hexdigest()[:12],
        kind="audit",
        arch=Subject(
            name=listing.name,
            title=listing.title,
            family=listing.family,
            image_size=size,
            in_channels=channels,
            num_classes=listing.num_classes,
            fingerprint=hashlib.sha256(json.dumps(asdict(listing), sort_keys=True).encode()).hexdigest()[:12],
        ),
        protocol=settings | {"standing": "exact count", "purpose": "the documents' listings, run as printed"},
        seed=None,
        precision=None,
        device=None,
        result=audit,
        failure=None,
        started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        seconds=time.time() - started,
        provenance=provenance("cpu"),
    )


def keep(results: Path, records: Sequence[Record]) -> None:
    """Write the records that are not there yet."""
    with store.held(results):
        known = {one.key for one in store.load(results).records}
        for one in records:
            if one.key not in known:
                store.save(results, one)


def recall(results: Path) -> list[Audit]:
    """The latest audit of each listing, in the order of the documents."""
    latest: dict[str, Audit] = {}
    for one in sorted(store.load(results).records, key=lambda record: record.started):
        if isinstance(one.result, Audit):
            latest[one.result.listing] = one.result
    return [latest[listing.name] for listing in LISTINGS if listing.name in latest]
