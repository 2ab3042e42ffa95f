"""Labels: designs as data, rendering to the millimetre, and every printed label accounted for.

`design` reads `labels/<design>/design.toml`, `symbols` makes and reads bar codes, `fonts` measures and breaks text, and
`layout` puts the three together. `pdf` draws that as a page, `raster` as the dots of a printer and `zpl` as its job;
`render` is the way in. Nothing in these knows a database.
"""
