/** The clock of a server in memory: it stands still but for what its programs wait, and a moment for each of them. */
export class FakeClock {
  #now: number

  /** @param start - @defaultValue now */
  constructor(start: Date = new Date()) {
    this.#now = start.getTime()
  }

  /** Milliseconds since 1970. */
  get milliseconds(): number {
    return this.#now
  }

  /** What a program on the server gets when it asks for the time. */
  get now(): Date {
    return new Date(this.#now)
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}
