"""Facts of the community."""

from django.dispatch import Signal

# Sent on commit when a reply stands in a thread. Arguments: post (its `thread.author` opened the thread).
replied = Signal()

# Sent on commit when a moderator hid a post, with the reason. Arguments: post, reason.
post_hidden = Signal()

# Sent on commit when an expert answered a policy question (R22). Arguments: question, answer.
question_answered = Signal()

# Sent on commit when a policy question was asked (R22). Arguments: question.
question_asked = Signal()

# Sent on commit when a resource appears in the library, a new version included (R24). Arguments: resource.
resource_published = Signal()
