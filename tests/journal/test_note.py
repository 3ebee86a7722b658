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


def test_only_a_signed_checkpoint_of_a_trail_tells_a_size():
    text = note.checkpoint(7, b"r" * 32)
    signed = note.sign(text, note.private_key(SEED))
    assert note.size(signed) == 7
    assert note.size(text) is None, "nobody signed it"
    assert note.size(signed.replace("qms/trail", "other/log", 1)) is None
    assert note.size(signed.replace("\n7\n", "\n7 entries\n", 1)) is None
    assert note.size(signed.replace("\n\n", "\nmore\n\n", 1)) is None, "a line that we do not write"
    assert note.size("") is None
