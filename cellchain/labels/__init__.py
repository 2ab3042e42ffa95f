"""Labels: designs as data, rendering to the millimetre, and every printed label accounted for.

`design` reads `labels/<design>/design.toml`, `symbols` makes and reads bar codes, `fonts` measures and breaks text, and
`render` puts the three on one page. Nothing in these four knows a database.
"""
