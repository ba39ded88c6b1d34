from pathlib import Path

from local_settings import ALLOWED_HOSTS, DEBUG, ENVIRONMENT  # noqa: F401
from private_settings import SECRET_KEY  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent

INSTALLED_APPS = ['django.contrib.staticfiles', 'visits']
MIDDLEWARE = ['django.middleware.common.CommonMiddleware']
ROOT_URLCONF = 'urls'
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]

# data is shared by all releases
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': str(BASE_DIR / 'data' / 'site.sqlite3'),
    }
}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'

STATIC_URL = '/static/'
STATIC_ROOT = str(BASE_DIR / 'static')
USE_TZ = True
