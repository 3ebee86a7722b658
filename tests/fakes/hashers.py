from django.contrib.auth.hashers import Argon2PasswordHasher


class Quick(Argon2PasswordHasher):
    """The same algorithm at a cost that a thousand signatures can bear; production keeps Django's."""

    time_cost, memory_cost, parallelism = 1, 64, 1
