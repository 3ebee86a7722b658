import base64

from qms.journal import note

SEED = base64.b64encode(b"k" * 32).decode()


def test_a_note_verifies_with_its_key_and_text_only():
    key, other = note.private_key(SEED), note.private_key(base64.b64encode(b"o" * 32).decode())
    signed = note.sign(note.checkpoint(7, b"r" * 32), key)
    assert signed.splitlines()[:3] == ["qms/trail", "7", base64.b64encode(b"r" * 32).decode()]
    assert note.verify(signed, key.public_key())
    assert not note.verify(signed, other.public_key())
    assert not note.verify(signed.replace("\n7\n", "\n8\n"), key.public_key())
