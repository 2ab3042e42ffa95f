"""The print queue: each printed label is a job beside its ledger entry, and no job is ever sent twice by itself.

`transports` and `ipp` talk to printers, `papers` makes the bytes, `queue` moves jobs, `worker` does all of it while
serving. docs/decisions/0006 says why a broken attempt waits for a person.
"""
