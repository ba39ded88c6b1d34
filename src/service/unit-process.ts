import { ask, type Command, change } from '../command/command.js'
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
import type { Process, ProcessPlace } from './process.js'

/** Processes as units of systemd, one for each release: what app servers and workers have in common. */
export abstract class UnitProcess implements Process {
  /** @internal How its units are made and chosen. */
  protected abstract readonly instances: Instances

  get title(): string {
    return this.instances.name
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
        $root systemctl start "$instance" || exit
        ${choose(instances, place)}
      fi`.withStdin(instances.text(place))
  }

  remove(place: ProcessPlace): Command {
    return change`${prelude(this.instances, place)}
      ${this.#none(place)}`
  }

  retire(place: ProcessPlace): Command {
    return change`${prelude(this.instances, place)}
      ${retire()}`
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
    return ask`for each in $(others); do $root systemctl disable --quiet "$each"; done
      ${this.instances.unlink?.(place) ?? ask`:`}`
  }
}
