"""The organisation's seal on a printed record: a PAdES signature over the whole file. People sign in the database, not here.

pyHanko is loaded by whoever seals: it takes memory that a web process or a reading has no use for.
"""

import io
from functools import cache
from typing import Any

from django.conf import settings

FIELD = "Seal"


def sealed(pdf: bytes) -> bytes:
    """The file with the seal appended; as it was when no key is set (QMS_EXPORT_SEAL). Raises ValueError for a broken key."""
    if not settings.EXPORT_SEAL:
        return pdf
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    about = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason="Export of a quality record",
    )
    out = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), about, signer=signer(settings.EXPORT_SEAL))
    return bytes(out.getvalue())


@cache
def signer(pem: str) -> Any:
    """A private key and its certificate (the signer's first), PEM blocks one after the other."""
    from pyhanko.keys.pemder import load_certs_from_pemder_data, load_private_key_from_pemder_data
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    data = pem.encode()
    certificates = list(load_certs_from_pemder_data(data))
    if not certificates:
        raise ValueError("no certificate in it")
    chain = SimpleCertificateStore()
    chain.register_multiple(certificates)
    key = load_private_key_from_pemder_data(data[: data.index(b"-----BEGIN CERT")], None)
    return signers.SimpleSigner(signing_cert=certificates[0], signing_key=key, cert_registry=chain)
