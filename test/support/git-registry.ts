import { BOOTSTRAP_ADMIN, type Role } from '../../platform/caller';
import { openRegistry, type RegistryBench } from './registry';

export interface GitRegistry extends RegistryBench {
  /** Makes a model and answers where it is cloned from, with the key in it. */
  makeModel(name: string, role?: Role): Promise<string>;
  /** Where it is cloned from, with a new key of this role. */
  remote(fullName: string, role: Role): Promise<string>;
  versions(fullName: string): Promise<{ number: number; state: string; commit: string | null; digest: string }[]>;
}

/** The registry with its inspector, and keys to clone with. */
export async function openGitRegistry(settings: Parameters<typeof openRegistry>[0] = {}): Promise<GitRegistry> {
  const bench = await openRegistry({ inspects: true, ...settings });
  const remote = async (fullName: string, role: Role) => {
    const namespace = fullName.split('/')[0]!;
    const { secret } = await bench.keys.create({ requestId: 'test', caller: BOOTSTRAP_ADMIN }, { namespace, name: `${role} of ${fullName}`, role });
    return `${bench.url.replace('://', `://ada:${secret}@`)}/git/${fullName}.git`;
  };
  return {
    ...bench, remote,
    async makeModel(fullName, role = 'DEVELOPER') {
      const [namespace, name] = fullName.split('/');
      const { messages } = await bench.ask('mutation ($ns: String!, $name: String!) { createModel(input: { namespace: $ns, name: $name }) { model { id } } }', { ns: namespace, name });
      if (messages.length > 0) throw new Error(messages.join('\n'));
      return remote(fullName, role);
    },
    async versions(fullName) {
      const { data } = await bench.ask('query ($m: String!) { model(fullName: $m) { versions(first: 100) { edges { node { number state commit digest } } } } }', { m: fullName });
      return data.model.versions.edges.map(({ node }: { node: object }) => node);
    },
  };
}
