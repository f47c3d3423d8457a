"""Who sees and records money."""

from lms.people.enums import Role
from lms.people.permissions import policy

order_policy = policy(view={Role.FINANCE, Role.SUPERVISOR}, record={Role.FINANCE}, refund={Role.FINANCE}, change=set())
