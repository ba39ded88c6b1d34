from django.conf import settings
from django.urls import path
from django.views.static import serve

from visits.views import page

urlpatterns = [
    path('', page),
    # a real web server would do this by itself
    path('static/<path:path>', serve, {'document_root': settings.STATIC_ROOT}),
]
