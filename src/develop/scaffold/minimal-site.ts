import type { ResolvedScaffold } from './scaffold-options.js'

/** A site of one page, with a test: the texts of its files, relative to the Django project. */
export function minimalSite({ project }: ResolvedScaffold): Readonly<Record<string, string>> {
  return {
    'urls.py': `from django.http import HttpResponse
from django.urls import path


def home(request):
    return HttpResponse('Welcome to ${project}\\n', content_type='text/plain')


urlpatterns = [path('', home, name='home')]
`,
    'tests.py': `from django.test import SimpleTestCase


class HomeTest(SimpleTestCase):
    def test_welcomes(self):
        self.assertContains(self.client.get('/'), 'Welcome to ${project}')

    def test_says_which_release_answers(self):
        self.assertTrue(self.client.get('/')['X-Dye-Release'])
`,
  }
}
