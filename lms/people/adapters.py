"""How allauth treats accounts here: no open sign-up, everybody lands where her role works."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from lms.core.fields import PREFIX, decrypt_text, encrypt_text
from lms.people.permissions import held_roles, works_in_back_office


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by admission or by a class list, never by an open form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to the back office, learners to their desk, who speaks for a unit to her own page."""
        if works_in_back_office(request.user):
            return "/admin/"
        return "/me/" if held_roles(request.user) else "/desk/"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes lie encrypted under the keys of the site."""

    context = "mfa.authenticator"

    def encrypt(self, text: str) -> str:
        """Under the first of LMS_FIELD_KEYS."""
        return encrypt_text(text, context=self.context)

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored before there was encryption is read as it is."""
        sealed = encrypted_text.startswith(PREFIX)
        return decrypt_text(encrypted_text, context=self.context) if sealed else encrypted_text
