"""Who acts in the tests: the cast of the demo plant, and what they sign with."""

from qms.accounts.models import User
from qms.demo.cast import PASSWORD
from qms.records.actions import Signing


def person(username: str) -> User:
    return User.objects.get(username=username)


def signing(user: User, *, sentence: str = "I sign.", password: str = PASSWORD) -> Signing:
    return Signing(username=user.username, password=password, sentence=sentence)
