"""Pollers: what has to be asked every so many seconds, because nobody will send it.

A feed of the pack is three things that know nothing of each other: a fetcher for its address (`http`, `ftp`, `folder`),
a reader for its kind (`readers.REGISTRY`: rows of JSON, HTML or CSV, CAP, FIRMS), and the `runner`, which keeps the
hours, gives readings to the intake and everything else to its listener, and remembers how it went.

To add a kind of feed: a file with a reader, its name in `eoc.packs.sources.FeedKind`, and a line in `REGISTRY`.
"""
