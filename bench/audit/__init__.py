"""What the documents print, run as printed and held against their own prose.

Nothing of the documents is stored here: a listing is where it stands, how it is indented where the
text lost that, and what the prose says of it in our own words.  The text comes from the user's
folder of documents.
"""
