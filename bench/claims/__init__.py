"""116 claims of five documents, each decided by a predicate over the records."""
