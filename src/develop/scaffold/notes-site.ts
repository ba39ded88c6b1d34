import type { ResolvedScaffold } from './scaffold-options.js'

const URLS = `from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import path

from notes import views

urlpatterns = [
    path('', views.notes, name='notes'),
    path('admin/', admin.site.urls),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),  # with DEBUG only
]
`

const APPS = `from django.apps import AppConfig


class NotesConfig(AppConfig):
    name = 'notes'
`

const MODELS = `from django.db import models


class Note(models.Model):
    """Something that a visitor has left."""

    text = models.CharField(max_length=200)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ['-written', '-pk']

    def __str__(self):
        return self.text
`

const MIGRATION = `from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=200)),
                ('written', models.DateTimeField(auto_now_add=True)),
            ],
            options={'ordering': ['-written', '-pk']},
        ),
    ]
`

const ADMIN = `from django.contrib import admin

from notes.models import Note


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    list_display = ['text', 'written']
`

const FORMS = `from django import forms

from notes.models import Note


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ['text']
`

const VIEWS = `from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from notes.forms import NoteForm
from notes.models import Note


@require_http_methods(['GET', 'HEAD', 'POST'])
def notes(request):
    form = NoteForm(request.POST if request.method == 'POST' else None)
    if form.is_valid():
        form.save()
        return redirect('notes')
    return render(request, 'notes/notes.html', {'form': form, 'notes': Note.objects.all()[:50]})
`

const TESTS = `from django.test import TestCase

from notes.models import Note


class NotesTest(TestCase):
    def test_welcomes_while_there_are_none(self):
        self.assertContains(self.client.get('/'), 'Nobody has left a note yet')

    def test_shows_what_was_left(self):
        answer = self.client.post('/', {'text': 'Hello & goodbye'}, follow=True)
        self.assertContains(answer, 'Hello &amp; goodbye')
        self.assertEqual(Note.objects.count(), 1)

    def test_takes_no_empty_one(self):
        self.assertContains(self.client.post('/', {'text': ''}), 'This field is required')
        self.assertEqual(Note.objects.count(), 0)

    def test_says_which_release_answers(self):
        self.assertTrue(self.client.get('/')['X-Dye-Release'])
`

const STYLE = `body { font: 1.1rem/1.5 sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem }
time { color: #666 }
.errorlist { color: #a00; padding: 0; list-style: none }
`

const page = (project: string) => `{% load static %}<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${project}</title>
  <link rel="stylesheet" href="{% static 'notes/notes.css' %}">
</head>
<body>
  <h1>Welcome to ${project}</h1>
  <form method="post">
    {% csrf_token %}
    {{ form.text.errors }}
    <label>A note: {{ form.text }}</label>
    <button>Leave it</button>
  </form>
  <ul>
    {% for note in notes %}
    <li>{{ note }} <time datetime="{{ note.written|date:'c' }}">{{ note.written }}</time></li>
    {% empty %}
    <li>Nobody has left a note yet.</li>
    {% endfor %}
  </ul>
</body>
</html>
`

/** A site on which visitors leave notes: the texts of its files, relative to the Django project. */
export function notesSite({ project }: ResolvedScaffold): Readonly<Record<string, string>> {
  return {
    'urls.py': URLS,
    'notes/__init__.py': '',
    'notes/apps.py': APPS,
    'notes/models.py': MODELS,
    'notes/migrations/__init__.py': '',
    'notes/migrations/0001_initial.py': MIGRATION,
    'notes/admin.py': ADMIN,
    'notes/forms.py': FORMS,
    'notes/views.py': VIEWS,
    'notes/tests.py': TESTS,
    'notes/templates/notes/notes.html': page(project),
    'notes/static/notes/notes.css': STYLE,
  }
}
