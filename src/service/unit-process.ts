import { ask, type Command, change } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Script } from '../command/script.js'
import {
  choose,
  type Instances,
  pickEarlier,
  pickWanted,
  prelude,
  retire,
  start,
  stopOthers,
  tellingWhy,
} from './instances.js'
import { KEEPER_DOWN, NO_KEEPER } from './keeper/keeper.js'
import type { Process, ProcessPlace } from './process.js'

/** Processes that are kept running, one instance for each release: what app servers and workers have in common. */
export abstract class UnitProcess implements Process {
  /** @internal How its instances are made and chosen. */
  protected abstract readonly instances: Instances

  get title(): string {
    return this.instances.name
  }

  get needs(): readonly Program[] {
    return [this.instances.keeper.program]
  }

  get rootCommands(): Command | undefined {
    const { rootCommand } = this.instances.keeper
    return rootCommand && ask`may ${rootCommand}`
  }

  serve(place: ProcessPlace): Script<void> {
    return this.started(place, choose(this.instances, place))
  }

  goBack(place: ProcessPlace): Command {
    const { instances } = this
    return change`${prelude(instances, place)}
      ${pickEarlier(instances, place)}
      if [ -z "$instance" ]; then
        ${this.#none(place)}
      else
        ${instances.isSingle ? stopOthers() : ask`:`}
        begin "$instance" || exit
        ${choose(instances, place)}
      fi`
      .withStdin(instances.text(place))
      .accepting(NO_KEEPER)
  }

  remove(place: ProcessPlace): Command {
    return change`${prelude(this.instances, place)}
      ${this.#none(place)}`.accepting(NO_KEEPER)
  }

  retire(place: ProcessPlace): Command {
    return change`${prelude(this.instances, place)}
      ${retire(this.instances, place)}`.accepting(NO_KEEPER, KEEPER_DOWN)
  }

  /** Starts those of a release, unless they run, and then does something with `$instance`. */
  protected started(place: ProcessPlace, then: Command): Script<void> {
    const command = change`${prelude(this.instances, place)}
      ${pickWanted(this.instances, place)}
      ${start(this.instances, place)}
      ${then}`
    return tellingWhy(command.withStdin(this.instances.text(place)), this.title)
  }

  #none(place: ProcessPlace): Command {
    return ask`for each in $(others); do disable "$each"; done
      ${this.instances.unlink?.(place) ?? ask`:`}`
  }
}
