/**
 * A Python program that prints the fingerprint of an environment: of the interpreter, the platform, the
 * options, and the requirement files with everything that they include by -r and -c.
 *
 * Arguments: a text with the options, then the requirement files.
 */
export const FINGERPRINT = `
import hashlib, os, platform, re, sys
seen, parts = set(), [sys.version, sys.implementation.name, platform.platform(), sys.argv[1]]
def add(path):
    path = os.path.normpath(path)
    if path in seen:
        return
    seen.add(path)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    parts.append(text)
    for included in re.findall(r'^\\s*(?:-[rc]\\s*=?|--(?:requirement|constraint)[\\s=])\\s*(\\S+)', text, re.M):
        included = included.strip('"\\'')
        if '://' not in included:
            add(os.path.join(os.path.dirname(path), included))
for path in sys.argv[2:]:
    add(path)
print(hashlib.sha256('\\0'.join(parts).encode()).hexdigest()[:16])
`
