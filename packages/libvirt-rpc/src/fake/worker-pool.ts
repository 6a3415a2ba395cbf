/**
 * libvirtd's workers: `workers` run anything, `priorityWorkers` run only procedures of high priority
 * (`max_workers` and `prio_workers` of libvirtd.conf; `src/util/virthreadpool.c`).
 */
export class WorkerPool {
  readonly #waiting: { high: (() => void)[]; low: (() => void)[] } = { high: [], low: [] };
  #free: number;
  #freePriority: number;

  constructor(workers: number, priorityWorkers: number) {
    this.#free = workers;
    this.#freePriority = priorityWorkers;
  }

  async run<T>(priority: 'high' | 'low', job: () => T | Promise<T>): Promise<T> {
    const release = this.#tryTake(priority) ?? (await this.#queue(priority));
    try {
      return await job();
    } finally {
      release();
    }
  }

  #tryTake(priority: 'high' | 'low'): (() => void) | undefined {
    if (priority === 'high' && this.#freePriority > 0) {
      this.#freePriority -= 1;
      return () => {
        this.#freePriority += 1;
        this.#wake();
      };
    }
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    return () => {
      this.#free += 1;
      this.#wake();
    };
  }

  async #queue(priority: 'high' | 'low'): Promise<() => void> {
    for (;;) {
      await new Promise<void>(resolve => this.#waiting[priority].push(resolve));
      const release = this.#tryTake(priority);
      if (release) return release;
    }
  }

  #wake(): void {
    const next = this.#waiting.high.shift() ?? this.#waiting.low.shift();
    next?.();
  }
}
