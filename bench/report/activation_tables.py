"""Tables of what layers keep for the backward pass, and of where the parameters of three heads lie."""

from __future__ import annotations

import pandas as pd

from bench.report.frames import NETWORK
from bench.report.layers import KINDS, kind_of
from bench.report.tables import groups

HEADS = ("alexnet", "alexnet-gap", "nin")
"""Networks whose parameters are shown beside each other: linear layers, the same trunk without them, and NiN."""


def layer_shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Bytes kept by every layer, in the order of the forward pass, with its share of the network's total.

    They are counted in float32, whatever the protocol, device and precision of the record, so that a network counted
    again at the same batch is there once, as it was counted last.
    """
    by = [*NETWORK, "batch"]
    columns = [*by, "position", "layer", "type", "kind", "output_elements", "saved_bytes", "total_bytes", "share"]
    parts = []
    for _, part in groups(frame, by):
        latest = part.sort_values(["started", "key"], kind="stable")["key"].iloc[-1]
        layers = part[part["key"] == latest].drop_duplicates("position").sort_values("position")
        total = int(layers["saved_bytes"].sum())
        share = layers["saved_bytes"] / total if total else 0.0
        parts.append(layers.assign(kind=[kind_of(name) for name in layers["type"]], total_bytes=total, share=share))
    whole = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    return whole[columns].reset_index(drop=True)


def activations(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a network, batch and kind of layer; `largest` is the layer of the kind that keeps most."""
    by = [*NETWORK, "batch", "kind"]
    rows = []
    shares = layer_shares(frame)
    ranked = shares.assign(
        _network=shares.groupby(NETWORK, sort=False).ngroup(), _kind=[KINDS.index(kind) for kind in shares["kind"]]
    )
    for place, layers in groups(ranked.sort_values(["_network", "batch", "_kind"], kind="stable"), by):
        largest = layers.sort_values("saved_bytes", ascending=False, kind="stable").iloc[0]
        sums = {name: int(layers[name].sum()) for name in ("output_elements", "saved_bytes")}
        kept = largest["saved_bytes"] > 0
        rows.append(
            place
            | {"layers": len(layers), **sums, "share": layers["share"].sum(), "standing": "exact count"}
            | {"largest": (largest["layer"] or "outside") if kept else "", "largest_share": largest["share"]}
        )
    measured = ["layers", "output_elements", "saved_bytes", "share", "largest", "largest_share", "standing"]
    return pd.DataFrame(rows, columns=[*by, *measured])


def heads(composition: pd.DataFrame) -> pd.DataFrame:
    """Parameters by category of the networks in `HEADS`, in that order; empty where one of them is lacking.

    Args:
        composition: what `bench.report.figures.bars.composition` gives of parameters, of one image size.
    """
    parts = [composition[composition["arch"] == name] for name in HEADS]
    whole = pd.concat(parts)
    single = all(part["title"].nunique() == 1 for part in parts)
    return whole.reset_index(drop=True) if single else whole.iloc[:0]
