"""Argon2 tuned so that 300 sign-ins before an exam cost seconds, not half a minute, of both cores."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class ExamDayArgon2(Argon2PasswordHasher):
    """Argon2id, 19 MiB, two passes, one lane (the OWASP minimum): about 20 ms of CPU a sign-in."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
