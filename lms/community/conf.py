"""Settings of the community."""

from lms.core.conf import AppSettings, Setting


class CommunitySettings(AppSettings):
    """Forum, library and policy consulting."""

    prefix = "LMS_COMMUNITY_"

    EDIT_MINUTES: Setting[int] = Setting(60, "Minutes in which an author may change a post.")
    THREADS_PER_PAGE: Setting[int] = Setting(20, "Threads, resources or questions on one page of a list.")
    POSTS_PER_PAGE: Setting[int] = Setting(20, "Posts on one page of a thread.")
    ANSWER_WORKING_DAYS: Setting[int] = Setting(5, "Working days in which a policy question is answered (R22).")


community_settings = CommunitySettings()
