import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { Tensor } from '../tensor/tensor.type';
import { JobItem } from './job-item';

@Resolver(() => JobItem)
export class JobItemResolver {
  @FieldResolver(() => [Tensor], { description: 'What the item gave to the model.' })
  async inputs(@Root() item: JobItem, @Ctx() { loaders }: InferenceContext): Promise<Tensor[]> {
    return tensorsAt(await loaders.inputsByChunk.load(item.header), item.position) ?? [];
  }

  @FieldResolver(() => [Tensor], { nullable: true, description: 'What the model answered; null until it has, and when the item failed.' })
  async outputs(@Root() item: JobItem, @Ctx() { loaders }: InferenceContext): Promise<Tensor[] | null> {
    return item.status === 'SUCCEEDED' ? tensorsAt(await loaders.outputsByChunk.load(item.header), item.position) : null;
  }
}

type Items = Awaited<ReturnType<InferenceContext['loaders']['outputsByChunk']['load']>>;

function tensorsAt(items: Items, position: number): Tensor[] | null {
  const item = items?.[position];
  return Array.isArray(item) ? item.map((tensor) => new Tensor(tensor)) : null;
}
