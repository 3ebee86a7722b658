"""Doors for systems that do not speak our REST: files, MQTT, views, SOAP. Beside connectors.http the only room that opens sockets.

Each brings raw bytes or rows; from there it is the one path: kept raw, mapped by the active version, checked, one act, a receipt.
"""
