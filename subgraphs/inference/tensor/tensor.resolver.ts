import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { PathSigner } from '../../../platform/bytes/path-signer';
import { InferenceContext } from '../inference.context';
import { CreateTensorUploadInput, CreateTensorUploadPayload } from './tensor-upload.inputs';
import { TensorUploadService } from './tensor-upload.service';
import { tensorPath } from './tensor.bytes';
import { Tensor } from './tensor.type';

export interface TensorResolverParts {
  uploads: TensorUploadService;
  signer: PathSigner;
  publicUrl: string;
  ttlMs: number;
}

@Resolver(() => Tensor)
export class TensorResolver {
  constructor(private readonly parts: TensorResolverParts) {}

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Where to GET the raw bytes of a job\'s tensor above 64 KiB, for a limited time. '
      + 'Null for smaller ones and for what `infer` answers, which are in `json` and `base64`.',
  })
  async url(@Root() { content }: Tensor): Promise<string | null> {
    const { publicUrl, signer, ttlMs } = this.parts;
    return 'blob' in content ? publicUrl + await signer.sign(tensorPath(content.blob), new Date(Date.now() + ttlMs)) : null;
  }

  @Mutation(() => CreateTensorUploadPayload, {
    description: 'Hands out a URL to PUT the raw bytes of one input tensor to; above 64 KiB there is no other way. Needs the role CALLER.',
  })
  createTensorUpload(
    @Arg('input', () => CreateTensorUploadInput, { description: 'What will be uploaded.' }) input: CreateTensorUploadInput,
    @Ctx() scope: InferenceContext,
  ): Promise<CreateTensorUploadPayload> {
    return this.parts.uploads.create(scope, input);
  }
}
