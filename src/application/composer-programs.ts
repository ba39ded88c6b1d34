/**
 * Prints what PHP is here, which composer's packages may ask for; then the packages that lie in the repository itself,
 * `from` and their directory, `to` and where they go to, since a lock file does not tell when they change; then plugins of
 * composer, which may write into their own files. Written for any PHP from 5.4 on. Argument: `composer.lock`, or the list
 * of what composer has installed, which has the same packages.
 */
export const PLATFORM = `
$extensions = array();
foreach (get_loaded_extensions() as $name) $extensions[] = $name . '=' . phpversion($name);
sort($extensions);
echo PHP_VERSION, ' ', PHP_OS, ' ', php_uname('m'), ' ', implode(' ', $extensions), "\\n";
$known = json_decode((string) @file_get_contents($argv[1]), true);
$packages = isset($known['packages']) ? $known['packages'] : $known;
foreach ((array) $packages as $package) {
    if (!isset($package['name']) || !preg_match('{^\\w[\\w.-]*/\\w[\\w.-]*$}', $package['name'])) continue;
    $isPath = isset($package['dist']['type']) && $package['dist']['type'] === 'path';
    if ($isPath) echo 'from ', $package['dist']['url'], "\\nto vendor/", $package['name'], "\\n";
    $isPlugin = isset($package['type']) && strpos($package['type'], 'composer-') === 0;
    if ($isPlugin) echo 'plugin vendor/', $package['name'], "\\n";
}
`
