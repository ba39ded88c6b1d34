from django.shortcuts import render

from .models import Visit


def page(request):
    visit = Visit.objects.create()
    return render(request, 'page.html', {'version': 1, 'visit': visit})
