import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FakeRepository } from '../../src/testing.js'

const FIXTURE = fileURLToPath(new URL('../fixtures/django-project', import.meta.url))

/** A migration that loses data, then fails; on top of version 2. */
export const FAILING_MIGRATION = `
from django.db import migrations, models


def fail(apps, schema_editor):
    apps.get_model('visits', 'Visit').objects.all().delete()
    raise RuntimeError('this migration fails')


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('visits', '0002_visit_note')]
    operations = [
        migrations.AddField('Visit', 'half', models.CharField(max_length=5, null=True)),
        migrations.RunPython(fail),
    ]
`

async function filesIn(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = files.map(async file => [relative(directory, file), await readFile(file, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(contents))
}

/** Commits on top of version 2, by their tags. */
export type Changes = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** Where {@link FAILING_MIGRATION} is to be. */
export const FAILS = 'django/website/visits/migrations/0003_fail.py'

const CHANGES: Changes = { 'failing-migration': { [FAILS]: FAILING_MIGRATION } }

/**
 * The repository of the fixture, in memory: tags `v1`, `v2` with a migration, and those of the changes.
 *
 * @param different - files that version 1 has otherwise
 */
export async function carersRepository(
  different: Readonly<Record<string, string>> = {},
  changes: Changes = CHANGES,
): Promise<FakeRepository> {
  const removed = (await readFile(join(FIXTURE, 'version-2.removed'), 'utf8')).trim().split('\n')
  const changed = await filesIn(join(FIXTURE, 'version-2'))
  const original = { ...(await filesIn(join(FIXTURE, 'version-1'))), ...different }
  const second = FakeRepository.of(original, 'v1').commit({
    subject: 'Version 2',
    tag: 'v2',
    files: { ...changed, ...Object.fromEntries(removed.map(path => [path, null])) },
  })
  return Object.entries(changes).reduce(
    (repository, [tag, files]) => repository.commit({ subject: tag, tag, files }),
    second,
  )
}
