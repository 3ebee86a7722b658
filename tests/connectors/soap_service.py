"""A SOAP service of an old system (spyne, Python below 3.12), in a process of its own: soap_service.py PORT EDITION."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import Application, Array, ComplexModel, Fault, Integer, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

EDITION = sys.argv[2]


class Defect(ComplexModel):
    __namespace__ = "urn:old-mes"
    Nr, Code, Part, Note = Unicode, Unicode, Unicode, Unicode
    Pieces = Integer
    if EDITION == "2":
        Station = Unicode


class Quality(ServiceBase):
    @rpc(Unicode, Integer, _returns=Array(Defect))
    def defects(ctx, since, most):
        if most == 13:
            raise Fault("Client.Locked", "the period is locked")
        return [Defect(Nr=f"S-{n}", Code="DIM-OUT", Part="RM-TI64-B25", Pieces=n + 1, Note=since) for n in range(most)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


service = Application([Quality], "urn:old-mes", in_protocol=Soap11(validator="lxml"), out_protocol=Soap11())
make_server("127.0.0.1", int(sys.argv[1]), WsgiApplication(service), handler_class=Quiet).serve_forever()
