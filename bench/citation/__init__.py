"""Tables to cite: what is kept beside the records, whether it still is what they say, and how to name it in a paper."""
