"""Settings of a site with the base and no plug-in: what the test databases of the plug-ins are copied from."""

from tests.projects.base import ground

globals().update(ground())
