"""The WSGI entry. Its real path is that of one release, whatever the live link points at later."""
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'django', 'website'))
os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
