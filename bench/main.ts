/** `npm run bench [-- --quick] [-- deploys | transfers | virtualenvs | start-up]` */
import { testServerProgram } from '../test/support/test-server.js'
import { benchDeploys } from './deploys.js'
import { benchStartUp } from './start-up.js'
import { benchTransfers } from './transfers.js'
import { benchVirtualenvs } from './virtualenvs.js'

const words = process.argv.slice(2)
const isQuick = words.includes('--quick')
const isWanted = (name: string) => words.includes(name) || !words.some(word => !word.startsWith('--'))

await testServerProgram('check') // rejects, saying what is missing
if (isWanted('deploys')) await benchDeploys(isQuick ? 2 : 5)
if (isWanted('transfers')) await benchTransfers(isQuick ? 1 : 5)
if (isWanted('virtualenvs')) await benchVirtualenvs(isQuick ? 2 : 5)
if (isWanted('start-up')) await benchStartUp(isQuick ? 5 : 21)
