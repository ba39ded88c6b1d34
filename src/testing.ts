export { type CommandPattern, type FakeAnswer, FakeHost } from './host/fake-host.js'
