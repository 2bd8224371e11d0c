import { must, run } from './command';

/** `docker compose`, or the older `docker-compose`. */
type Program = readonly [file: string, ...args: string[]];

const IMAGE = 'modelgraph';

/** docker-compose.yml under a project name of its own. */
export class ComposeProject {
  constructor(private readonly program: Program, private readonly settings: { name: string; envFile: string }) {}

  /** Null where no docker answers. */
  static async find(): Promise<Program | null> {
    if ((await run('docker', ['version'])).status !== 0) return null;
    const programs: Program[] = [['docker', 'compose'], ['docker-compose']];
    for (const [file, ...args] of programs) if ((await run(file, [...args, 'version'])).status === 0) return [file, ...args];
    return null;
  }

  /** With the npm registry and the network that this machine itself uses. */
  async build(): Promise<void> {
    const output = await must('npm', ['config', 'get', 'registry', '--silent']);
    const registry = output.trim().split('\n').at(-1)!;
    await must('docker', ['build', '--network', 'host', '--build-arg', `NPM_CONFIG_REGISTRY=${registry}`, '-f', 'deploy/Dockerfile', '-t', IMAGE, '.']);
  }

  async up(): Promise<void> {
    await this.#compose('up', '-d', '--no-build');
  }

  async services(): Promise<string[]> {
    return (await this.#compose('config', '--services')).trim().split('\n').filter((line) => /^[\w-]+$/.test(line)).sort();
  }

  async stop(service: string): Promise<void> {
    await this.#compose('stop', service);
  }

  async start(service: string): Promise<void> {
    await this.#compose('start', service);
  }

  async down(): Promise<void> {
    await this.#compose('down', '-v', '--remove-orphans');
  }

  async #compose(...args: string[]): Promise<string> {
    const [file, ...before] = this.program;
    const { name, envFile } = this.settings;
    return must(file, [...before, '-p', name, '--env-file', envFile, ...args]);
  }
}
