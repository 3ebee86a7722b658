"""The kernel of adapters that are described in data: what an ERP's objects are and how a movement is written.

`description` reads and checks such data, `reading` walks the lists, `posting` carries movements, `adapter` puts them together.
An ERP of its own supplies a protocol (connectors.adapters.protocols) and a description; the generic REST adapter takes the
description from the interface's settings.
"""
