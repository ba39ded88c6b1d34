/**
 * Does something for each item, for no more than so many at a time. It ends when all have ended; with one at a time
 * what follows a failure is not begun.
 *
 * @returns the values of those that were begun, in the order of the items
 */
export async function inParallel<Item, Value>(
  items: readonly Item[],
  limit: number,
  act: (item: Item) => Promise<Value>,
  isFailure: (value: Value) => boolean,
): Promise<readonly Value[]> {
  const values = new Map<number, Value>()
  const left = [...items.entries()]
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, item] = next
      const value = await act(item)
      values.set(index, value)
      if (limit === 1 && isFailure(value)) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return [...values].sort(([one], [other]) => one - other).map(([, value]) => value)
}
