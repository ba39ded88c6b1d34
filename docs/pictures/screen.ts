import { Writable } from 'node:stream'
import xterm, { type IBufferCell } from '@xterm/headless'
import type { ReportStream } from '../../src/report/screen.js'

const PAPER = '#16181d'
const INK = '#d7dae0'
/** The first eight colours of terminals, in their order. */
const COLORS = [PAPER, '#e06c75', '#7ec16e', '#d6b25e', '#61a5ef', '#c678dd', '#56b6c2', INK]

const STYLE = `body { margin: 0; background: ${PAPER}; color: ${INK}; padding: 12px 16px }
pre { margin: 0; font: 14px/1.35 'DejaVu Sans Mono', monospace }`

function styleOf(cell: IBufferCell): string {
  return [
    cell.isFgPalette() ? `color:${COLORS[cell.getFgColor()] ?? INK}` : '',
    cell.isBold() ? 'font-weight:bold' : '',
    cell.isDim() ? 'opacity:0.6' : '',
  ]
    .filter(Boolean)
    .join(';')
}

/** A terminal in memory, which understands all that a real one does. */
export class Screen {
  readonly #terminal: InstanceType<typeof xterm.Terminal>
  readonly isTTY: boolean
  readonly stream: ReportStream

  /** @param shape - a screen that is no terminal is the log of a job */
  constructor(
    private readonly columns: number,
    { rows = 60, isTTY = true }: { readonly rows?: number; readonly isTTY?: boolean } = {},
  ) {
    this.isTTY = isTTY
    this.#terminal = new xterm.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true })
    const stream = new Writable({ write: (chunk, _, done) => this.#terminal.write(chunk, done) })
    this.stream = Object.assign(stream, isTTY ? { isTTY, columns, rows } : {})
  }

  /** What a program finds in its environment there. */
  get env(): NodeJS.ProcessEnv {
    return this.isTTY ? { TERM: 'xterm-256color' } : { CI: 'true' }
  }

  /** Pixels that show all columns. */
  get width(): number {
    return Math.ceil(this.columns * 8.43) + 32
  }

  /** What is on it now, as a page. */
  async page(): Promise<string> {
    await new Promise<void>(resolve => this.#terminal.write('', resolve))
    const { active } = this.#terminal.buffer
    const lines = Array.from({ length: active.length }, (_, row) => this.#line(row))
    const text = lines.join('\n').trimEnd()
    return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><pre>${text}</pre>`
  }

  #line(row: number): string {
    const line = this.#terminal.buffer.active.getLine(row)
    const width = line?.translateToString(true).length ?? 0
    const cells = Array.from({ length: width }, (_, column) => line?.getCell(column))
    return cells.map(cell => (cell ? `<span style="${styleOf(cell)}">${escaped(cell)}</span>` : '')).join('')
  }
}

function escaped(cell: IBufferCell): string {
  return (cell.getChars() || ' ').replace('&', '&amp;').replace('<', '&lt;')
}
