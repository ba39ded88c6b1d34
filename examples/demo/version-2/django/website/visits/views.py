from django.shortcuts import render

from .models import Visit


def page(request):
    visit = Visit.objects.create(seen='version 2')
    seen = Visit.objects.filter(seen='version 2').count()
    return render(request, 'page.html', {'version': 2, 'visit': visit, 'seen': seen})
