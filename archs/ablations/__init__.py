"""Variants that differ from a published network in one thing; `archs.catalogue.ablations` lists them as data."""
